//! What is begun is finished: before a shutdown ends, and after a cache is dropped.

use cache_runtime::entry;

use super::*;
use crate::support::poll_once;

#[tokio::test]
async fn a_shutdown_waits_for_what_was_begun_by_callers_that_are_gone() {
    let site = Site::new();
    let ((one, store), (two, _)) = (site.process().await, site.process().await);
    let (rows, gate) = (Rows::default(), Gate::new());
    one.scope(read(&rows, 7)).await;
    let mut writing = Box::pin(one.scope(write(&rows, 7, 1, &gate)));
    assert!(poll_once(writing.as_mut()).await.is_none());
    gate.arrived(1).await;
    let held = Gate::new();
    store.set(Mode::Held(held.clone()));
    drop(writing);
    let error = one.shutdown(20 * MS).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    held.open();
    told(&one).await;
    let entry = two.scope(async { entry!(read(7)) }).await;
    assert_eq!(two.peek(entry).await, None);
}

#[tokio::test]
async fn a_shutdown_does_at_once_what_was_to_be_done_again_later() {
    let (cache, store) = Site::new().process().await;
    cache.scope(fail_to_write(7)).await.unwrap_err();
    assert_eq!(store.count("bump"), 1);
    told(&cache).await;
    assert_eq!(store.count("bump"), 2);
}

#[tokio::test]
async fn what_a_cache_owes_is_sent_although_it_was_dropped() {
    let site = Site::new();
    let (two, _) = site.process().await;
    let (one, store) = site.process().await;
    let rows = Rows::default();
    one.scope(read(&rows, 7)).await;
    store.set(Mode::Refuses);
    one.scope(write(&rows, 7, 1, &open())).await.unwrap();
    drop(one);
    store.set(Mode::Answers);
    let start = Instant::now();
    while two.scope(read(&rows, 7)).await != 1 {
        assert!(start.elapsed() < 50 * BUDGET, "the old value stays");
        tokio::time::sleep(MS).await;
    }
}
