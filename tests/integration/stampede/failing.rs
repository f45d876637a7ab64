//! The load that everyone waits for returns an error or panics.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Ambient, cached};

use crate::support::naive::NaiveFlights;
use crate::support::source::Source;
use crate::support::subject::{Ours, Subject};
use crate::support::{counters, settle, until};

/// A source that is down, and counts who asks.
#[derive(Clone, Debug, Default)]
struct Down(Arc<Asked>);

#[derive(Debug, Default)]
struct Asked {
    now: AtomicUsize,
    most: AtomicUsize,
    total: AtomicUsize,
}

impl Ambient for Down {}

impl Down {
    async fn load(&self, gate: &Gate) {
        self.0.total.fetch_add(1, Ordering::SeqCst);
        let now = self.0.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.most.fetch_max(now, Ordering::SeqCst);
        gate.pass().await;
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }

    fn total(&self) -> usize {
        self.0.total.load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.0.most.load(Ordering::SeqCst)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Shareable(usize);

/// Most database errors are like this.
#[derive(Debug, PartialEq, Eq)]
struct NotShareable(usize);

impl fmt::Display for NotShareable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the source is down, asked {} times", self.0)
    }
}

#[cached(key = "shareable:<id>", ttl = "1h", skip(gate))]
async fn shareable(down: &Down, gate: &Gate, id: u64) -> Result<u64, Shareable> {
    down.load(gate).await;
    Err(Shareable(down.total()))
}

#[cached(key = "not_shareable:<id>", ttl = "1h", skip(gate))]
async fn not_shareable(down: &Down, gate: &Gate, id: u64) -> Result<u64, NotShareable> {
    down.load(gate).await;
    Err(NotShareable(down.total()))
}

/// What a cache does that stores no errors, and knows no flights.
async fn naive(down: &Down, gate: &Gate) -> Result<u64, NotShareable> {
    down.load(gate).await;
    Err(NotShareable(down.total()))
}

/// Lets 200 callers fail together, each load taking a while.
async fn fail<T, F>(call: impl Fn(Down, Gate) -> F, ready: impl Fn(&Down) -> bool) -> (Down, Vec<T>)
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let (down, gate) = (Down::default(), Gate::new());
    let calls: Vec<_> = (0..200).map(|_| tokio::spawn(call(down.clone(), gate.clone()))).collect();
    until("everyone is there", || ready(&down)).await;
    let pump = tokio::spawn(async move {
        // One at a time, and others get to run in between: a load that would start has started.
        for loads in 1.. {
            gate.arrived(loads).await;
            settle().await;
            gate.let_one_through();
        }
    });
    let mut ends = Vec::new();
    for call in calls {
        ends.push(call.await.expect("no call panics"));
    }
    pump.abort();
    (down, ends)
}

fn waits(cache: &IsolatedCache, joins: u64) -> bool {
    cache.snapshot().policies.first().is_some_and(|policy| policy.joins == joins)
}

#[tokio::test]
async fn a_naive_cache_meets_a_source_that_is_down_with_everyone_at_once() {
    let call = |down: Down, gate: Gate| async move { naive(&down, &gate).await };
    let (down, ends) = fail(call, |down| down.total() == 200).await;
    assert_eq!((down.total(), down.most()), (200, 200));
    assert!(ends.iter().all(Result::is_err));
}

#[tokio::test]
async fn everyone_who_waited_gets_an_error_that_can_be_cloned() {
    let cache = testing::isolate();
    let call = |down: Down, gate: Gate| async move { shareable(&down, &gate, 1).await };
    let (down, ends) = fail(call, |_| waits(&cache, 199)).await;
    assert_eq!(down.total(), 1);
    assert!(ends.iter().all(|end| *end == Err(Shareable(1))));
    let counted = counters(&cache, "shareable");
    assert_eq!((counted.loads, counted.load_errors, counted.fills), (1, 1, 0));
}

