//! What may still change after its writer was answered is invalidated once more, for each of its writers.

use std::time::Duration;

use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::transaction;

use super::write::{End, STORED, Statement, tags_1h, tags_10s, tags_held};
use crate::support::just_before;
use crate::support::source::Source;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Writes that invalidate a tag again after half a second, ten seconds and an hour.
#[derive(Clone, Copy, Debug)]
enum Write {
    Held,
    Failed10s,
    Failed1h,
}

impl Write {
    async fn run(self, source: &Source) {
        let end = if matches!(self, Self::Held) { End::Ok } else { End::Err };
        let statement = Statement { source: source.clone(), gate: Gate::new(), end };
        match self {
            Self::Held => statement.start(tags_held::run).await.end().await,
            Self::Failed10s => statement.start(tags_10s::run).await.end().await,
            Self::Failed1h => statement.start(tags_1h::run).await.end().await,
        }
    }

    fn again(self) -> Duration {
        match self {
            Self::Held => 500 * MS,
            Self::Failed10s => 10 * SECOND,
            Self::Failed1h => 3_600 * SECOND,
        }
    }
}

/// What is stored until a time is served until then, and not any longer.
async fn ends_at(cache: &IsolatedCache, source: &Source, left: Duration) {
    let reader = Statement { source: source.clone(), gate: Gate::new(), end: End::Ok };
    source.set(1, 1);
    assert_eq!(reader.look().await, (1, STORED));
    source.set(1, 2);
    cache.clock().advance(just_before(left));
    assert_eq!(reader.look().await.0, 1);
    cache.clock().advance(MS);
    assert_eq!(reader.look().await, (2, STORED));
}

#[tokio::test]
async fn each_of_several_writers_has_its_tag_bumped_again_at_its_own_time() {
    use Write::{Failed1h, Failed10s, Held};
    for writes in [[Held, Failed1h], [Failed1h, Held], [Failed10s, Failed1h], [Held, Failed10s]] {
        let (cache, source) = (testing::isolate(), Source::default());
        writes[0].run(&source).await;
        cache.clock().advance(100 * MS);
        writes[1].run(&source).await;
        let mut left = [writes[0].again().saturating_sub(100 * MS), writes[1].again()];
        left.sort_unstable();
        ends_at(&cache, &source, left[0]).await;
        // What is stored now carries no trace of the first; the entry lives for an hour, as the second write's guard.
        source.set(1, 3);
        cache.clock().advance(left[1].saturating_sub(left[0]));
        let reader = Statement { source, gate: Gate::new(), end: End::Ok };
        assert_eq!(reader.look().await, (3, STORED), "{writes:?}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Said {
    Tag,
    Pattern,
    Clear,
}

async fn roll_back(cache: &IsolatedCache, said: Said) {
    let failed = transaction(async {
        match said {
            Said::Tag => cache.invalidate_tag("rows").await?,
            Said::Pattern => drop(cache.invalidate_pattern("row:*").await?),
            Said::Clear => cache.clear().await?,
        }
        Err::<(), _>(Box::<dyn std::error::Error>::from("rolled back"))
    });
    failed.await.unwrap_err();
}

#[tokio::test]
async fn whatever_two_transactions_say_is_done_again_at_the_time_of_each() {
    for first in [Said::Tag, Said::Pattern, Said::Clear] {
        for second in [Said::Tag, Said::Pattern, Said::Clear] {
            let (cache, source) = (testing::isolate(), Source::default());
            roll_back(&cache, first).await;
            cache.clock().advance(10 * SECOND);
            roll_back(&cache, second).await;
            ends_at(&cache, &source, 20 * SECOND).await;
            cache.clock().advance(5 * SECOND);
            cache.clear().await.unwrap();
            ends_at(&cache, &source, 5 * SECOND).await;
        }
    }
}

#[tokio::test]
async fn of_any_number_of_writers_none_leaves_what_was_stored_before_its_time() {
    let (cache, source) = (testing::isolate(), Source::default());
    let reader = Statement { source: source.clone(), gate: Gate::new(), end: End::Ok };
    let begun = 200;
    for _ in 0..begun {
        Write::Failed10s.run(&source).await;
        cache.clock().advance(10 * MS);
    }
    // The first of them is due after another eight seconds, then one each ten milliseconds.
    cache.clock().advance(just_before(8 * SECOND));
    for number in 0..begun {
        source.set(1, number);
        assert_eq!(reader.look().await.0, number);
        source.set(1, number + 1);
        cache.clock().advance(10 * MS);
        assert_eq!(reader.look().await.0, number + 1);
    }
    cache.clock().advance(10 * SECOND);
    assert_eq!(reader.look().await.0, begun);
    source.set(1, 0);
    assert_eq!(reader.look().await.0, begun, "that was the last of it");
}
