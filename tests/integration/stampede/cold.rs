//! Many callers, nothing cached.

use crate::support::naive::{Naive, NaiveFlights};
use crate::support::source::Source;
use crate::support::subject::{Ours, Subject};
use crate::support::{counters, until};

/// The loads that so many callers for each key make, with all of the loads under way at once.
async fn stampede<S: Subject>(keys: u64, callers: u64, expected: usize) -> usize {
    let source = Source::default();
    (0..keys).for_each(|id| source.set(id, id + 100));
    let gate = source.slow_down();
    let subject = S::new(source.clone());
    let calls = (0..keys * callers).map(|call| {
        let subject = subject.clone();
        tokio::spawn(async move { (call % keys, subject.read(call % keys).await) })
    });
    let calls: Vec<_> = calls.collect();
    // No load can end before the gate opens, so this many are under way in parallel.
    gate.arrived(expected).await;
    gate.open();
    for call in calls {
        let (id, row) = call.await.expect("no call panics");
        assert_eq!(row, id + 100);
    }
    source.loads()
}

#[tokio::test]
async fn a_naive_cache_loads_for_every_caller() {
    assert_eq!(stampede::<Naive>(1, 1_000, 1_000).await, 1_000);
    assert_eq!(stampede::<Naive>(50, 20, 1_000).await, 1_000);
}

#[tokio::test]
async fn a_thousand_callers_of_a_cold_key_make_one_load() {
    assert_eq!(stampede::<Ours>(1, 1_000, 1).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_callers_on_several_threads_make_one_load() {
    for _ in 0..10 {
        assert_eq!(stampede::<Ours>(1, 1_000, 1).await, 1);
    }
}

#[tokio::test]
async fn fifty_keys_are_loaded_once_each_and_in_parallel() {
    assert_eq!(stampede::<Ours>(50, 20, 50).await, 50);
    // The naive flights get this right: it is endings that they get wrong.
    assert_eq!(stampede::<NaiveFlights>(50, 20, 50).await, 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_keys_on_several_threads_are_loaded_once_each_and_in_parallel() {
    assert_eq!(stampede::<Ours>(50, 20, 50).await, 50);
}

#[tokio::test]
async fn every_caller_is_counted_as_one_that_loads_waits_or_hits() {
    let source = Source::default();
    let gate = source.slow_down();
    let subject = Ours::new(source);
    let calls = (0..100).map(|_| {
        let subject = subject.clone();
        tokio::spawn(async move { subject.read(1).await })
    });
    let calls: Vec<_> = calls.collect();
    until("99 wait", || {
        subject.cache.snapshot().policies.first().is_some_and(|policy| policy.joins == 99)
    })
    .await;
    gate.open();
    for call in calls {
        call.await.expect("no call panics");
    }
    subject.read(1).await;
    let row = counters(&subject.cache, "row");
    assert_eq!((row.misses, row.loads, row.joins, row.fills, row.hits), (100, 1, 99, 1, 1));
    assert_eq!(row.wait_timeouts + row.wait_cycles + row.refused.total(), 0);
}
