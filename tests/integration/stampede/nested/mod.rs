//! Loads that call cached functions: recursion, and circles of loads that would wait for each other.

mod naive;
mod subject;

use std::time::Duration;

use cache_runtime::{cached, testing};

use self::naive::Naive;
use self::subject::{Depth, Function, Ours, Subject, Turns};
use crate::support::{counters, settle};

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

/// The place of a frame on the stack of the thread.
#[inline(never)]
fn frame() -> usize {
    let here = 0_u8;
    (&raw const here).addr()
}

#[cached(key = "frames:<n>", ttl = "1h", tags = ["frames", "frames:<n>"])]
async fn frames(n: u64) -> Result<usize, String> {
    match n {
        0 => Ok(frame()),
        n => frames(n - 1).await,
    }
}

/// Runs on a stack as large as that of a thread of tokio's or of `std`.
fn on_a_usual_stack<T: Send + 'static>(call: impl AsyncFnOnce() -> T + Send + 'static) -> T {
    let run = move || {
        let _cache = testing::isolate();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(call())
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap()
}

#[test]
fn a_hundred_loads_inside_of_each_other_fit_into_half_of_a_stack() {
    let top = on_a_usual_stack(async || frame().abs_diff(frames(100).await.unwrap()));
    // The other half is for what the bodies of real functions need.
    assert!(top < 1 << 20, "{} bytes a level without optimization", top / 100);
}

/// The result of a call, or `None` if it waits for ever. On a paused clock the limit is reached at once when no task can
/// go on; it is far below the wait of the caches.
async fn at_once<T>(call: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(20), call).await.ok()
}

/// A call in a task of its own.
fn spawn<S: Subject>(
    subject: &S,
    function: Function,
    depth: &Depth,
    id: u64,
) -> tokio::task::JoinHandle<u64> {
    let (subject, depth) = (subject.clone(), depth.clone());
    tokio::spawn(async move { subject.call(function, &depth, id).await })
}

/// A call that leads to so many calls more.
async fn alone<S: Subject>(subject: &S, function: Function, calls: usize) -> Option<u64> {
    at_once(subject.call(function, &Depth::new(calls), 1)).await
}

#[tokio::test(start_paused = true)]
async fn a_naive_load_that_calls_itself_waits_for_itself() {
    for calls in 1..8 {
        assert_eq!(alone(&Naive::new(), Function::Itself, calls).await, None);
    }
    // Without recursion there is nothing to wait for.
    assert_eq!(alone(&Naive::new(), Function::Itself, 0).await, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_load_that_calls_itself_does_not_wait_for_itself() {
    for calls in 1..8 {
        let subject = Ours::new();
        assert_eq!(alone(&subject, Function::Itself, calls).await, Some(7));
        let counted = counters(&subject.0, "itself");
        assert!(counted.wait_cycles > 0 && counted.wait_timeouts == 0, "{counted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_naive_circle_of_two_functions_waits_for_itself() {
    for calls in 2..8 {
        assert_eq!(alone(&Naive::new(), Function::Ping, calls).await, None);
    }
    assert_eq!(alone(&Naive::new(), Function::Ping, 1).await, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_circle_through_two_caches_is_not_waited_for_however_long_it_is() {
    for calls in 2..8 {
        let subject = Ours::new();
        assert_eq!(alone(&subject, Function::Ping, calls).await, Some(7));
        assert_eq!(counters(&subject.0, "ping").wait_timeouts, 0, "{calls} calls");
    }
}

/// Two tasks, each of which loads what the other then calls.
async fn against_each_other<S: Subject>() -> [Option<u64>; 2] {
    let (subject, depth) = (S::new(), Depth::closed(2));
    let [one, other] =
        [Function::Ping, Function::Pong].map(|function| spawn(&subject, function, &depth, 1));
    depth.1.arrived(2).await;
    depth.1.open();
    [at_once(one).await, at_once(other).await]
        .map(|end| end.map(|answer| answer.expect("no call panics")))
}

#[tokio::test(start_paused = true)]
async fn two_tasks_under_naive_locks_wait_for_each_other() {
    assert_eq!(against_each_other::<Naive>().await, [None, None]);
}

#[tokio::test(start_paused = true)]
async fn two_tasks_that_would_wait_for_each_other_go_on() {
    assert_eq!(against_each_other::<Ours>().await, [Some(7), Some(7)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_in_circles_on_several_threads_all_go_on() {
    let subject = Ours::new();
    for id in 0..50 {
        let depth = Depth::new(5);
        let functions = [Function::Ping, Function::Pong].into_iter().cycle().take(8);
        let calls: Vec<_> =
            functions.map(|function| spawn(&subject, function, &depth, id)).collect();
        for call in calls {
            assert_eq!(at_once(call).await.expect("it ends").expect("no call panics"), 7);
        }
    }
}

/// A load waits for another that fails, so it loads that itself; and what it loads needs the load that it belongs to.
async fn after_a_failed_wait<S: Subject>(subject: &S) -> Option<u64> {
    let turns = Turns::new();
    let inner = (subject.clone(), turns.clone());
    let fails = tokio::spawn(async move { inner.0.inner(&inner.1).await });
    turns.gate.arrived(1).await;
    let outer = (subject.clone(), turns.clone());
    let waits = tokio::spawn(async move { outer.0.outer(&outer.1).await });
    settle().await;
    turns.gate.open();
    assert!(fails.await.expect("it does not panic").is_err());
    at_once(waits).await.map(|end| end.expect("it does not panic"))
}

#[tokio::test(start_paused = true)]
async fn a_naive_load_made_after_a_failed_wait_waits_for_the_load_that_it_belongs_to() {
    assert_eq!(after_a_failed_wait(&Naive::new()).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_load_made_after_a_failed_wait_does_not_wait_for_the_load_that_it_belongs_to() {
    let subject = Ours::new();
    assert_eq!(after_a_failed_wait(&subject).await, Some(7));
    assert_eq!(counters(&subject.0, "inner").joins, 1);
    assert_eq!(counters(&subject.0, "outer").wait_timeouts, 0);
}
