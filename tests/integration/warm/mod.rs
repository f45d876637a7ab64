//! `Cache::warm`: every id once, so many at a time, counted as what it was, and nothing newer overwritten.

mod counted;
mod example;
mod interrupted;
mod newer;
pub(crate) mod source;

use std::pin::pin;
use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Ambient, Cache, cached, traced};
use source::Source;

use crate::support::{poll_once, settle};

#[cached(key = "warm:<id>", ttl = "1h", tags = ["warm"])]
async fn row(source: &Source, id: u64) -> Result<u64, String> {
    source.load(id).await
}

/// What a cached function needs to warm a cache itself.
struct Warmer(Cache);

impl Ambient for Warmer {}

#[tokio::test]
async fn so_many_ids_are_under_way_at_the_same_time_and_no_more() {
    for concurrency in [1, 4, 16] {
        let cache = testing::isolate();
        let (source, gate) = (Source::default(), Gate::new());
        source.hold_all(&gate);
        let warm = cache.warm(0..100, |id| row(&source, id)).concurrency(concurrency);
        let test = async {
            for ended in 0..20 {
                gate.arrived(concurrency + ended).await;
                settle().await;
                assert_eq!(gate.arrivals(), concurrency + ended);
                gate.let_one_through();
            }
            gate.open();
        };
        let (warmed, ()) = tokio::join!(warm, test);
        assert_eq!(warmed.loaded, 100);
    }
}

#[tokio::test]
async fn at_least_one_id_is_under_way_and_sixteen_unless_it_is_said() {
    for (concurrency, expected) in [(Some(0), 1), (None, 16)] {
        let cache = testing::isolate();
        let (source, gate) = (Source::default(), Gate::new());
        source.hold_all(&gate);
        let mut warm = cache.warm(0..100, |id| row(&source, id));
        if let Some(concurrency) = concurrency {
            warm = warm.concurrency(concurrency);
        }
        assert!(poll_once(pin!(warm)).await.is_none());
        assert_eq!(gate.arrivals(), expected);
    }
}

#[tokio::test]
async fn other_tasks_have_their_turn_while_ids_are_found_without_waiting() {
    let cache = testing::isolate();
    let source = Source::default();
    assert_eq!(cache.warm(0..1_000, |id| row(&source, id)).await.loaded, 1_000);

    let mut again = pin!(cache.warm(0..1_000, |id| row(&source, id)));
    let mut polls = 0;
    while poll_once(again.as_mut()).await.is_none() {
        polls += 1;
    }
    assert!(polls >= 10, "{polls}");
    assert_eq!((again.warmed().hit, again.warmed().done), (1_000, 1_000));
}

#[tokio::test]
async fn rate_and_time_left_follow_the_clock_of_the_cache() {
    let cache = testing::isolate();
    let source = Source::default();
    let mut told = Vec::new();
    let load = |id| {
        cache.clock().advance(Duration::from_millis(20));
        row(&source, id)
    };
    let warm = cache.warm(0..100, load).concurrency(1).resume(40);
    warm.progress(|warmed| told.push((warmed.done, warmed.rate(), warmed.time_left()))).await;

    let left = |millis| Some(Duration::from_millis(millis));
    assert_eq!(told.len(), 60, "once for each id that was not skipped");
    assert_eq!(told[0], (41, Some(50.0), left(59 * 20)));
    assert_eq!(told[29], (70, Some(50.0), left(30 * 20)));
    assert_eq!(told[59], (100, Some(50.0), left(0)));
}

#[tokio::test]
async fn the_total_is_known_at_the_end_where_the_iterator_does_not_say_it() {
    let cache = testing::isolate();
    let source = Source::default();
    let mut totals = Vec::new();
    let even = (0..100).filter(|id| id % 2 == 0);
    let warm = cache.warm(even, |id| row(&source, id)).concurrency(1);
    let warmed = warm.progress(|warmed| totals.push((warmed.total, warmed.time_left()))).await;
    assert_eq!(totals, [(None, None); 50]);
    assert_eq!((warmed.total, warmed.done), (Some(50), 50));
}

#[tokio::test]
async fn a_warm_of_nothing_ends_at_once() {
    let cache = testing::isolate();
    let source = Source::default();
    let progress = |_: &_| unreachable!("nothing is done");
    let warmed = cache.warm([], |id| row(&source, id)).progress(progress).await;
    assert_eq!((warmed.done, warmed.total, warmed.resume), (0, Some(0), 0));
    let warmed = cache.warm(0..10, |id| row(&source, id)).resume(99).progress(progress).await;
    assert_eq!((warmed.done, warmed.skipped, warmed.total), (10, 10, Some(10)));
    assert_eq!((warmed.resume, source.loads()), (10, 0));
}

#[tokio::test]
async fn a_warm_that_has_ended_says_the_same_when_it_is_polled_again() {
    let cache = testing::isolate();
    let source = Source::default();
    let mut warm = cache.warm(0..10, |id| row(&source, id));
    let warmed = (&mut warm).await;
    assert_eq!(warm.await, warmed);
    assert_eq!(source.loads(), 10);
}

/// Everything that a task needs: nothing borrowed for longer than it lives, and all of it sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warm_runs_in_a_task_of_its_own_over_borrowed_ids() {
    let cache = testing::isolate();
    let source = Source::default();
    let (inner, own) = (cache.clone(), source.clone());
    let task = cache.scope(async move {
        let ids: Vec<u64> = (0..100).collect();
        let mut failed = Vec::new();
        let warm = inner.warm(&ids, |id| row(&own, *id)).on_error(|id, _| failed.push(*id));
        let loaded = warm.await.loaded;
        (loaded, failed)
    });
    assert_eq!(tokio::spawn(task).await.expect("it does not panic"), (100, vec![]));
    let whole = cache.warm(0..100, move |id| {
        let source = source.clone();
        async move { row(&source, id).await }
    });
    assert_eq!(tokio::spawn(cache.scope(whole)).await.expect("it does not panic").hit, 100);
}

#[tokio::test]
async fn a_panic_of_the_function_is_one_of_the_warm() {
    let cache = testing::isolate();
    let own = (*cache).clone();
    let task = tokio::spawn(cache.scope(async move {
        own.warm([1], |id| async move { assert_ne!(id, 1, "as the test asked it to") }).await
    }));
    assert!(task.await.expect_err("it panics").is_panic());
}

#[tokio::test]
async fn chunks_are_warmed_by_a_function_of_many_ids() {
    #[cached(key = "warm-sum:<ids>", ttl = "1h")]
    async fn sum(ids: &[u64]) -> u64 {
        ids.iter().sum()
    }
    let cache = testing::isolate();
    let ids: Vec<u64> = (0..100).collect();
    let warmed = cache.warm(ids.chunks(30), sum).await;
    assert_eq!((warmed.total, warmed.loaded), (Some(4), 4));
    assert!(traced(sum(&ids[90..])).await.1.is_hit());
}
