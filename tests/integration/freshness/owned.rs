//! `strategy = "read_through"`: the cache owns the load, and a caller that goes away does not end it.

use std::time::Duration;

use cache_runtime::{bypass, cached, entry, invalidate, testing, traced, transaction};

use crate::support::fleet::{Fleet, caught};
use crate::support::poll_once;
use crate::support::source::{PANIC, Source};

#[cached(key = "through:<id>", ttl = "1h", strategy = "read_through")]
async fn through(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "outer:<id>", ttl = "1h", strategy = "read_through")]
async fn outer(source: &Source, id: u64) -> u64 {
    through(source, id).await + 100
}

#[tokio::test]
async fn a_load_goes_on_when_its_caller_goes_away_218() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.set(1, 1);
        let gate = source.slow_down_next();
        let mut call = Box::pin(fleet.call(0, through(&source, 1)));
        loop {
            assert!(poll_once(call.as_mut()).await.is_none());
            if gate.arrivals() == 1 {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(call);
        let waiting = fleet.call(0, through(&source, 1));
        let (waited, ()) = tokio::join!(waiting, async {
            tokio::task::yield_now().await;
            gate.open();
        });
        assert_eq!(waited, (1, "miss".to_owned()));
        fleet.idle().await;
        assert_eq!(fleet.call(1, through(&source, 1)).await, (1, "hit".to_owned()));
        assert_eq!(source.loads(), 1);
        assert_eq!(fleet.count("through", |policy| policy.load_cancelled), 0);
    }
}

#[tokio::test]
async fn a_shutdown_waits_for_the_load_and_tells_if_it_does_not_end() {
    let cache = testing::isolate();
    let source = Source::default();
    let gate = source.slow_down_next();
    let mut call = Box::pin(through(&source, 1));
    assert!(poll_once(call.as_mut()).await.is_none());
    drop(call);
    gate.arrived(1).await;
    let error = cache.shutdown(Duration::from_millis(1)).await.unwrap_err();
    assert!(error.to_string().contains("1 load(s) in the background"), "{error}");
    gate.open();
    cache.shutdown(Duration::from_secs(30)).await.unwrap();
    assert_eq!(cache.peek(entry!(through(1))).await, Some(0));
}

#[tokio::test]
async fn a_panic_reaches_the_caller_and_the_key_is_free_at_once() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.panic_next();
        let panic = caught(fleet.call(0, through(&source, 1))).await.unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some(PANIC));
        assert_eq!(fleet.call(0, through(&source, 1)).await, (0, "miss".to_owned()));
        assert_eq!(fleet.call(1, through(&source, 1)).await, (0, "hit".to_owned()));
    }
}

#[tokio::test]
async fn what_is_called_inside_of_the_load_is_traced() {
    let _cache = testing::isolate();
    let source = Source::default();
    assert_eq!(traced(outer(&source, 1)).await.1.reason(), "loaded and stored");
    invalidate!(outer(1)).await.unwrap();
    let (value, outcome) = traced(outer(&source, 1)).await;
    assert_eq!((value, source.loads()), (100, 1));
    assert!(outcome.is_miss());
}

#[tokio::test]
async fn a_call_inside_of_a_bypass_or_a_transaction_stays_in_it() {
    let cache = testing::isolate();
    let source = Source::default();
    bypass(outer(&source, 1)).await;
    assert_eq!(source.loads(), 1);
    assert_eq!(cache.peek(entry!(through(1))).await, None);
    transaction(async { Ok::<_, ()>(outer(&source, 1).await) }).await.unwrap();
    assert_eq!(cache.peek(entry!(through(1))).await, None, "what it reads may not be committed");
}

#[tokio::test]
async fn an_invalidation_during_the_load_keeps_it_from_being_stored() {
    for fleet in Fleet::each().await {
        for process in 0..2 {
            let source = Source::default();
            let id = 10 + process as u64;
            let gate = source.slow_down_next();
            let test = async {
                gate.arrived(1).await;
                source.set(id, 2);
                fleet.run(process, async { invalidate!(through(id)).await }).await.unwrap();
                gate.open();
            };
            let ((old, _), ()) = tokio::join!(fleet.call(0, through(&source, id)), test);
            assert_eq!(old, 0, "it began before");
            fleet.idle().await;
            for reader in 0..2 {
                assert_eq!(fleet.call(reader, through(&source, id)).await.0, 2);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_in_the_background_runs_with_the_caches_of_the_test_on_whatever_thread() {
    let cache = testing::isolate();
    let source = Source::default();
    assert_eq!(cache.scope(outer(&source, 1)).await, 100);
    assert_eq!(cache.scope(outer(&source, 1)).await, 100);
    assert_eq!(cache.peek(entry!(through(1))).await, Some(0));
    assert_eq!(source.loads(), 1);
}

#[tokio::test]
async fn of_too_many_loads_in_the_background_the_others_end_with_their_callers() {
    let cache = testing::isolate();
    let source = Source::default();
    let gate = source.slow_down();
    let call = |id| {
        let source = source.clone();
        cache.scope(async move { through(&source, id).await })
    };
    let calls: Vec<_> = (0..1_001).map(|id| tokio::spawn(call(id))).collect();
    gate.arrived(1_001).await;
    let policy = crate::support::counters(&cache, "through");
    assert_eq!(policy.background_full, 1);
    assert!(cache.health().to_string().contains("1000 loads of this cache"), "{}", cache.health());
    gate.open();
    for call in calls {
        call.await.unwrap();
    }
    assert_eq!((source.loads(), crate::support::counters(&cache, "through").fills), (1_001, 1_001));
}
