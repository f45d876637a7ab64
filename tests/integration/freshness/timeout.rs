//! `hard_timeout`: a call gives up at its deadline, and the load goes on.

use std::time::Duration;

use cache_runtime::{Error, cached, invalidate, testing, traced};

use crate::support::fleet::Fleet;
use crate::support::source::Source;

const HOUR: Duration = Duration::from_hours(1);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failed(String);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        assert!(error.is_timeout());
        Self(error.to_string())
    }
}

#[cached(key = "within:<id>", ttl = "1h", hard_timeout = "50ms")]
async fn within(source: &Source, id: u64) -> Result<u64, Failed> {
    Ok(source.load(id).await)
}

#[cached(key = "or:<id>", ttl = "1h", hard_timeout = "50ms", on_timeout = |_| 99)]
async fn or_else(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(
    key = "or-stale:<id>",
    ttl = |_: &u64| HOUR,
    hard_timeout = "50ms",
    stale_if_error = "10h"
)]
async fn or_stale(source: &Source, id: u64) -> Result<u64, Failed> {
    Ok(source.load(id).await)
}

#[tokio::test]
async fn at_the_deadline_there_is_an_error_and_the_load_is_stored_when_it_ends() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.set(1, 1);
        let gate = source.slow_down_next();
        let (failed, what) = fleet.call(0, within(&source, 1)).await;
        let expected = "`within` did not load within 50ms; the load goes on";
        assert_eq!((failed, what.as_str()), (Err(Failed(expected.to_owned())), "miss"));
        assert_eq!(gate.arrivals(), 1);
        gate.open();
        fleet.idle().await;
        assert_eq!(fleet.call(1, within(&source, 1)).await, (Ok(1), "hit".to_owned()));
        assert_eq!(source.loads(), 1);
        assert_eq!(fleet.count("within", |policy| policy.hard_timeouts), 1);
    }
}

#[tokio::test]
async fn those_who_wait_for_a_load_have_the_same_deadline() {
    let _cache = testing::isolate();
    let source = Source::default();
    let gate = source.slow_down_next();
    let (one, two) = tokio::join!(or_else(&source, 1), or_else(&source, 1));
    assert_eq!((one, two, source.loads()), (99, 99, 1));
    gate.open();
}

#[tokio::test]
async fn a_value_past_its_ttl_is_better_than_the_error() {
    for fleet in Fleet::each().await {
        let source = Source::default();
        source.set(1, 1);
        fleet.call(0, or_stale(&source, 1)).await.0.unwrap();
        fleet.pass(2 * HOUR).await;
        source.set(1, 2);
        let gate = source.slow_down_next();
        assert_eq!(fleet.call(0, or_stale(&source, 1)).await, (Ok(1), "stale".to_owned()));
        gate.open();
        fleet.idle().await;
        assert_eq!(fleet.call(0, or_stale(&source, 1)).await, (Ok(2), "hit".to_owned()));
    }
}

#[tokio::test]
async fn what_is_invalidated_after_the_deadline_is_not_stored() {
    for fleet in Fleet::each().await {
        for process in 0..2 {
            let (source, id) = (Source::default(), process as u64);
            let gate = source.slow_down_next();
            assert_eq!(fleet.call(0, or_else(&source, id)).await.0, 99);
            source.set(id, 2);
            fleet.run(process, async { invalidate!(or_else(id)).await }).await.unwrap();
            gate.open();
            fleet.idle().await;
            assert_eq!(fleet.call(1, or_else(&source, id)).await, (2, "miss".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_call_says_why_it_gave_up() {
    let _cache = testing::isolate();
    let source = Source::default();
    let gate = source.slow_down_next();
    let (_, outcome) = traced(or_else(&source, 1)).await;
    assert_eq!(outcome.reason(), "the load takes longer than `hard_timeout`, and goes on");
    gate.open();
}
