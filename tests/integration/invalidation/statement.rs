//! The caller is gone, but its statement still runs: the row changes after the function has ended.

use std::time::Duration;

use cache_runtime::testing;

use super::write::{End, Statement, by_key, by_tag, guarded_10s};
use crate::support::naive::Naive;
use crate::support::poll_once;
use crate::support::source::Source;
use crate::support::subject::{Ours, Subject};

/// A write is cancelled; a reader comes; then the statement takes effect. What is read in the end?
async fn late_statement<S: Subject>() -> u64 {
    let source = Source::default();
    source.set(1, 1);
    let subject = S::new(source.clone());
    let mut write = Box::pin(subject.write(1, std::future::pending::<()>()));
    assert!(poll_once(write.as_mut()).await.is_none());
    drop(write);
    assert_eq!(subject.read(1).await, 1);
    source.set(1, 2);
    subject.advance(Duration::from_secs(30));
    subject.read(1).await
}

#[tokio::test]
async fn a_naive_cache_stores_the_row_before_a_statement_that_outlives_its_caller() {
    assert_eq!(late_statement::<Naive>().await, 1);
}

#[tokio::test]
async fn what_is_read_before_a_statement_that_outlives_its_caller_is_not_stored() {
    assert_eq!(late_statement::<Ours>().await, 2);
}

#[tokio::test]
async fn what_was_stored_under_a_tag_before_such_a_statement_ends_with_the_guard_time() {
    for end in [End::Err, End::Panic, End::Dropped] {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(by_tag::run).await.end().await;
        assert_eq!(statement.look().await.0, 2);
        statement.source.set(1, 3);
        cache.clock().advance(Duration::from_secs(30));
        assert_eq!(statement.look().await.0, 3, "{end:?}");
    }
}

#[tokio::test]
async fn a_guard_that_ran_out_during_the_write_is_made_up_for_at_its_end() {
    for end in [End::Ok, End::Err, End::Panic, End::Dropped] {
        let cache = testing::isolate();
        let statement = Statement::new(end, false).await;
        let running = statement.start(guarded_10s::run).await;
        cache.clock().advance(Duration::from_secs(11));
        // Stored, because nobody knows any more that a write is under way.
        assert_eq!(statement.look().await, (2, "loaded and stored"));
        statement.source.set(1, 3);
        running.end().await;
        assert_eq!(statement.look().await.0, 3, "{end:?}");
    }
}

#[tokio::test]
async fn a_killed_write_is_forgotten_at_the_guards_deadline() {
    let cache = testing::isolate();
    let statement = Statement::new(End::Dropped, true).await;
    // As if the process were killed: neither the end nor the drop of the write ever runs.
    std::mem::forget(statement.start(by_key::run).await);
    cache.clock().advance(Duration::from_secs(30));
    assert_eq!(statement.look().await, (2, "loaded and stored"));
}
