//! A store with faults in it: every one does something, where it was injected, until it is healed.

use std::time::Duration;

use cache_runtime::store::{Found, Key, Store, Token};
use cache_runtime::testing::{self, Gate, Injection, Node, Operation, Requests};
use cache_runtime::traced;

use super::{MS, change, get, outcome};
use crate::support::poll_once;

fn key() -> Key {
    Key::new(b"a").unwrap()
}

/// Makes one operation of a kind.
async fn operate(store: &impl Store, operation: Operation) -> cache_runtime::Result<()> {
    match operation {
        Operation::Read => store.read(&key(), &[]).await.map(drop),
        Operation::Load => store.release(&key(), Token::new()).await,
        Operation::Write => store.cancel(&key(), Token::new()).await,
        _ => store.invalidate(&key()).await,
    }
}

/// Which kinds of operations fail.
async fn failing(node: &Node) -> Vec<Operation> {
    let mut failing = Vec::new();
    for operation in Operation::ALL {
        match operate(node.store(), operation).await {
            Ok(()) => {}
            Err(error) => {
                assert!(error.is_unavailable(), "{error}");
                failing.push(operation);
            }
        }
    }
    failing
}

#[tokio::test]
async fn a_fault_is_in_the_operations_of_its_kind_until_it_is_healed() {
    let [node, other] = testing::nodes();
    for operation in Operation::ALL {
        node.store().inject_on(operation, Injection::Fail);
        assert_eq!(failing(&node).await, [operation]);
        node.store().heal();
    }
    node.store().inject(Injection::Fail);
    assert_eq!(failing(&node).await, Operation::ALL);
    assert_eq!(failing(&other).await, [], "its own way is free");
    node.store().inject_on(Operation::Read, Injection::Delay(Duration::ZERO));
    assert_eq!(failing(&node).await, Operation::ALL[1..], "one fault takes the place of another");
    node.store().heal();
    assert_eq!(failing(&node).await, []);
}

#[tokio::test]
async fn a_dead_store_costs_the_cache_and_not_the_call() {
    let [node] = testing::nodes();
    node.store().inject(Injection::Fail);
    for value in 1..3 {
        assert_eq!(node.scope(get(1, value)).await, value);
    }
    node.store().heal();
    node.scope(get(1, 3)).await;
    assert!(node.scope(outcome(get(1, 4))).await.is_hit());
}

#[tokio::test]
async fn faults_with_a_probability_are_the_same_in_each_run_and_others_with_another_seed() {
    let run = async |probability, seed| {
        let [node] = testing::nodes();
        node.store().inject(Injection::fail_sometimes(probability, seed));
        let mut failed = Vec::new();
        for _ in 0..1_000 {
            failed.push(operate(node.store(), Operation::Read).await.is_err());
        }
        failed
    };
    let third = run(0.3, 1).await;
    let failed = third.iter().filter(|failed| **failed).count();
    assert!((250..350).contains(&failed), "{failed}");
    assert_eq!(run(0.3, 1).await, third);
    assert_ne!(run(0.3, 2).await, third);
    assert!(run(0.0, 1).await.iter().all(|failed| !failed));
    assert!(run(1.0, 1).await.iter().all(|failed| *failed));
}

/// Whether there is a lease under the key, which an operation of a load places.
async fn is_leased(other: &Node) -> bool {
    matches!(other.store().read(&key(), &[]).await.unwrap().found, Found::Loading(_))
}

