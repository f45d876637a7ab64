//! `stale_if_error`: when a load fails after the ttl, the old value is served, and the next load waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Ambient, Trouble, cached, invalidate, refresh};

use crate::support::fleet::Fleet;

/// Long enough for a minute to be little.
const HOUR: Duration = Duration::from_hours(1);

/// A source that can be away.
#[derive(Clone, Default)]
struct Frail(Arc<Inner>);

#[derive(Default)]
struct Inner {
    away: AtomicBool,
    panics: AtomicBool,
    loads: AtomicUsize,
    row: AtomicUsize,
    gate: std::sync::Mutex<Option<Gate>>,
}

impl Ambient for Frail {}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Away;

impl Frail {
    async fn load(&self) -> Result<usize, Away> {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        let gate = self.0.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.pass().await;
        }
        assert!(
            !self.0.panics.load(Ordering::SeqCst),
            "the source panics, as the test asked it to"
        );
        if self.0.away.load(Ordering::SeqCst) {
            return Err(Away);
        }
        Ok(self.0.row.load(Ordering::SeqCst))
    }

    fn loads(&self) -> usize {
        self.0.loads.load(Ordering::SeqCst)
    }

    fn is_away(&self, away: bool) {
        self.0.away.store(away, Ordering::SeqCst);
    }

    fn set(&self, row: usize) {
        self.0.row.store(row, Ordering::SeqCst);
    }

    fn hold(&self) -> Gate {
        let gate = Gate::new();
        *self.0.gate.lock().unwrap() = Some(gate.clone());
        gate
    }
}

#[cached(key = "sie:<id>", ttl = |_: &usize| 10 * HOUR, stale_if_error = "10h", tags = ["sie"])]
async fn sie(source: &Frail, id: u64) -> Result<usize, Away> {
    source.load().await
}

#[cached(
    key = "both:<id>",
    ttl = |_: &usize| 10 * HOUR,
    stale_while_revalidate = "5h",
    stale_if_error = "10h"
)]
async fn both(source: &Frail, id: u64) -> Result<usize, Away> {
    source.load().await
}

#[cached(
    key = "under-a-lock:<id>",
    ttl = |_: &usize| Duration::from_mins(1),
    stale_if_error = "10m",
    strategy = "lock"
)]
async fn locked(source: &Frail, id: u64) -> Result<usize, Away> {
    source.load().await
}

#[cached(key = "maybe:<id>", ttl = "1h", none_ttl = "30m", stale_if_error = "10h")]
async fn maybe(source: &Frail, id: u64) -> Result<Option<usize>, Away> {
    Ok(Some(source.load().await?).filter(|row| *row > 0))
}

fn stale(row: usize) -> (Result<usize, Away>, String) {
    (Ok(row), "stale".to_owned())
}

fn miss(row: usize) -> (Result<usize, Away>, String) {
    (Ok(row), "miss".to_owned())
}

#[tokio::test]
async fn after_its_ttl_a_value_is_served_if_and_only_if_its_load_fails() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        assert_eq!(fleet.call(0, sie(&source, 1)).await, miss(0));
        fleet.pass(10 * HOUR).await;
        source.set(1);
        assert_eq!(fleet.call(0, sie(&source, 1)).await, miss(1), "it does not fail");

        fleet.pass(10 * HOUR).await;
        source.is_away(true);
        assert_eq!(fleet.call(0, sie(&source, 1)).await, stale(1));
        assert_eq!(source.loads(), 3);
        for process in 0..4 {
            assert_eq!(fleet.call(process, sie(&source, 1)).await, stale(1), "at once");
        }
        assert_eq!(source.loads(), 3, "the next load waits, in all processes");
    }
}

#[tokio::test]
async fn after_half_a_minute_one_process_tries_again() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, sie(&source, 1)).await.0.unwrap();
        fleet.pass(12 * HOUR).await;
        source.is_away(true);
        fleet.call(0, sie(&source, 1)).await.0.unwrap();
        fleet.idle().await;
        source.set(2);
        source.is_away(false);
        if !matches!(fleet, Fleet::Server(..)) {
            fleet.pass(Duration::from_secs(26)).await;
            assert_eq!(fleet.call(1, sie(&source, 1)).await, stale(0));
            assert_eq!(source.loads(), 2, "a tenth less at the soonest");
        }
        fleet.pass(Duration::from_secs(34)).await;
        assert_eq!(fleet.call(1, sie(&source, 1)).await, miss(2));
        assert_eq!(source.loads(), 3);
    }
}

