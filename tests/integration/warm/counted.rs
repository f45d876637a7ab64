//! What became of each id is counted as what it was, whatever the function returns.

use std::collections::BTreeMap;

use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{
    CacheSlot, PolicySettings, Warmed, bypass, cached, entry, invalidates, refresh, traced,
    transaction,
};

use super::row;
use super::source::Source;
use crate::support::log::logged;
use crate::support::settle;

/// The ids of a report by what became of them: hit, joined, loaded, unstored, failed.
fn sums(warmed: &Warmed) -> [u64; 5] {
    let unstored = warmed.unstored.values().sum();
    let sums = [warmed.hit, warmed.joined, warmed.loaded, unstored, warmed.failed];
    assert_eq!(sums.iter().sum::<u64>() + warmed.skipped, warmed.done, "{warmed:?}");
    sums
}

/// The one reason for which ids of a report were not stored, and how many there were.
fn reason(warmed: &Warmed) -> (&'static str, u64) {
    sums(warmed);
    assert_eq!(warmed.unstored.len(), 1, "{warmed:?}");
    let (reason, count) = warmed.unstored.first_key_value().expect("there is one");
    (reason, *count)
}

#[tokio::test]
async fn of_a_thousand_ids_those_that_fail_are_reported_and_skipped() {
    let cache = testing::isolate();
    let source = Source::default();
    source.dawdle();
    source.fail((0..1_000).filter(|id| id % 100 == 7));
    for id in 0..50 {
        let _ = row(&source, id).await;
    }

    let mut failed = BTreeMap::new();
    let warm = cache.warm(0..1_000, |id| row(&source, id));
    let warmed = warm.on_error(|id, error| drop(failed.insert(id, error))).await;
    assert_eq!(sums(&warmed), [49, 0, 941, 0, 10], "{warmed:?}");
    assert_eq!(failed.len(), 10);
    assert_eq!(failed[&507], "no row 507");
    assert_eq!((warmed.done, warmed.total, warmed.resume), (1_000, Some(1_000), 1_000));
    for id in 0..1_000 {
        let stored = cache.peek(entry!(row(id))).await;
        assert_eq!(stored, (id % 100 != 7).then_some(id));
    }
}

#[tokio::test]
async fn functions_of_every_shape_are_warmed() {
    #[cached(key = "warm-value:<id>", ttl = "1h")]
    async fn value(id: u64) -> u64 {
        id
    }
    #[cached(key = "warm-option:<id>", ttl = "1h")]
    async fn option(id: u64) -> Option<u64> {
        (id > 0).then_some(id)
    }
    #[cached(key = "warm-both:<id>", ttl = "1h")]
    async fn both(id: u64) -> Result<Option<u64>, &'static str> {
        if id == 1 { Err("one") } else { Ok((id > 0).then_some(id)) }
    }
    let cache = testing::isolate();
    assert_eq!(sums(&cache.warm(0..3, value).await), [0, 0, 3, 0, 0]);
    assert_eq!(sums(&cache.warm(0..3, option).await), [0, 0, 3, 0, 0], "a `None` is stored, too");
    assert_eq!(sums(&cache.warm(0..3, both).await), [0, 0, 2, 0, 1], "without `on_error`");
    assert_eq!(sums(&cache.warm(0..3, value).await), [3, 0, 0, 0, 0]);
    assert_eq!(sums(&cache.warm(0..3, option).await), [3, 0, 0, 0, 0]);
    assert_eq!(sums(&cache.warm(0..3, both).await), [2, 0, 0, 0, 1]);
}

#[tokio::test]
async fn an_id_that_somebody_else_loads_is_joined() {
    let cache = testing::isolate();
    let (source, gate) = (Source::default(), Gate::new());
    source.hold(3, &gate);
    let warm = cache.warm(0..10, |id| row(&source, id));
    let test = async {
        gate.arrived(1).await;
        settle().await;
        gate.open();
    };
    let (other, warmed, ()) = tokio::join!(row(&source, 3), warm, test);
    assert_eq!(other, Ok(3));
    assert_eq!(sums(&warmed), [0, 1, 9, 0, 0]);
    assert_eq!(source.loads(), 10);
}

#[tokio::test]
async fn an_id_that_comes_twice_is_loaded_once() {
    let cache = testing::isolate();
    let source = Source::default();
    source.dawdle();
    let warmed = cache.warm([5, 5, 6, 5], |id| row(&source, id)).await;
    assert_eq!(sums(&warmed), [0, 2, 2, 0, 0]);
    assert_eq!(source.loads(), 2);
}

#[tokio::test]
async fn what_is_not_stored_does_not_pass_for_loaded() {
    #[cached(key = "warm-large:<id>", ttl = "1h")]
    async fn large(id: u64) -> String {
        "x".repeat(if id == 1 { 300_000 } else { 10 })
    }
    #[cached(key = "warm-declined:<id>", ttl = "1h", store_if = |id: &u64| *id > 1)]
    async fn declined(id: u64) -> u64 {
        id
    }
    #[cached(key = "warm-long:<name>", ttl = "1h")]
    async fn long(name: &str) -> usize {
        name.len()
    }
    let cache = testing::isolate_with(|build| build.max_bytes(200_000));
    let warmed = cache.warm(0..3, large).await;
    assert_eq!(reason(&warmed), ("loaded, not stored: the value is too large", 1));
    assert_eq!(warmed.loaded, 2);

    let warmed = cache.warm(0..3, declined).await;
    assert_eq!(reason(&warmed), ("loaded, not stored: `store_if` declined", 2));

    let names = ["short".to_owned(), "long".repeat(1_000)];
    let warmed = cache.warm(names.iter().map(String::as_str), long).await;
    assert_eq!(reason(&warmed), ("the key is longer than 1 KiB", 1));
    assert!(!format!("{warmed} {warmed:?}").contains("longlong"), "no argument is told of");
}

