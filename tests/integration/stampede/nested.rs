//! Loads that call cached functions: recursion, and circles of loads that would wait for each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Ambient, CacheSlot, cached};

use crate::support::counters;

static OTHER: CacheSlot = CacheSlot::new("other");

#[cached(key = "fibonacci:<n>", ttl = "1h")]
async fn fibonacci(n: u64) -> u64 {
    match n {
        0 | 1 => n,
        n => fibonacci(n - 1).await + fibonacci(n - 2).await,
    }
}

#[tokio::test]
async fn a_recursive_function_loads_each_value_once() {
    let cache = testing::isolate();
    assert_eq!(fibonacci(40).await, 102_334_155);
    assert_eq!(counters(&cache, "fibonacci").loads, 41);
}

/// Counts down, so that circles of calls end; and lets several callers into a circle before any goes on.
#[derive(Clone, Debug)]
struct Depth(Arc<AtomicUsize>, Gate);

impl Ambient for Depth {}

impl Depth {
    fn new(calls: usize) -> Self {
        let gate = Gate::new();
        gate.open();
        Self(Arc::new(AtomicUsize::new(calls)), gate)
    }

    fn closed(calls: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(calls)), Gate::new())
    }

    /// False once all calls are spent.
    async fn take(&self) -> bool {
        self.1.pass().await;
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |calls| calls.checked_sub(1))
            .is_ok()
    }
}

#[cached(key = "itself:<id>", ttl = "1h")]
async fn itself(depth: &Depth, id: u64) -> u64 {
    if depth.take().await { itself(depth, id).await } else { 7 }
}

#[cached(key = "ping:<id>", ttl = "1h")]
async fn ping(depth: &Depth, id: u64) -> u64 {
    if depth.take().await { pong(depth, id).await } else { 7 }
}

#[cached(key = "pong:<id>", ttl = "1h", cache = OTHER)]
async fn pong(depth: &Depth, id: u64) -> u64 {
    if depth.take().await { ping(depth, id).await } else { 7 }
}

/// A cache whose waits are long, so that one that should not be is seen.
fn patient() -> testing::IsolatedCache {
    testing::isolate_with(|builder| builder.max_wait(std::time::Duration::from_mins(1)))
}

/// Ends long before a wait for another load would.
async fn at_once<T>(call: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, call).await.expect("nobody waits for a load that waits for them")
}

#[tokio::test]
async fn a_load_that_calls_itself_does_not_wait_for_itself() {
    for calls in 1..8 {
        let cache = patient();
        assert_eq!(at_once(itself(&Depth::new(calls), 1)).await, 7);
        let counted = counters(&cache, "itself");
        assert!(counted.wait_cycles > 0 && counted.wait_timeouts == 0, "{counted:?}");
    }
}

#[tokio::test]
async fn a_circle_through_two_caches_is_not_waited_for_however_long_it_is() {
    for calls in 2..8 {
        let cache = patient();
        assert_eq!(at_once(ping(&Depth::new(calls), 1)).await, 7);
        assert_eq!(counters(&cache, "ping").wait_timeouts, 0, "{calls} calls");
    }
}

#[tokio::test]
async fn two_tasks_that_would_wait_for_each_other_go_on() {
    let cache = Arc::new(patient());
    let depth = Depth::closed(2);
    let calls = [
        tokio::spawn(cache.scope({
            let depth = depth.clone();
            async move { ping(&depth, 1).await }
        })),
        tokio::spawn(cache.scope({
            let depth = depth.clone();
            async move { pong(&depth, 1).await }
        })),
    ];
    // Both lead a load; then each calls what the other loads.
    depth.1.arrived(2).await;
    depth.1.open();
    for call in calls {
        assert_eq!(at_once(call).await.expect("no call panics"), 7);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_in_circles_on_several_threads_all_go_on() {
    let cache = Arc::new(patient());
    for id in 0..50 {
        let depth = Depth::new(5);
        let calls = (0..8).map(|task| {
            let depth = depth.clone();
            tokio::spawn(cache.scope(async move {
                if task % 2 == 0 { ping(&depth, id).await } else { pong(&depth, id).await }
            }))
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(at_once(call).await.expect("no call panics"), 7);
        }
    }
}

/// An error that cannot be shared: who waited for it loads.
#[derive(Debug)]
struct Down;

#[derive(Clone, Debug)]
struct Turns {
    inner: Arc<AtomicUsize>,
    outer: Arc<AtomicUsize>,
    gate: Gate,
}

impl Ambient for Turns {}

/// Fails once; after that it needs what needs it.
#[cached(key = "inner:<id>", ttl = "1h")]
async fn inner(turns: &Turns, id: u64) -> Result<u64, Down> {
    if turns.inner.fetch_add(1, Ordering::SeqCst) == 0 {
        turns.gate.pass().await;
        return Err(Down);
    }
    Ok(outer(turns, id).await)
}

#[cached(key = "outer:<id>", ttl = "1h")]
async fn outer(turns: &Turns, id: u64) -> u64 {
    match turns.outer.fetch_add(1, Ordering::SeqCst) {
        0 => inner(turns, id).await.unwrap_or_default(),
        _ => 7,
    }
}

#[tokio::test]
async fn a_load_made_after_a_failed_wait_does_not_wait_for_the_load_that_it_belongs_to() {
    let cache = patient();
    let turns = Turns { inner: Arc::default(), outer: Arc::default(), gate: Gate::new() };
    let spawn_inner = turns.clone();
    let fails = tokio::spawn(async move { inner(&spawn_inner, 1).await });
    turns.gate.arrived(1).await;
    let spawn_outer = turns.clone();
    let waits = tokio::spawn(async move { outer(&spawn_outer, 1).await });
    crate::support::until("it waits", || {
        cache.snapshot().policies.iter().any(|policy| policy.joins == 1)
    })
    .await;
    turns.gate.open();
    assert!(fails.await.expect("it does not panic").is_err());
    assert_eq!(at_once(waits).await.expect("it does not panic"), 7);
    assert_eq!(counters(&cache, "outer").wait_timeouts, 0);
}