#[tokio::test]
async fn after_the_window_there_is_the_error() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, sie(&source, 1)).await.0.unwrap();
        source.is_away(true);
        fleet.pass(fleet.just_before(20 * HOUR)).await;
        assert_eq!(fleet.call(0, sie(&source, 1)).await, stale(0));
        fleet.idle().await;
        fleet.pass(fleet.step()).await;
        assert_eq!(fleet.call(1, sie(&source, 1)).await.0, Err(Away));
    }
}

#[tokio::test]
async fn an_invalidation_ends_the_value_that_was_to_be_served_on_an_error_648() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        for by_tag in [true, false] {
            source.is_away(false);
            // What failed before has given its lease back.
            fleet.idle().await;
            fleet.call(0, sie(&source, 1)).await.0.unwrap();
            fleet.pass(12 * HOUR).await;
            source.is_away(true);
            assert_eq!(fleet.call(1, sie(&source, 1)).await, stale(0));
            fleet.idle().await;
            let ended = fleet.run(0, async {
                if by_tag {
                    fleet.cache(0).invalidate_tag("sie").await
                } else {
                    invalidate!(sie(1)).await
                }
            });
            ended.await.unwrap();
            for process in 0..2 {
                assert_eq!(fleet.call(process, sie(&source, 1)).await.0, Err(Away));
            }
        }
    }
}

#[tokio::test]
async fn callers_who_wait_for_a_load_that_fails_are_given_the_old_value() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, sie(&source, 1)).await.0.unwrap();
        fleet.pass(12 * HOUR).await;
        source.is_away(true);
        let gate = source.hold();
        let test = async {
            gate.arrived(1).await;
            gate.open();
        };
        let call = |process| fleet.call(process, sie(&source, 1));
        let (one, two, three, four, ()) = tokio::join!(call(0), call(1), call(0), call(1), test);
        assert_eq!([one, two, three, four], [stale(0), stale(0), stale(0), stale(0)]);
        assert_eq!(source.loads(), 2, "one of all processes");
    }
}

#[tokio::test]
async fn in_both_windows_the_first_is_served_at_once_and_the_second_after_a_failure() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, both(&source, 1)).await.0.unwrap();
        source.is_away(true);
        fleet.pass(12 * HOUR).await;
        assert_eq!(fleet.call(0, both(&source, 1)).await, stale(0));
        fleet.idle().await;
        assert_eq!(source.loads(), 2, "in the background");
        for process in 0..4 {
            assert_eq!(fleet.call(process, both(&source, 1)).await, stale(0));
        }
        fleet.idle().await;
        assert_eq!(source.loads(), 2, "which waits after a failure");
        fleet.pass(4 * HOUR).await;
        assert_eq!(fleet.call(0, both(&source, 1)).await, stale(0));
        assert_eq!(source.loads(), 3);
        fleet.pass(4 * HOUR).await;
        assert_eq!(fleet.call(0, both(&source, 1)).await.0, Err(Away));
    }
}

#[tokio::test]
async fn a_load_that_panics_in_the_background_is_not_made_again_at_once() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, both(&source, 1)).await.0.unwrap();
        fleet.pass(12 * HOUR).await;
        source.0.panics.store(true, Ordering::SeqCst);
        for process in 0..4 {
            assert_eq!(fleet.call(process, both(&source, 1)).await, stale(0));
            fleet.idle().await;
        }
        assert_eq!(source.loads(), 2);
        assert_eq!(fleet.count("both", |policy| policy.load_panics), 1);
    }
}

#[tokio::test]
async fn a_cached_none_is_no_answer_to_an_error() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        assert_eq!(fleet.call(0, maybe(&source, 1)).await.0, Ok(None));
        source.is_away(true);
        fleet.pass(30 * Duration::from_mins(1)).await;
        assert_eq!(fleet.call(0, maybe(&source, 1)).await.0, Err(Away));
    }
}

