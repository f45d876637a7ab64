//! `refresh_ahead`: a hit after a share of the ttl has the value replaced before it is missed.

use std::time::Duration;

use cache_runtime::{cached, invalidate, refresh};

use crate::support::fleet::Fleet;
use crate::support::source::Source;

/// Long enough for a minute to be little.
const HOUR: Duration = Duration::from_hours(1);

// Computed, because a store that processes share shortens a ttl that is the same for all values.
#[cached(key = "ahead:<id>", ttl = |_: &u64| 10 * HOUR, refresh_ahead = 0.8)]
async fn ahead(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "by-strategy:<id>", ttl = |_: &u64| 10 * HOUR, strategy = "refresh_ahead")]
async fn by_strategy(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "maybe-ahead:<id>", ttl = "100h", none_ttl = "10h", refresh_ahead = 0.5)]
async fn maybe(source: &Source, id: u64) -> Option<u64> {
    Some(source.load(id).await).filter(|row| *row > 0)
}

fn hit(row: u64) -> (u64, String) {
    (row, "hit".to_owned())
}

#[tokio::test]
async fn before_80_percent_nobody_loads_and_at_80_one_does_while_all_are_answered_at_once() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.set(1, 1);
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, (1, "miss".to_owned()));
        fleet.pass(fleet.just_before(8 * HOUR)).await;
        for process in 0..4 {
            assert_eq!(fleet.call(process, ahead(&source, 1)).await, hit(1));
        }
        fleet.idle().await;
        assert_eq!(source.loads(), 1);

        fleet.pass(fleet.step()).await;
        let gate = source.slow_down_next();
        source.set(1, 2);
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, hit(1), "at once");
        gate.arrived(1).await;
        for process in 0..4 {
            assert_eq!(fleet.call(process, ahead(&source, 1)).await, hit(1), "while it loads");
        }
        gate.open();
        fleet.idle().await;
        for process in 0..4 {
            assert_eq!(fleet.call(process, ahead(&source, 1)).await, hit(2));
        }
        assert_eq!(source.loads(), 2, "one in all processes");
        assert_eq!(fleet.count("ahead", |policy| policy.load_cancelled), 0);
    }
}

#[tokio::test]
async fn what_another_process_has_refreshed_is_adopted_without_a_load_651() {
    for fleet in Fleet::shared().await {
        let source = Source::default();
        source.set(1, 1);
        for process in 0..2 {
            fleet.call(process, ahead(&source, 1)).await;
        }
        fleet.pass(9 * HOUR).await;
        source.set(1, 2);
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, hit(1));
        fleet.idle().await;
        assert_eq!(fleet.call(1, ahead(&source, 1)).await, hit(2));
        fleet.idle().await;
        assert_eq!(source.loads(), 2);
    }
}

#[tokio::test]
async fn the_new_value_has_a_ttl_of_its_own() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, by_strategy(&source, 1)).await;
        for loads in 2..5 {
            fleet.pass(9 * HOUR).await;
            assert_eq!(fleet.call(0, by_strategy(&source, 1)).await, hit(0));
            fleet.idle().await;
            assert_eq!(source.loads(), loads);
        }
    }
}

#[tokio::test]
async fn a_value_whose_ttl_is_over_is_missed_all_the_same() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, ahead(&source, 1)).await;
        fleet.pass(fleet.just_before(10 * HOUR)).await;
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, hit(0));
        fleet.idle().await;
        fleet.pass(10 * HOUR).await;
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, (0, "miss".to_owned()));
    }
}

#[tokio::test]
async fn a_cached_none_is_refreshed_too() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        assert_eq!(fleet.call(0, maybe(&source, 1)).await.0, None);
        source.set(1, 7);
        // The ttl of a stored `None` is shortened on a server, to nine tenths at most.
        fleet.pass(5 * HOUR).await;
        assert_eq!(fleet.call(0, maybe(&source, 1)).await, (None, "hit".to_owned()));
        fleet.idle().await;
        assert_eq!(fleet.call(0, maybe(&source, 1)).await, (Some(7), "hit".to_owned()));
    }
}

#[tokio::test]
async fn a_refresh_of_the_callers_own_takes_the_place_of_one_in_the_background() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, ahead(&source, 1)).await;
        fleet.pass(9 * HOUR).await;
        let gate = source.slow_down_next();
        fleet.call(0, ahead(&source, 1)).await;
        gate.arrived(1).await;
        source.set(1, 3);
        assert_eq!(fleet.run(0, refresh(ahead(&source, 1))).await, 3);
        gate.open();
        fleet.idle().await;
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, hit(3));
    }
}

#[tokio::test]
async fn an_invalidation_ends_a_value_that_is_due() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        fleet.call(0, ahead(&source, 1)).await;
        fleet.pass(9 * HOUR).await;
        source.set(1, 2);
        fleet.run(0, async { invalidate!(ahead(1)).await }).await.unwrap();
        assert_eq!(fleet.call(0, ahead(&source, 1)).await, (2, "miss".to_owned()));
    }
}