#[tokio::test]
async fn after_an_error_that_cannot_be_cloned_everyone_loads_at_once_as_without_a_cache() {
    let cache = testing::isolate();
    let (down, gate) = (Down::default(), Gate::new());
    let call = || {
        let (down, gate) = (down.clone(), gate.clone());
        tokio::spawn(cache.scope(async move { not_shareable(&down, &gate, 1).await }))
    };
    let mut calls: Vec<_> = (0..200).map(|_| call()).collect();
    until("all others wait", || waits(&cache, 199)).await;
    gate.arrived(1).await;
    gate.let_one_through();
    // Nobody stands in a queue: all of them are at the source together, each for its own answer.
    gate.arrived(200).await;
    assert_eq!((down.total(), down.most()), (200, 199));
    // Who comes now waits for one of them, and loads for itself when that one has failed.
    calls.extend((0..20).map(|_| call()));
    until("the next wait", || waits(&cache, 219)).await;
    gate.open();
    for call in calls {
        assert!(call.await.expect("no call panics").is_err());
    }
    assert_eq!(down.total(), 220, "each asked once");
    assert_eq!(counters(&cache, "not_shareable").load_errors, 220);
}

#[tokio::test]
async fn at_a_steady_rate_nobody_waits_through_more_than_one_failure() {
    const EACH: usize = 25;
    let cache = testing::isolate();
    let (down, gate) = (Down::default(), Gate::new());
    let (mut calls, mut let_through) = (Vec::new(), 0);
    // As many as come while one load takes its time; forty such times.
    for round in 1..=40 {
        calls.extend((0..EACH).map(|_| {
            let (down, gate) = (down.clone(), gate.clone());
            tokio::spawn(cache.scope(async move { not_shareable(&down, &gate, 1).await }))
        }));
        until("the new ones wait for a load", || waits(&cache, (EACH * round - 1) as u64)).await;
        let loads = gate.arrivals() - let_through;
        assert!(loads <= EACH, "{loads} at the source in round {round}");
        for _ in 0..loads {
            gate.let_one_through();
        }
        let_through += loads;
        // Who has waited is at the source now; who was there is answered.
        until("all who waited load", || {
            calls.retain(|call: &tokio::task::JoinHandle<_>| !call.is_finished());
            gate.arrivals() == EACH * round && calls.len() <= EACH
        })
        .await;
    }
    gate.open();
    for call in calls {
        assert!(call.await.expect("no call panics").is_err());
    }
    assert_eq!(down.total(), 40 * EACH, "as many as without a cache");
}

#[tokio::test]
async fn an_error_is_not_remembered() {
    let cache = testing::isolate();
    let (down, gate) = (Down::default(), Gate::new());
    gate.open();
    assert_eq!(shareable(&down, &gate, 1).await, Err(Shareable(1)));
    assert_eq!(shareable(&down, &gate, 1).await, Err(Shareable(2)));
    assert_eq!(counters(&cache, "shareable").load_errors, 2);
}

/// A leader that panics while ten wait; then one more comes. Who got an answer?
async fn panic_under<S: Subject>() -> (Source, usize) {
    let source = Source::default();
    source.set(1, 7);
    let subject = S::new(source.clone());
    let gate = source.slow_down_next();
    let read = || {
        let subject = subject.clone();
        tokio::spawn(async move { subject.read(1).await })
    };
    let leader = read();
    gate.arrived(1).await;
    let waiting: Vec<_> = (0..10).map(|_| read()).collect();
    settle().await;
    source.panic_next();
    gate.open();
    assert!(leader.await.is_err_and(|error| error.is_panic()));
    let late = read();
    settle().await;
    let calls: Vec<_> = waiting.into_iter().chain([late]).collect();
    let mut answered = 0;
    for call in calls {
        if call.is_finished() {
            assert_eq!(call.await.expect("only the leader panics"), 7);
            answered += 1;
        } else {
            call.abort();
        }
    }
    (source, answered)
}

#[tokio::test]
async fn naive_flights_hang_for_ever_after_a_panic() {
    assert_eq!(panic_under::<NaiveFlights>().await.1, 0);
}

#[tokio::test]
async fn after_a_panic_the_key_is_free_at_once_and_a_waiter_loads() {
    let (source, answered) = panic_under::<Ours>().await;
    assert_eq!(answered, 11);
    // None of these loads waits for anything: the first one stores.
    assert_eq!(source.loads(), 2);
}
