//! `stale_while_revalidate`: after its ttl the old value is served while one load fetches the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_runtime::{cached, entry, invalidate, testing, traced};

use crate::support::fleet::{Fleet, MAX_VALUE};
use crate::support::source::Source;

/// Long enough for a minute to be little.
const HOUR: Duration = Duration::from_hours(1);

#[cached(key = "swr:<id>", ttl = |_: &u64| 10 * HOUR, stale_while_revalidate = "5h", tags = ["swr"])]
async fn swr(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "by-strategy:<id>", ttl = |_: &u64| 10 * HOUR, strategy = "stale_while_revalidate")]
async fn by_strategy(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(
    key = "patient:<id>",
    ttl = |_: &u64| 10 * HOUR,
    stale_while_revalidate = "5h",
    patience = "30s"
)]
async fn patient(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(
    key = "impatient:<id>",
    ttl = |_: &u64| 10 * HOUR,
    stale_while_revalidate = "5h",
    patience = "20ms"
)]
async fn impatient(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "none:<id>", ttl = "10h", none_ttl = "5h", stale_while_revalidate = "100h")]
async fn maybe(source: &Source, id: u64) -> Option<u64> {
    Some(source.load(id).await).filter(|row| *row > 0)
}

#[cached(
    key = "odd:<id>",
    ttl = |_: &u64| 10 * HOUR,
    stale_while_revalidate = "5h",
    store_if = |row: &u64| row % 2 == 1
)]
async fn odd(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

fn stale(row: u64) -> (u64, String) {
    (row, "stale".to_owned())
}

fn hit(row: u64) -> (u64, String) {
    (row, "hit".to_owned())
}

fn miss(row: u64) -> (u64, String) {
    (row, "miss".to_owned())
}

#[tokio::test]
async fn in_the_window_all_are_given_the_old_value_and_one_loads() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.set(1, 1);
        assert_eq!(fleet.call(0, swr(&source, 1)).await, miss(1));
        fleet.pass(fleet.just_before(10 * HOUR)).await;
        assert_eq!(fleet.call(1, swr(&source, 1)).await, hit(1), "before");
        fleet.idle().await;
        assert_eq!(source.loads(), 1);

        fleet.pass(fleet.step()).await;
        let gate = source.slow_down_next();
        source.set(1, 2);
        assert_eq!(fleet.call(0, swr(&source, 1)).await, stale(1), "at the end of the ttl");
        gate.arrived(1).await;
        for process in 0..4 {
            assert_eq!(fleet.call(process, swr(&source, 1)).await, stale(1), "in {process}");
        }
        gate.open();
        fleet.idle().await;
        for process in 0..4 {
            assert_eq!(fleet.call(process, swr(&source, 1)).await, hit(2), "in {process}");
        }
        assert_eq!(source.loads(), 2);
    }
}

#[tokio::test]
async fn after_the_window_the_value_is_gone() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, swr(&source, 1)).await;
        fleet.call(0, swr(&source, 2)).await;
        fleet.pass(fleet.just_before(15 * HOUR)).await;
        assert_eq!(fleet.call(0, swr(&source, 2)).await, stale(0), "before its end");
        fleet.idle().await;
        source.set(1, 2);
        fleet.pass(fleet.step()).await;
        assert_eq!(fleet.call(0, swr(&source, 1)).await, miss(2));
        assert_eq!(fleet.call(1, swr(&source, 1)).await, hit(2));
    }
}

#[tokio::test]
async fn the_strategy_has_a_window_as_long_as_the_ttl() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, by_strategy(&source, 1)).await;
        fleet.pass(fleet.just_before(20 * HOUR)).await;
        source.set(1, 2);
        assert_eq!(fleet.call(0, by_strategy(&source, 1)).await, stale(0));
        fleet.idle().await;
        assert_eq!(fleet.call(0, by_strategy(&source, 1)).await, hit(2));
        fleet.pass(20 * HOUR).await;
        assert_eq!(fleet.call(0, by_strategy(&source, 1)).await, miss(2));
    }
}

#[tokio::test]
async fn whoever_is_patient_is_given_the_new_value_if_it_comes_in_time() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, patient(&source, 1)).await;
        fleet.pass(12 * HOUR).await;
        source.set(1, 2);
        assert_eq!(fleet.call(0, patient(&source, 1)).await, miss(2));
        assert_eq!(source.loads(), 2);

        fleet.call(0, impatient(&source, 1)).await;
        fleet.pass(12 * HOUR).await;
        let gate = source.slow_down_next();
        source.set(1, 3);
        assert_eq!(fleet.call(0, impatient(&source, 1)).await, stale(2));
        gate.open();
        fleet.idle().await;
        assert_eq!(fleet.call(0, impatient(&source, 1)).await, hit(3));
    }
}

#[tokio::test]
async fn what_was_missing_is_not_served_after_its_time() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        assert_eq!(fleet.call(0, maybe(&source, 1)).await.0, None);
        source.set(1, 7);
        fleet.pass(5 * HOUR).await;
        assert_eq!(fleet.call(0, maybe(&source, 1)).await, (Some(7), "miss".to_owned()));
    }
}

