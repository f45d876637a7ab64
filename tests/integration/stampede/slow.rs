//! The load that everyone waits for takes longer than anyone waits.

use std::time::{Duration, Instant};

use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Trouble, cached, entry};
use tokio::task::JoinHandle;

use crate::support::counters;

/// How long these callers wait.
const SHORT: Duration = Duration::from_millis(100);

/// Its answer is the caller's to choose, so that it is known whose load a value is from.
#[cached(key = "report:<id>", ttl = "1h", tags = ["reports"], skip(gate, answer))]
async fn report(id: u64, gate: &Gate, answer: Result<u64, u64>) -> Result<u64, u64> {
    gate.pass().await;
    answer
}

fn isolated() -> IsolatedCache {
    testing::isolate_with(|builder| builder.max_wait(SHORT))
}

fn call(
    cache: &IsolatedCache,
    gate: &Gate,
    answer: Result<u64, u64>,
) -> JoinHandle<Result<u64, u64>> {
    let gate = gate.clone();
    tokio::spawn(cache.scope(async move { report(1, &gate, answer).await }))
}

/// What a call gets whose own load would answer this at once.
async fn answer(cache: &IsolatedCache, own: Result<u64, u64>) -> Result<u64, u64> {
    let gate = Gate::new();
    gate.open();
    cache.scope(report(1, &gate, own)).await
}

/// A load under way that is to answer 1, and so many beside it that are to answer 2.
async fn under_way(
    cache: &IsolatedCache,
    beside: usize,
) -> (Vec<JoinHandle<Result<u64, u64>>>, [Gate; 2]) {
    let gates = [Gate::new(), Gate::new()];
    let mut calls = vec![call(cache, &gates[0], Ok(1))];
    gates[0].arrived(1).await;
    calls.extend((0..beside).map(|_| call(cache, &gates[1], Ok(2))));
    // Their time is up.
    gates[1].arrived(beside).await;
    (calls, gates)
}

#[tokio::test]
async fn the_first_load_that_ends_is_stored_however_many_did_not_wait_for_it() {
    let cache = isolated();
    let (mut calls, [first, others]) = under_way(&cache, 5).await;
    first.open();
    assert_eq!(calls.remove(0).await.unwrap(), Ok(1));
    assert_eq!(answer(&cache, Ok(3)).await, Ok(1), "it is stored");
    others.open();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(2));
    }
    assert_eq!(answer(&cache, Ok(3)).await, Ok(1), "what comes after it is not");
    let counted = counters(&cache, "report");
    assert_eq!((counted.loads, counted.fills, counted.hits), (6, 1, 2), "{counted:?}");
    assert_eq!((counted.refused.busy, counted.refused.overtaken), (5, 0), "{counted:?}");
}

#[tokio::test]
async fn what_is_loaded_beside_a_load_that_hangs_is_stored() {
    let cache = isolated();
    let (mut calls, [hung, other]) = under_way(&cache, 1).await;
    let last = Gate::new();
    calls.push(call(&cache, &last, Ok(4)));
    last.arrived(1).await;
    other.open();
    assert_eq!(calls.remove(1).await.unwrap(), Ok(2));
    assert_eq!(answer(&cache, Ok(3)).await, Ok(2));
    hung.open();
    last.open();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(answer(&cache, Ok(3)).await, Ok(2));
    let counted = counters(&cache, "report");
    assert_eq!((counted.loads, counted.fills, counted.hits), (3, 1, 2), "{counted:?}");
    assert_eq!((counted.refused.busy, counted.refused.overtaken), (2, 0), "{counted:?}");
}

#[tokio::test]
async fn a_load_that_is_cancelled_takes_nobodys_answer_away() {
    let cache = isolated();
    let (mut calls, [_hung, others]) = under_way(&cache, 1).await;
    let leader = calls.remove(0);
    leader.abort();
    assert!(leader.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(answer(&cache, Ok(3)).await, Ok(3), "the next is a load like any other");
    others.open();
    assert_eq!(calls.remove(0).await.unwrap(), Ok(2));
    assert_eq!(answer(&cache, Ok(4)).await, Ok(3));
}

/// What ends the entry, and with it the right of every load that began before to be stored.
async fn end(cache: &IsolatedCache, how: u8) {
    match how {
        0 => cache.invalidate(entry!(report(1))).await,
        1 => cache.invalidate_tag("reports").await,
        _ => (**cache).clear().await,
    }
    .expect("memory does not fail");
}

#[tokio::test]
async fn nothing_that_began_before_an_invalidation_is_stored_after_it() {
    for how in 0..3 {
        for first in 0..2 {
            // With a new load between the invalidation and the end of the old ones, and without one.
            let cache = isolated();
            let (calls, gates) = under_way(&cache, 2).await;
            end(&cache, how).await;
            assert_eq!(answer(&cache, Ok(3)).await, Ok(3));
            gates[first].open();
            gates[1 - first].open();
            for call in calls {
                call.await.unwrap().unwrap();
            }
            assert_eq!(answer(&cache, Ok(4)).await, Ok(3), "{how}, {first}");

            let cache = isolated();
            let (calls, gates) = under_way(&cache, 2).await;
            end(&cache, how).await;
            gates[first].open();
            gates[1 - first].open();
            for call in calls {
                call.await.unwrap().unwrap();
            }
            assert_eq!(answer(&cache, Ok(4)).await, Ok(4), "{how}, {first}");
        }
    }
}

#[tokio::test]
async fn a_load_that_hangs_while_its_source_fails_is_given_up_some_time() {
    let cache = isolated();
    let (_calls, _gates) = under_way(&cache, 0).await;
    let start = Instant::now();
    loop {
        let before = counters(&cache, "report").wait_timeouts;
        assert_eq!(answer(&cache, Err(1)).await, Err(1));
        if counters(&cache, "report").wait_timeouts == before {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "every call still waits for it");
    }
    assert_eq!(answer(&cache, Ok(2)).await, Ok(2));
    assert_eq!(answer(&cache, Ok(3)).await, Ok(2));
}

#[tokio::test]
async fn a_load_that_takes_longer_than_calls_wait_is_told_of_with_what_to_do() {
    let cache = isolated();
    let (calls, [first, others]) = under_way(&cache, 3).await;
    assert!(cache.health().is_healthy(), "it may be this one alone");
    first.open();
    others.open();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let troubles = counters(&cache, "report").troubles;
    assert_eq!(troubles.get(&Trouble::LoadTooLong), Some(&1), "{troubles:?}");
    let health = cache.health();
    assert!(!health.is_healthy());
    let health = health.to_string();
    assert!(health.contains("load_too_long") && health.contains("raise `max_wait`"), "{health}");
}

#[tokio::test]
async fn a_load_that_nobody_waits_for_may_take_its_time() {
    let cache = isolated();
    let (mut calls, [first, _]) = under_way(&cache, 0).await;
    // In real time: longer than anyone would wait.
    tokio::time::sleep(2 * SHORT).await;
    first.open();
    assert_eq!(calls.remove(0).await.unwrap(), Ok(1));
    let health = cache.health();
    assert!(health.is_healthy(), "{health}");
}
