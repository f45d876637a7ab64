//! The options: `only_ok`, `guard`, `hold`.

use std::time::Duration;

use cache_runtime::testing;

use super::write::{
    ENDS, End, GUARDED, HIT, STORED, Statement, guarded_10s, held, held_by_value, only_ok,
    required, tags_10s, unguarded,
};
use crate::support::just_before;

const MS: Duration = Duration::from_millis(1);

#[tokio::test]
async fn only_ok_takes_an_error_to_mean_that_nothing_was_written() {
    let cache = testing::isolate();
    let statement = Statement::new(End::Err, true).await;
    statement.start(only_ok::run).await.end().await;
    assert_eq!(statement.look().await, (1, HIT));
    // With its whole life, not what the guard had cut it to, and its tags are not bumped later.
    cache.clock().advance(Duration::from_mins(1));
    assert_eq!(statement.look().await, (1, HIT));
    cache.clock().advance(Duration::from_hours(1));
    assert_eq!(statement.look().await, (2, STORED));
}

#[tokio::test]
async fn only_ok_leaves_no_guard_after_an_error() {
    let _cache = testing::isolate();
    let statement = Statement::new(End::Err, false).await;
    statement.start(only_ok::run).await.end().await;
    assert_eq!(statement.look().await, (2, STORED));
}

#[tokio::test]
async fn only_ok_changes_nothing_at_the_other_ends() {
    for end in [End::Ok, End::Panic, End::Dropped] {
        let _cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(only_ok::run).await.end().await;
        let after = if end == End::Ok { STORED } else { GUARDED };
        assert_eq!(statement.look().await, (2, after), "{end:?}");
    }
}

#[tokio::test]
async fn guard_sets_how_long_an_interrupted_write_keeps_loads_out() {
    for end in [End::Panic, End::Dropped] {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(guarded_10s::run).await.end().await;
        cache.clock().advance(just_before(Duration::from_secs(10)));
        assert_eq!(statement.look().await, (2, GUARDED), "{end:?}");
        cache.clock().advance(MS);
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
    }
}

#[tokio::test]
async fn guard_sets_when_a_tag_is_bumped_again() {
    for end in ENDS {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(tags_10s::run).await.end().await;
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
        cache.clock().advance(just_before(Duration::from_secs(10)));
        assert_eq!(statement.look().await, (2, HIT), "{end:?}");
        cache.clock().advance(MS);
        let after = if end == End::Ok { HIT } else { STORED };
        assert_eq!(statement.look().await, (2, after), "{end:?}");
    }
}

#[tokio::test]
async fn without_a_guard_loads_are_stored_during_the_write_and_removed_at_its_end() {
    for end in ENDS {
        let _cache = testing::isolate();
        let statement = Statement::new(end, false).await;
        let running = statement.start(unguarded::run).await;
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
        statement.source.set(1, 3);
        assert_eq!(statement.look().await, (2, HIT), "{end:?}");
        running.end().await;
        assert_eq!(statement.look().await, (3, STORED), "{end:?}");
    }
}

#[tokio::test]
async fn a_required_guard_is_placed_and_the_write_takes_place() {
    let _cache = testing::isolate();
    let statement = Statement::new(End::Ok, false).await;
    let running = statement.start(required::run).await;
    assert_eq!(statement.look().await, (2, GUARDED));
    running.end().await;
    assert_eq!(statement.look().await, (2, STORED));
}

#[tokio::test]
async fn hold_keeps_loads_out_that_long_after_ok_and_after_err() {
    for end in [End::Ok, End::Err] {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(held::run).await.end().await;
        cache.clock().advance(Duration::from_millis(499));
        assert_eq!(statement.look().await, (2, GUARDED), "{end:?}");
        cache.clock().advance(MS);
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
    }
}

#[tokio::test]
async fn hold_does_not_shorten_the_guard_of_an_interrupted_write() {
    for end in [End::Panic, End::Dropped] {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(held::run).await.end().await;
        cache.clock().advance(Duration::from_secs(29));
        assert_eq!(statement.look().await, (2, GUARDED), "{end:?}");
    }
}

#[tokio::test]
async fn hold_keeps_loads_of_what_a_closure_names_out_too() {
    let cache = testing::isolate();
    let statement = Statement::new(End::Ok, true).await;
    statement.start(held_by_value::run).await.end().await;
    assert_eq!(statement.look().await, (2, GUARDED));
    cache.clock().advance(Duration::from_millis(500));
    assert_eq!(statement.look().await, (2, STORED));
}
