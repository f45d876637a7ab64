//! Writers of one key that overlap.

use std::time::Duration;

use cache_runtime::{entry, testing};

use super::write::{End, GUARDED, HIT, STORED, Statement, by_key, only_ok};
use crate::support::subject::row;

#[tokio::test]
async fn while_one_of_two_writers_is_left_nothing_is_stored() {
    let _cache = testing::isolate();
    let first = Statement::new(End::Ok, true).await;
    let second = Statement { gate: testing::Gate::new(), ..first.clone() };
    let (one, two) = (first.start(by_key::run).await, second.start(by_key::run).await);
    assert_eq!(first.look().await, (2, GUARDED), "the old value went with the second writer");
    one.end().await;
    assert_eq!(first.look().await, (2, GUARDED));
    two.end().await;
    assert_eq!(first.look().await, (2, STORED));
}

#[tokio::test]
async fn a_writer_that_wrote_nothing_does_not_bring_the_old_value_back_under_another() {
    let _cache = testing::isolate();
    let first = Statement::new(End::Err, true).await;
    let second = Statement { gate: testing::Gate::new(), end: End::Ok, ..first.clone() };
    let (nothing, written) = (first.start(only_ok::run).await, second.start(by_key::run).await);
    written.end().await;
    nothing.end().await;
    assert_eq!(first.look().await, (2, STORED));
}

#[tokio::test]
async fn an_interrupted_writer_keeps_loads_out_although_another_ends_well() {
    let cache = testing::isolate();
    let first = Statement::new(End::Dropped, true).await;
    let second = Statement { gate: testing::Gate::new(), end: End::Ok, ..first.clone() };
    let (gone, written) = (first.start(by_key::run).await, second.start(by_key::run).await);
    gone.end().await;
    written.end().await;
    assert_eq!(first.look().await, (2, GUARDED));
    cache.clock().advance(Duration::from_secs(30));
    assert_eq!(first.look().await, (2, STORED));
}

#[tokio::test]
async fn a_put_during_a_write_leaves_the_key_empty() {
    let cache = testing::isolate();
    let statement = Statement::new(End::Ok, true).await;
    let running = statement.start(by_key::run).await;
    cache.put(entry!(row(1)), 9).await.expect("a number can be stored");
    assert_eq!(cache.peek(entry!(row(1))).await, None);
    running.end().await;
    assert_eq!(cache.peek(entry!(row(1))).await, None);
}

#[tokio::test]
async fn a_mark_stale_or_clear_during_a_write_leaves_the_guard() {
    let cache = testing::isolate();
    let statement = Statement::new(End::Ok, true).await;
    let running = statement.start(by_key::run).await;
    cache.mark_stale(entry!(row(1))).await.expect("memory does not fail");
    assert_eq!(statement.look().await, (2, GUARDED));
    cache.invalidate(entry!(row(1))).await.expect("memory does not fail");
    assert_eq!(statement.look().await, (2, GUARDED));
    cache.clear().await.expect("memory does not fail");
    assert_eq!(statement.look().await, (2, GUARDED));
    running.end().await;
    assert_eq!(statement.look().await, (2, STORED));
    assert_eq!(statement.look().await, (2, HIT));
}
