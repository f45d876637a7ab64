//! Values that are stored by hand, and do not get there.

use cache_runtime::{Entry, entry, transaction};

use super::*;
use crate::support::poll_once;

#[tokio::test]
async fn the_old_value_goes_if_the_new_one_does_not_get_there() {
    let (cache, store) = Site::new().process().await;
    let rows = Rows::default();
    let entry = cache.scope(async { entry!(read(7)) }).await;
    cache.put(entry.clone(), 1).await.unwrap();
    store.set(Mode::Refuses);
    let error = cache.put(entry.clone(), 2).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    store.set(Mode::Answers);
    told(&cache).await;
    assert_eq!(cache.peek(entry).await, None);
    cache.scope(read(&rows, 7)).await;
    assert_eq!(of(&cache, "read").fills, 1, "and nothing keeps a load from being stored");
}

#[tokio::test]
async fn the_old_value_goes_if_the_caller_does() {
    let (cache, store) = Site::new().process().await;
    let rows = Rows::default();
    let entry = cache.scope(async { entry!(read(7)) }).await;
    cache.put(entry.clone(), 1).await.unwrap();
    // Once while it asks for the versions, once while it places its guard.
    for requests in 1..=2 {
        let gate = Gate::new();
        store.set(Mode::Held(gate.clone()));
        let mut putting = Box::pin(cache.put(entry.clone(), 2));
        for request in 1..=requests {
            assert!(poll_once(putting.as_mut()).await.is_none());
            gate.arrived(request).await;
            if request < requests {
                gate.let_one_through();
            }
        }
        drop(putting);
        store.set(Mode::Answers);
        gate.open();
        told(&cache).await;
        assert_eq!(cache.peek(entry.clone()).await, None, "{requests}");
        cache.scope(read(&rows, 7)).await;
        assert_eq!(of(&cache, "read").fills, requests as u64);
    }
}

#[tokio::test]
async fn of_many_values_that_are_put_at_once_few_are_under_way_and_all_are_stored() {
    let (cache, store) =
        Site::new().process_with(|builder| builder.response_timeout(600 * 100 * MS)).await;
    let gate = Gate::new();
    store.set(Mode::Held(gate.clone()));
    let entries: Vec<_> =
        cache.scope(async { (0..500).map(|id| entry!(read(id))).collect() }).await;
    let mut puts = tokio::task::JoinSet::new();
    for entry in entries.clone() {
        let cache = Cache::clone(&cache);
        puts.spawn(async move { cache.put(entry, 1).await });
    }
    crate::support::settle().await;
    assert_eq!(gate.arrivals(), 32);
    store.set(Mode::Answers);
    gate.open();
    let puts = puts.join_all().await;
    assert!(puts.iter().all(Result::is_ok), "{puts:?}");
    let kept = cache.get_many(entries).await;
    assert_eq!(kept.iter().flatten().count(), 500);
}

#[tokio::test]
async fn a_value_that_is_put_waits_for_no_other_that_nobody_polls() {
    for inside in [false, true] {
        let (cache, store) =
            Site::new().process_with(|builder| builder.response_timeout(600 * 100 * MS)).await;
        let entries: Vec<_> =
            cache.scope(async { (0..100).map(|id| entry!(read(id))).collect() }).await;
        let put = async |entries: Vec<Entry<u64>>| {
            // More than are stored at a time have begun, and are not polled any more.
            let gate = Gate::new();
            store.set(Mode::Held(gate.clone()));
            let put = |entry: &Entry<u64>| cache.put(entry.clone(), 1);
            let mut begun: Vec<_> = entries[1..].iter().map(put).collect();
            for putting in &mut begun {
                assert!(poll_once(putting.as_mut()).await.is_none());
            }
            gate.arrived(1).await;
            store.set(Mode::Answers);
            gate.open();
            cache.put(entries[0].clone(), 1).await.unwrap();
            for putting in begun {
                putting.await.unwrap();
            }
            Ok::<_, String>(())
        };
        let all = async {
            if inside {
                transaction(put(entries.clone())).await
            } else {
                put(entries.clone()).await
            }
        };
        let all = tokio::time::timeout(Duration::from_secs(20), cache.scope(all)).await;
        all.expect("nobody waits for ever").unwrap();
        assert_eq!(cache.get_many(entries).await.iter().flatten().count(), 100, "{inside}");
    }
}