#[tokio::test]
async fn a_refresh_is_made_although_a_load_has_failed_lately() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, sie(&source, 1)).await.0.unwrap();
        fleet.pass(12 * HOUR).await;
        source.is_away(true);
        fleet.call(0, sie(&source, 1)).await.0.unwrap();
        fleet.idle().await;
        source.is_away(false);
        source.set(3);
        assert_eq!(fleet.run(0, refresh(sie(&source, 1))).await, Ok(3));
        assert_eq!(fleet.call(1, sie(&source, 1)).await, (Ok(3), "hit".to_owned()));
    }
}

#[tokio::test]
async fn a_source_that_is_away_for_ten_minutes_is_asked_21_times_by_four_processes() {
    let nodes: [_; 4] = testing::nodes();
    let fleet = Fleet::Store(nodes.into());
    let source = Frail::default();
    fleet.call(0, locked(&source, 1)).await.0.unwrap();
    source.is_away(true);
    fleet.pass(Duration::from_mins(1)).await;
    for second in 0..600 {
        let (answer, _) = fleet.call(second, locked(&source, 1)).await;
        assert_eq!(answer, Ok(0), "after {second} s");
        fleet.idle().await;
        fleet.pass(Duration::from_secs(1)).await;
    }
    let loads = source.loads() - 1;
    assert!((18..=23).contains(&loads), "{loads} loads");
    fleet.pass(Duration::from_secs(1)).await;
    for process in 0..4 {
        assert_eq!(fleet.call(process, locked(&source, 1)).await.0, Err(Away), "it is over");
    }
}

#[tokio::test]
async fn what_nobody_sees_fail_is_told_to_the_operator() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        fleet.call(0, both(&source, 1)).await.0.unwrap();
        assert!(fleet.cache(0).health().is_healthy());
        fleet.pass(12 * HOUR).await;
        source.is_away(true);
        assert_eq!(fleet.call(0, both(&source, 1)).await, stale(0));
        fleet.idle().await;
        let health = fleet.cache(0).health();
        assert!(!health.is_healthy());
        let [trouble] = &health.troubles[..] else { panic!("{health}") };
        assert_eq!((trouble.trouble, trouble.times), (Trouble::LoadFails, 1));
        assert!(health.to_string().contains("given the value from before"), "{health}");
    }
}

#[tokio::test]
async fn what_is_invalidated_while_its_load_runs_is_no_answer_to_its_error() {
    for fleet in Fleet::each().await {
        let source = Frail::default();
        for (id, by_tag) in [(1, true), (2, false)] {
            source.is_away(false);
            *source.0.gate.lock().unwrap() = None;
            fleet.idle().await;
            fleet.call(0, sie(&source, id)).await.0.unwrap();
            fleet.pass(12 * HOUR).await;
            source.is_away(true);
            let gate = source.hold();
            let ended = async {
                gate.arrived(1).await;
                let ended = fleet.run(0, async {
                    if by_tag {
                        fleet.cache(0).invalidate_tag("sie").await
                    } else {
                        invalidate!(sie(id)).await
                    }
                });
                ended.await.unwrap();
                gate.open();
            };
            let (called, ()) = tokio::join!(fleet.call(0, sie(&source, id)), ended);
            assert_eq!(called.0, Err(Away), "{fleet}, by a tag: {by_tag}");
        }
    }
}

#[tokio::test]
async fn a_load_that_fails_after_the_window_has_ended_fails() {
    let fleet = Fleet::Memory(testing::isolate());
    let source = Frail::default();
    fleet.call(0, sie(&source, 1)).await.0.unwrap();
    fleet.pass(12 * HOUR).await;
    source.is_away(true);
    let gate = source.hold();
    let later = async {
        gate.arrived(1).await;
        fleet.pass(8 * HOUR).await;
        gate.open();
    };
    let (called, ()) = tokio::join!(fleet.call(0, sie(&source, 1)), later);
    assert_eq!(called.0, Err(Away));
}