#[tokio::test]
async fn an_entry_that_is_marked_stale_is_served_for_the_window_from_then_on() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, swr(&source, 1)).await;
        fleet.pass(4 * HOUR).await;
        let gate = source.slow_down_next();
        fleet.run(0, async { fleet.cache(0).mark_stale(entry!(swr(1))).await.unwrap() }).await;
        fleet.pass(fleet.just_before(5 * HOUR)).await;
        source.set(1, 2);
        assert_eq!(fleet.call(0, swr(&source, 1)).await, stale(0));
        gate.open();
        fleet.idle().await;

        fleet.run(0, async { fleet.cache(0).mark_stale(entry!(swr(1))).await.unwrap() }).await;
        fleet.pass(5 * HOUR).await;
        let (_, what) = fleet.call(0, swr(&source, 1)).await;
        assert_eq!(what, "miss", "the window is over");
    }
}

#[tokio::test]
async fn a_new_value_that_is_not_to_be_stored_ends_the_old_one() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.set(1, 1);
        fleet.call(0, odd(&source, 1)).await;
        fleet.pass(12 * HOUR).await;
        source.set(1, 2);
        assert_eq!(fleet.call(0, odd(&source, 1)).await, stale(1));
        fleet.idle().await;
        for process in 0..2 {
            assert_eq!(fleet.call(process, odd(&source, 1)).await, miss(2), "not the old one");
            fleet.idle().await;
        }
        source.set(1, 3);
        assert_eq!(fleet.call(0, odd(&source, 1)).await, miss(3));
        assert_eq!(fleet.call(1, odd(&source, 1)).await, hit(3));
    }
}

#[tokio::test]
async fn ten_thousand_callers_in_the_window_are_one_load() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, swr(&source, 1)).await;
        fleet.pass(12 * HOUR).await;
        let gate = source.slow_down_next();
        for process in 0..10_000 {
            assert_eq!(fleet.call(process, swr(&source, 1)).await, stale(0));
        }
        gate.open();
        fleet.idle().await;
        assert_eq!(source.loads(), 2);
        let stale = fleet.count("swr", |policy| policy.stale_hits);
        assert_eq!(stale, 10_000);
        assert!(fleet.count("swr", |policy| policy.background_refreshes) >= 1);
    }
}

#[tokio::test]
async fn a_call_says_that_it_was_given_a_stale_value() {
    let cache = cache_runtime::testing::isolate();
    let source = Source::default();
    swr(&source, 1).await;
    cache.clock().advance(12 * HOUR);
    let (_, outcome) = traced(swr(&source, 1)).await;
    assert!(outcome.is_stale() && !outcome.is_hit() && !outcome.is_miss());
    assert_eq!(outcome.reason(), "value past its ttl, while it is refreshed");
}

/// A value whose `Clone` waits until the test lets it go on.
#[derive(Debug)]
struct Slow(u64, Arc<Barrier>);

impl Clone for Slow {
    fn clone(&self) -> Self {
        if self.1.armed.swap(false, Ordering::SeqCst) {
            self.1.reached.store(true, Ordering::SeqCst);
            while !self.1.open.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
        }
        Self(self.0, Arc::clone(&self.1))
    }
}

#[derive(Debug, Default)]
struct Barrier {
    armed: AtomicBool,
    reached: AtomicBool,
    open: AtomicBool,
}

#[cached(
    key = "slow-clone:<id>",
    ttl = "10h",
    stale_while_revalidate = "5h",
    tier = "local",
    skip(barrier)
)]
async fn slow_clone(source: &Source, id: u64, barrier: &Arc<Barrier>) -> Slow {
    Slow(source.load(id).await, Arc::clone(barrier))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_ends_between_a_look_and_its_refresh_is_not_served_by_that() {
    let cache = testing::isolate();
    let (source, barrier) = (Source::default(), Arc::<Barrier>::default());
    cache.scope(slow_clone(&source, 1, &barrier)).await;
    cache.clock().advance(12 * HOUR);
    source.set(1, 2);
    barrier.armed.store(true, Ordering::SeqCst);
    let (other, clone) = (source.clone(), Arc::clone(&barrier));
    let call = cache.scope(async move { slow_clone(&other, 1, &clone).await.0 });
    let call = tokio::spawn(call);
    while !barrier.reached.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    cache.scope(async { invalidate!(slow_clone(1)).await }).await.unwrap();
    let gate = source.slow_down_next();
    barrier.open.store(true, Ordering::SeqCst);
    assert_eq!(call.await.unwrap(), 0, "it began before");
    let next = cache.scope(slow_clone(&source, 1, &barrier));
    let test = async {
        gate.arrived(1).await;
        gate.open();
    };
    let (next, ()) = tokio::join!(next, test);
    assert_eq!(next.0, 2);
}

#[cached(key = "large:<id>", ttl = |_: &Vec<u8>| 10 * HOUR, stale_while_revalidate = "5h")]
async fn large(source: &Source, id: u64) -> Vec<u8> {
    vec![0; usize::try_from(source.load(id).await).unwrap()]
}

#[tokio::test]
async fn a_new_value_that_is_too_large_ends_the_old_one() {
    for fleet in Fleet::shared().await {
        let source = Source::default();
        fleet.call(0, large(&source, 1)).await;
        fleet.pass(12 * HOUR).await;
        source.set(1, 2 * MAX_VALUE as u64);
        assert_eq!(fleet.call(0, large(&source, 1)).await.0.len(), 0);
        fleet.idle().await;
        for process in 0..2 {
            assert_eq!(fleet.call(process, large(&source, 1)).await.0.len(), 2 * MAX_VALUE);
        }
    }
}
