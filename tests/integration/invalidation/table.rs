//! The table: what is done for each kind of selector at each kind of end.

use std::time::Duration;

use cache_runtime::testing;

use super::write::{ENDS, End, GUARDED, HIT, STORED, Statement, by_key, by_tag, by_value};
use crate::support::just_before;
use crate::support::naive::Naive;
use crate::support::source::Source;
use crate::support::subject::Subject;

const GUARD: Duration = Duration::from_secs(30);
const A_MOMENT: Duration = Duration::from_millis(1);

/// What everybody writes: change, `?`, delete. Ends with what the next reader gets.
async fn naive(end: End) -> u64 {
    let source = Source::default();
    source.set(1, 1);
    let cache = Naive::new(source.clone());
    cache.read(1).await;
    let write = tokio::spawn({
        let cache = cache.clone();
        async move {
            cache.source().set(1, 2);
            match end {
                End::Ok => {}
                End::Err => return Err(()),
                End::Panic => panic!("the write panics, as the test asked it to"),
                End::Dropped => std::future::pending().await,
            }
            cache.invalidate(1).await;
            Ok(())
        }
    });
    crate::support::settle().await;
    if end == End::Dropped {
        write.abort();
    }
    let _ = write.await;
    cache.read(1).await
}

#[tokio::test]
async fn a_naive_write_that_does_not_end_well_leaves_the_old_value() {
    let mut seen = Vec::new();
    for end in ENDS {
        seen.push(naive(end).await);
    }
    assert_eq!(seen, [2, 1, 1, 1]);
}

#[tokio::test]
async fn while_the_write_runs_the_old_value_is_served_until_the_guards_deadline_at_most() {
    let cache = testing::isolate();
    let statement = Statement::new(End::Ok, true).await;
    let running = statement.start(by_key::run).await;
    cache.clock().advance(just_before(GUARD));
    assert_eq!(statement.look().await, (1, HIT));
    cache.clock().advance(A_MOMENT);
    assert_eq!(statement.look().await.0, 2);
    running.end().await;
}

#[tokio::test]
async fn a_load_during_the_write_is_not_stored() {
    let _cache = testing::isolate();
    let statement = Statement::new(End::Ok, false).await;
    let running = statement.start(by_key::run).await;
    assert_eq!(statement.look().await, (2, GUARDED));
    assert_eq!(statement.look().await, (2, GUARDED));
    running.end().await;
    assert_eq!(statement.look().await, (2, STORED));
}

#[tokio::test]
async fn a_reference_is_removed_at_every_end() {
    for end in ENDS {
        let _cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        let running = statement.start(by_key::run).await;
        assert_eq!(statement.look().await, (1, HIT), "{end:?}");
        running.end().await;
        assert_eq!(statement.look().await.0, 2, "{end:?}");
    }
}

#[tokio::test]
async fn the_guard_is_cancelled_after_ok_stays_a_second_after_err_and_to_its_deadline_otherwise() {
    let guards = [
        (End::Ok, Duration::ZERO),
        (End::Err, Duration::from_secs(1)),
        (End::Panic, GUARD),
        (End::Dropped, GUARD),
    ];
    for (end, guard) in guards {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(by_key::run).await.end().await;
        if !guard.is_zero() {
            cache.clock().advance(just_before(guard));
            assert_eq!(statement.look().await, (2, GUARDED), "{end:?}");
            cache.clock().advance(A_MOMENT);
        }
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
        assert_eq!(statement.look().await, (2, HIT), "{end:?}");
    }
}

#[tokio::test]
async fn a_tag_is_bumped_at_every_end_and_not_before() {
    for end in ENDS {
        let _cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        let running = statement.start(by_tag::run).await;
        assert_eq!(statement.look().await, (1, HIT), "{end:?}");
        running.end().await;
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
        assert_eq!(statement.look().await, (2, HIT), "{end:?}");
    }
}

#[tokio::test]
async fn a_tag_is_bumped_once_more_after_the_guard_time_unless_the_write_was_ok() {
    for end in ENDS {
        let cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        statement.start(by_tag::run).await.end().await;
        assert_eq!(statement.look().await, (2, STORED), "{end:?}");
        cache.clock().advance(just_before(GUARD));
        assert_eq!(statement.look().await, (2, HIT), "{end:?}");
        cache.clock().advance(A_MOMENT);
        let after = if end == End::Ok { HIT } else { STORED };
        assert_eq!(statement.look().await, (2, after), "{end:?}");
        // Once more, not for ever.
        cache.clock().advance(GUARD);
        assert_eq!(statement.look().await, (2, HIT), "{end:?}");
    }
}

#[tokio::test]
async fn what_a_closure_names_is_removed_after_ok_and_left_alone_otherwise() {
    for end in ENDS {
        let _cache = testing::isolate();
        let statement = Statement::new(end, true).await;
        let running = statement.start(by_value::run).await;
        assert_eq!(statement.look().await, (1, HIT), "{end:?}");
        running.end().await;
        let after = if end == End::Ok { (2, STORED) } else { (1, HIT) };
        assert_eq!(statement.look().await, after, "{end:?}");
    }
}

#[tokio::test]
async fn a_load_that_began_before_or_during_the_write_is_never_stored() {
    for end in ENDS {
        let _cache = testing::isolate();
        let statement = Statement::new(end, false).await;
        let slow = statement.source.slow_down_next();
        let load = tokio::spawn({
            let statement = statement.clone();
            async move { statement.look().await }
        });
        slow.arrived(1).await;
        statement.start(by_key::run).await.end().await;
        slow.open();
        let overtaken = "loaded, not stored: an invalidation or a write overtook the load";
        assert_eq!(load.await.expect("it does not panic"), (1, overtaken), "{end:?}");
        assert_eq!(statement.look().await.0, 2, "{end:?}");
    }
}