#[tokio::test]
async fn an_operation_whose_answer_is_lost_or_held_has_taken_effect_and_a_held_request_has_not() {
    for (injection, has_taken_effect) in [
        (Injection::Fail, false),
        (Injection::Hang, false),
        (Injection::LoseAnswers, true),
        (Injection::HoldRequests(Gate::new()), false),
        (Injection::HoldAnswers(Gate::new()), true),
    ] {
        let [node, other] = testing::nodes();
        node.store().inject(injection.clone());
        let key = key();
        let mut acquire = node.store().acquire(&key, Token::new(), MS, None);
        let answer = poll_once(acquire.as_mut()).await;
        assert_eq!(is_leased(&other).await, has_taken_effect, "{injection:?}");
        match injection {
            Injection::HoldRequests(gate) | Injection::HoldAnswers(gate) => {
                assert!(answer.is_none(), "it is held");
                gate.arrived(1).await;
                gate.open();
                acquire.await.expect("it is let go");
                assert!(is_leased(&other).await);
            }
            Injection::Hang => {
                assert!(answer.is_none(), "it hangs");
                node.store().heal();
                assert!(acquire.await.is_err(), "as on a connection that is closed");
            }
            _ => assert!(answer.is_some_and(|answer| answer.is_err())),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_one_by_the_clock_of_tokio() {
    const YEAR: Duration = Duration::from_hours(24 * 365);
    let [node] = testing::nodes();
    node.store().inject_on(Operation::Read, Injection::Delay(YEAR));
    let start = tokio::time::Instant::now();
    operate(node.store(), Operation::Read).await.unwrap();
    assert_eq!(start.elapsed(), YEAR);
    operate(node.store(), Operation::Write).await.unwrap();
    assert_eq!(start.elapsed(), YEAR);
}

#[tokio::test]
async fn a_store_that_hangs_costs_a_call_its_budget() {
    let [node] = testing::nodes_with(|build| build.response_timeout(20 * MS));
    node.store().inject(Injection::Hang);
    let (value, outcome) = node.scope(traced(get(1, 7))).await;
    assert_eq!((value, outcome.is_miss()), (7, true));
    assert!(outcome.reason().contains("did not answer"), "{}", outcome.reason());
}

#[tokio::test]
async fn an_invalidation_that_a_store_did_not_hear_of_is_sent_again_when_it_has_healed() {
    let [one, two] = testing::nodes();
    one.scope(get(1, 1)).await;
    assert_eq!(two.scope(get(1, 9)).await, 1);
    one.store().disconnect();
    one.scope(change(1)).await.unwrap();
    assert_eq!(one.scope(get(1, 2)).await, 2, "nobody here is answered with what has ended");
    one.store().heal();
    one.shutdown(Duration::from_secs(30)).await.unwrap();
    assert_eq!(two.scope(get(1, 3)).await, 3);
}

#[tokio::test]
async fn operations_are_counted_by_kind() {
    let [node] = testing::nodes();
    node.scope(get(1, 1)).await;
    // Its lease, together with the version of its tag, and the value.
    let requests = node.store().requests();
    assert_eq!((requests.reads, requests.loads, requests.total()), (1, 2, 3), "{requests}");
    node.store().reset_requests();
    node.scope(get(1, 1)).await;
    node.scope(get(1, 1)).await;
    let requests = node.store().requests();
    assert_eq!((requests.reads, requests.total()), (1, 1), "the second is answered by the copy");
    node.store().reset_requests();
    node.scope(change(1)).await.unwrap();
    node.clear().await.unwrap();
    let requests = node.store().requests();
    assert_eq!((requests.writes, requests.invalidations, requests.total()), (2, 1, 3));
    node.store().reset_requests();
    assert_eq!(node.store().requests(), Requests::default());
}

#[tokio::test]
async fn a_connection_that_is_lost_is_known_to_be_and_fails_what_hangs() {
    let [node, other] = testing::nodes();
    node.store().inject(Injection::Hang);
    let mut hanging = node.store().clear();
    assert!(poll_once(hanging.as_mut()).await.is_none());
    node.store().disconnect();
    hanging.await.expect_err("it is lost with the connection");
    let health = node.store().health();
    assert!(!health.reachable && !health.tracking && health.losses == 1, "{health:?}");
    assert_eq!(node.health().remote.unwrap().fault, Some(cache_runtime::Fault::Lost));
    assert!(other.health().is_healthy());
    node.store().heal();
    let health = node.store().health();
    assert!(health.reachable && health.tracking && health.fault.is_none(), "{health:?}");
    assert!(node.health().is_healthy());
}
