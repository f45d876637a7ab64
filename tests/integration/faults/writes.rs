//! Writes whose caller goes away while the store does.

use super::*;
use crate::support::poll_once;

#[tokio::test]
async fn a_guard_that_the_store_was_not_told_of_stands_when_it_is_back() {
    let site = Site::new();
    let ((one, store), (two, _)) = (site.process().await, site.process().await);
    let (rows, gate) = (Rows::default(), Gate::new());
    store.set(Mode::Refuses);
    let mut writing = Box::pin(one.scope(write(&rows, 7, 1, &gate)));
    assert!(poll_once(writing.as_mut()).await.is_none());
    gate.arrived(1).await;
    // The caller gives up. The statement goes on: the database has it.
    drop(writing);
    store.set(Mode::Answers);
    told(&one).await;

    // Somebody reads the old row, and the statement takes effect.
    assert_eq!(two.scope(read(&rows, 7)).await, 0);
    assert_eq!(one.scope(read(&rows, 7)).await, 0);
    rows.set(7, 1);
    for cache in [&two, &one] {
        assert_eq!(cache.scope(read(&rows, 7)).await, 1, "what was read before is not stored");
        assert_eq!(of(cache, "read").fills, 0);
    }
}

#[tokio::test]
async fn a_guard_that_is_missing_in_the_store_still_counts_in_its_process() {
    let (cache, store) = Site::new().process().await;
    let (rows, gate) = (Rows::default(), Gate::new());
    store.set(Mode::Refuses);
    let mut writing = Box::pin(cache.scope(write(&rows, 7, 1, &gate)));
    assert!(poll_once(writing.as_mut()).await.is_none());
    gate.arrived(1).await;
    store.set(Mode::Answers);
    assert_eq!(cache.scope(read(&rows, 7)).await, 0);
    assert_eq!((of(&cache, "read").fills, of(&cache, "read").refused.busy), (0, 1));
    gate.open();
    writing.await.unwrap();
    assert_eq!(cache.scope(read(&rows, 7)).await, 1);
}

#[tokio::test]
async fn a_caller_who_goes_away_before_the_write_has_written_nothing() {
    let (cache, store) = Site::new().process().await;
    let (rows, gate, open) = (Rows::default(), Gate::new(), open());
    cache.scope(read(&rows, 7)).await;
    store.set(Mode::Held(gate.clone()));
    let mut writing = Box::pin(cache.scope(write(&rows, 7, 1, &open)));
    assert!(poll_once(writing.as_mut()).await.is_none());
    gate.arrived(1).await;
    drop(writing);
    store.set(Mode::Answers);
    gate.open();
    told(&cache).await;
    // Not removed, and not guarded.
    assert_eq!(cache.scope(read(&rows, 7)).await, 0);
    assert_eq!(of(&cache, "read").loads, 1);
    cache.invalidate_tag("row:7").await.unwrap();
    cache.scope(read(&rows, 7)).await;
    assert_eq!(of(&cache, "read").fills, 2);
}
