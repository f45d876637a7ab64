//! The load that everyone waits for is cancelled, or not polled any more.

use std::time::{Duration, Instant};

use crate::support::naive::NaiveFlights;
use crate::support::source::Source;
use crate::support::subject::{Ours, Subject};
use crate::support::{counters, poll_once, settle};

fn read<S: Subject>(subject: &S) -> tokio::task::JoinHandle<u64> {
    let subject = subject.clone();
    tokio::spawn(async move { subject.read(1).await })
}

/// A leader that is cancelled while ten wait: how many of them end, and after how many loads.
async fn cancel_under<S: Subject>() -> (usize, usize, S) {
    let source = Source::default();
    source.set(1, 7);
    let subject = S::new(source.clone());
    let gate = source.slow_down_next();
    let leader = read(&subject);
    gate.arrived(1).await;
    let waiting: Vec<_> = (0..10).map(|_| read(&subject)).collect();
    settle().await;
    leader.abort();
    assert!(leader.await.is_err_and(|error| error.is_cancelled()));
    settle().await;
    let mut answered = 0;
    for call in waiting {
        if call.is_finished() {
            assert_eq!(call.await.expect("nobody else is cancelled"), 7);
            answered += 1;
        } else {
            call.abort();
        }
    }
    (answered, source.loads(), subject)
}

#[tokio::test]
async fn naive_flights_hang_for_ever_after_a_cancelled_leader() {
    let (answered, loads, _) = cancel_under::<NaiveFlights>().await;
    assert_eq!((answered, loads), (0, 1));
}

#[tokio::test]
async fn a_waiter_takes_over_from_a_cancelled_leader_with_one_more_load() {
    let (answered, loads, subject) = cancel_under::<Ours>().await;
    assert_eq!((answered, loads), (10, 2));
    let row = counters(&subject.cache, "row");
    assert_eq!((row.load_cancelled, row.loads, row.fills), (1, 1, 1));
    assert_eq!(subject.read(1).await, 7);
    assert_eq!(subject.source().loads(), 2, "what the waiter loaded is stored");
}

#[tokio::test]
async fn a_chain_of_cancelled_leaders_ends_with_the_one_that_stays() {
    let source = Source::default();
    source.set(1, 7);
    let gate = source.slow_down();
    let subject = Ours::new(source.clone());
    let mut calls: std::collections::VecDeque<_> = (0..6).map(|_| read(&subject)).collect();
    for loads in 1..6 {
        gate.arrived(loads).await;
        settle().await;
        // Whoever leads is the first that came: the waiters wake in their order.
        let leader = calls.pop_front().expect("six came");
        leader.abort();
        assert!(leader.await.is_err_and(|error| error.is_cancelled()));
    }
    gate.open();
    assert_eq!(calls.pop_front().expect("one is left").await.expect("it stays"), 7);
    assert_eq!(source.loads(), 6);
}

/// A patient caller among such as give up: how many loads have begun when a third leader does not let it wait again.
async fn stay_behind<S: Subject>(subject: &S) -> usize {
    let source = subject.source().clone();
    let _gate = source.slow_down();
    let mut leader = Box::pin(subject.read(1));
    assert!(poll_once(leader.as_mut()).await.is_none());
    let mut patient = Box::pin(subject.read(1));
    for _ in 0..2 {
        assert!(poll_once(patient.as_mut()).await.is_none());
        // The next comes before the patient one is polled.
        drop(leader);
        leader = Box::pin(subject.read(1));
        assert!(poll_once(leader.as_mut()).await.is_none());
    }
    assert!(poll_once(patient.as_mut()).await.is_none());
    source.loads()
}

#[tokio::test]
async fn nobody_waits_for_a_third_load_after_two_that_were_cancelled() {
    let subject = Ours::new(Source::default());
    assert_eq!(stay_behind(&subject).await, 4, "the patient one loads beside the third");
    let counted = counters(&subject.cache, "row");
    assert_eq!((counted.load_cancelled, counted.joins), (4, 2), "{counted:?}");
}

#[tokio::test]
async fn as_long_as_a_load_takes_callers_wait_however_many_are_cancelled() {
    let subject = Ours::new(Source::default());
    let gate = subject.source().slow_down_next();
    let load = read(&subject);
    gate.arrived(1).await;
    // What a load usually takes from now on: more than this test.
    std::thread::sleep(Duration::from_millis(500));
    gate.open();
    load.await.expect("it is not cancelled");
    subject.invalidate(1).await;
    let start = Instant::now();
    let loads = stay_behind(&subject).await;
    let is_slow = start.elapsed() >= Duration::from_millis(500);
    assert!(loads == 4 || is_slow, "it waits for the third");
}

/// A leader that its task polls once and then never again, as in `select!` or `buffered`.
async fn pause_under<S: Subject>(subject: &S, limit: Duration) -> Option<u64> {
    let source = subject.source().clone();
    source.set(1, 7);
    let _gate = source.slow_down_next();
    let mut leader = Box::pin(subject.read(1));
    assert!(poll_once(leader.as_mut()).await.is_none());
    let waiting = read(subject);
    let start = Instant::now();
    // In real time: the length of the wait is what is under test.
    while !waiting.is_finished() && start.elapsed() < limit {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ended = waiting.is_finished();
    if !ended {
        waiting.abort();
    }
    let answer = waiting.await.ok();
    drop(leader);
    answer
}

#[tokio::test]
async fn naive_flights_wait_for_ever_for_a_leader_that_is_not_polled() {
    let naive = NaiveFlights::new(Source::default());
    assert_eq!(pause_under(&naive, Duration::from_millis(300)).await, None);
}

#[tokio::test]
async fn a_wait_for_a_leader_that_is_not_polled_ends_after_max_wait() {
    let subject =
        Ours::with(Source::default(), |builder| builder.max_wait(Duration::from_millis(20)));
    assert_eq!(pause_under(&subject, Duration::from_secs(20)).await, Some(7));
    let row = counters(&subject.cache, "row");
    // Who waited has taken the leader's place, lease and all.
    assert_eq!((row.wait_timeouts, row.fills), (1, 1));
    assert_eq!(subject.read(1).await, 7);
    assert_eq!(counters(&subject.cache, "row").hits, 1);
}

#[tokio::test]
async fn a_leader_that_selects_between_its_load_and_the_same_call_goes_on() {
    let subject =
        Ours::with(Source::default(), |builder| builder.max_wait(Duration::from_millis(20)));
    subject.source().set(1, 7);
    let _gate = subject.source().slow_down_next();
    let mut leader = Box::pin(subject.read(1));
    let seen = tokio::select! {
        biased;
        row = &mut leader => row,
        // From here on the leader is not polled, and this waits for it.
        () = std::future::ready(()) => subject.read(1).await,
    };
    assert_eq!(seen, 7);
}