#[tokio::test]
async fn what_leaves_the_cache_aside_is_said() {
    let off = testing::isolate_with(|build| build.policy("row", PolicySettings::off));
    let source = Source::default();
    source.fail([7]);
    let warmed = off.warm(0..10, |id| row(&source, id)).await;
    assert_eq!(reason(&warmed), ("the policy is switched off", 10));
    let mut failed = Vec::new();
    let warm = off.warm(0..10, |id| row(&source, id));
    let warmed = warm.on_error(|id, _| failed.push(id)).await;
    assert_eq!(reason(&warmed), ("the policy is switched off", 9));
    assert_eq!((warmed.failed, failed), (1, vec![7]), "who wants to know of errors, does");
    drop(off);

    let cache = testing::isolate();
    let warmed = bypass(cache.warm(0..5, |id| row(&source, id))).await;
    assert_eq!(reason(&warmed), ("bypassed by the call", 5));
    let warmed =
        transaction(async { Ok::<_, String>(cache.warm(0..5, |id| row(&source, id)).await) });
    let warmed = warmed.await.expect("it is committed");
    assert_eq!(reason(&warmed), ("inside of a transaction, where loads are not stored", 5));
    let warmed = cache.warm(0..5, |id| async move { id }).await;
    assert_eq!(reason(&warmed), ("no cached function was called", 5));
    assert_eq!(cache.snapshot().entries, 0);
}

#[tokio::test]
async fn inside_of_refresh_every_id_is_loaded_again() {
    let cache = testing::isolate();
    let source = Source::default();
    cache.warm(0..10, |id| row(&source, id)).await;
    source.write(4, 44);
    let warmed = refresh(cache.warm(0..10, |id| row(&source, id))).await;
    assert_eq!(sums(&warmed), [0, 0, 10, 0, 0]);
    assert_eq!(cache.peek(entry!(row(4))).await, Some(44));
}

static CATALOG: CacheSlot = CacheSlot::new("catalog");

#[cached(key = "warm-price:<id>", ttl = "1h", cache = CATALOG)]
async fn price(id: u64) -> u64 {
    id * 100
}

#[tokio::test]
async fn a_function_of_another_cache_is_not_counted_as_this_ones() {
    let cache: IsolatedCache = testing::isolate();
    let log = logged(async {
        for _ in 0..2 {
            let warmed = cache.warm(0..10, price).await;
            let expected = "the function uses another cache than the one that is warmed";
            assert_eq!(reason(&warmed), (expected, 10));
        }
    });
    let log = log.await;
    assert_eq!(log.matches("a cache is warmed with a function that uses another one").count(), 2);
    assert_eq!(cache.snapshot().entries, 0);
    assert!(traced(price(3)).await.1.is_hit(), "it is in the other");
}

#[tokio::test]
async fn what_a_load_calls_itself_does_not_count() {
    #[cached(key = "warm-outer:<id>", ttl = "1h")]
    async fn outer(source: &Source, id: u64) -> u64 {
        price(id).await;
        row(source, id).await.unwrap_or_default()
    }
    let cache = testing::isolate();
    let source = Source::default();
    source.fail([7]);
    let warmed = cache.warm(0..10, |id| outer(&source, id)).await;
    assert_eq!(sums(&warmed), [0, 0, 10, 0, 0], "{warmed:?}");
    assert!(traced(outer(&source, 7)).await.1.is_hit());
    // A trace of the caller's own sees them all the same.
    cache.invalidate_tag("warm").await.expect("in memory");
    cache.invalidate(entry!(outer(7))).await.expect("in memory");
    let (_, outcome) = traced(cache.warm([7], |id| outer(&source, id))).await;
    assert_eq!(outcome.reason(), "the load returned an error, which is never stored");
}

#[tokio::test]
async fn a_warm_inside_of_a_load_counts_its_own() {
    #[cached(key = "warm-warming:<id>", ttl = "1h")]
    async fn warming(cache: &super::Warmer, source: &Source, id: u64) -> u64 {
        cache.0.warm(0..id, |id| row(source, id)).await.loaded
    }
    let cache = testing::isolate();
    let source = Source::default();
    let warms = super::Warmer((*cache).clone());
    let warmed = cache.warm([5], |id| warming(&warms, &source, id)).await;
    assert_eq!(sums(&warmed), [0, 0, 1, 0, 0]);
    assert_eq!(cache.peek(entry!(warming(5))).await, Some(5));
}

#[tokio::test]
async fn what_a_writing_function_writes_is_not_stored_by_a_warm_inside_of_it() {
    #[invalidates(row(id))]
    async fn write(warmer: &super::Warmer, source: &Source, id: u64) -> Result<Warmed, String> {
        source.write(id, 99);
        Ok(warmer.0.warm([id], |id| row(source, id)).await)
    }
    let cache = testing::isolate();
    let (source, warms) = (Source::default(), super::Warmer((*cache).clone()));
    let warmed = write(&warms, &source, 3).await.expect("it is written");
    assert_eq!(reason(&warmed), ("written by the function or the transaction around the call", 1));
    assert_eq!(row(&source, 3).await, Ok(99));
}
