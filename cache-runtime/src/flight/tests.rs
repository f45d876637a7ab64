use std::sync::Arc;
use std::time::Duration;

use super::pulse::Arrived;
use super::shard::WAITERS;
use super::*;
use crate::clock::Clock;
use crate::key::Key;
use crate::store::memory::{Limits, MemoryStore, Stamp};
use crate::token::Token;

const LONG: Duration = Duration::from_secs(20);

fn key(name: &str) -> Key {
    Key::new(name.as_bytes()).unwrap()
}

fn stamp() -> Stamp {
    MemoryStore::<()>::new(Limits { entries: 10, bytes: None }, Clock::System).stamp(&[])
}

fn join(flights: &Flights, name: &str, id: Token) -> Joined {
    flights.join(&key(name), id, &stamp(), flights.arrive(), true, |_| true)
}

fn waiter(joined: Joined) -> Waiter {
    match joined {
        Joined::Wait(_, waiter) => waiter,
        Joined::Lead(_) | Joined::WaitForAsking(..) | Joined::Full | Joined::Unverified(_) => {
            panic!("there is a flight with room")
        }
    }
}

fn value(awaited: Awaited) -> u8 {
    match awaited {
        Awaited::Ended(LoadResult::Value(Some(value))) => *value.downcast::<u8>().unwrap(),
        _ => panic!("no value"),
    }
}

#[tokio::test]
async fn the_second_caller_waits_and_gets_what_the_first_loaded() {
    let flights = Flights::new();
    let id = Token::new();
    assert!(matches!(join(&flights, "a", id), Joined::Lead(Lead { instead_of: None, .. })));
    let second = waiter(join(&flights, "a", Token::new()));
    let third = waiter(join(&flights, "a", Token::new()));
    flights.end(&key("a"), id, LoadResult::Value(Some(Arc::new(7u8))));
    assert_eq!(value(second.result(LONG).await), 7);
    assert_eq!(value(third.result(LONG).await), 7);
    assert!(flights.is_empty());
}

#[tokio::test]
async fn nobody_joins_a_detached_flight_and_who_waits_still_gets_its_value() {
    let flights = Flights::new();
    let (old, new) = (Token::new(), Token::new());
    assert!(matches!(join(&flights, "a", old), Joined::Lead(Lead { instead_of: None, .. })));
    let before = waiter(join(&flights, "a", Token::new()));
    flights.detach(&key("a"));
    assert!(matches!(join(&flights, "a", new), Joined::Lead(Lead { instead_of: None, .. })));
    let after = waiter(join(&flights, "a", Token::new()));
    flights.end(&key("a"), old, LoadResult::Value(Some(Arc::new(1u8))));
    flights.end(&key("a"), new, LoadResult::Value(Some(Arc::new(2u8))));
    assert_eq!(value(before.result(LONG).await), 1);
    assert_eq!(value(after.result(LONG).await), 2);
    assert!(flights.is_empty());
}

#[tokio::test]
async fn a_flight_whose_versions_no_longer_hold_is_not_joined() {
    let flights = Flights::new();
    let (old, new) = (Token::new(), Token::new());
    assert!(matches!(join(&flights, "a", old), Joined::Lead(Lead { instead_of: None, .. })));
    assert!(
        matches!(flights.join(&key("a"), new, &stamp(), flights.arrive(), true, |_| false), Joined::Lead(Lead { instead_of: Some(id), .. }) if id == old)
    );
    flights.end(&key("a"), old, LoadResult::Failed);
    let waiter = waiter(join(&flights, "a", Token::new()));
    flights.end(&key("a"), new, LoadResult::Value(Some(Arc::new(2u8))));
    assert_eq!(value(waiter.result(LONG).await), 2);
}

#[tokio::test]
async fn a_wait_ends_although_the_leader_never_lands() {
    let flights = Flights::new();
    assert!(matches!(
        join(&flights, "a", Token::new()),
        Joined::Lead(Lead { instead_of: None, .. })
    ));
    let waiter = waiter(join(&flights, "a", Token::new()));
    assert!(matches!(waiter.result(Duration::from_millis(20)).await, Awaited::TimedOut));
}

#[test]
fn those_who_wait_for_one_flight_are_limited_in_number() {
    let flights = Flights::new();
    let id = Token::new();
    assert!(matches!(join(&flights, "a", id), Joined::Lead(Lead { instead_of: None, .. })));
    let mut waiters: Vec<_> = (0..WAITERS).map(|_| waiter(join(&flights, "a", id))).collect();
    assert!(matches!(join(&flights, "a", id), Joined::Full));
    waiters.pop();
    waiters.push(waiter(join(&flights, "a", id)));
    assert!(matches!(join(&flights, "a", id), Joined::Full));
}

fn leads(joined: Joined) -> Lead {
    match joined {
        Joined::Lead(lead) => lead,
        _ => panic!("nobody else leads"),
    }
}

#[tokio::test]
async fn who_waits_for_a_leader_that_is_woken_and_not_polled_is_told() {
    let flights = Flights::new();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    let (send, receive) = tokio::sync::oneshot::channel::<()>();
    let mut load = Box::pin(pulse.watch(receive));
    let polled =
        std::future::poll_fn(|context| std::task::Poll::Ready(load.as_mut().poll(context)));
    assert!(polled.await.is_pending());
    let (first, second) =
        (waiter(join(&flights, "a", Token::new())), waiter(join(&flights, "a", Token::new())));
    let slow = first.result(4 * pulse::PARKED).await;
    assert!(matches!(slow, Awaited::TimedOut), "its source is slow, and nobody's fault");
    send.send(()).unwrap();
    assert!(matches!(second.result(LONG).await, Awaited::Parked));

    let third = waiter(join(&flights, "a", Token::new()));
    flights.pass_over(&key("a"), id);
    assert!(matches!(third.result(LONG).await, Awaited::Ended(LoadResult::Abandoned)));
    let next = Token::new();
    assert_eq!(leads(join(&flights, "a", next)).instead_of, Some(id));
    // It is polled again after all.
    flights.end(&key("a"), id, LoadResult::Failed);
    let fourth = waiter(join(&flights, "a", Token::new()));
    flights.end(&key("a"), next, LoadResult::Value(Some(Arc::new(7u8))));
    assert_eq!(value(fourth.result(LONG).await), 7);
    assert!(flights.is_empty());
}

#[tokio::test]
async fn who_waits_can_be_freed_while_the_flight_goes_on() {
    let flights = Flights::new();
    let id = Token::new();
    leads(join(&flights, "a", id));
    let before = waiter(join(&flights, "a", Token::new()));
    flights.release_waiters(&key("a"), id);
    assert!(matches!(before.result(LONG).await, Awaited::Ended(LoadResult::Failed)));
    let next = flights.lead_or_beside(&key("a"), Token::new(), &stamp(), |_| true);
    assert!(matches!(next, Unwaiting::Alone), "one is under way");
    let after = waiter(join(&flights, "a", Token::new()));
    flights.end(&key("a"), id, LoadResult::Value(Some(Arc::new(7u8))));
    assert_eq!(value(after.result(LONG).await), 7);
    let next = flights.lead_or_beside(&key("a"), Token::new(), &stamp(), |_| true);
    assert!(matches!(next, Unwaiting::Lead(_)));
}

#[test]
fn what_happened_before_a_load_began_is_harmless_to_it() {
    let flights = Flights::new();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    flights.mark_unverified(&key("a"));
    assert!(matches!(join(&flights, "a", Token::new()), Joined::WaitForAsking(..)));
    flights.began(&key("a"), id, &stamp());
    assert!(matches!(join(&flights, "a", Token::new()), Joined::Wait(..)));
    flights.mark_unverified(&key("a"));
    assert!(matches!(join(&flights, "a", Token::new()), Joined::WaitForAsking(..)));
    flights.runs(&key("a"), id, right(), &pulse);
    assert!(matches!(join(&flights, "a", Token::new()), Joined::Unverified(_)));
}

#[tokio::test]
async fn what_a_flight_brings_is_for_those_who_came_before_it_last_began_anew() {
    let flights = Flights::new();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    let asking = |arrived| match doubtful(&flights, arrived) {
        Joined::WaitForAsking(flight, waiter) if flight == id => waiter,
        _ => panic!("it asks"),
    };
    let first = flights.arrive();
    let first = (asking(first), first);
    flights.begins_anew(&pulse);
    let second = flights.arrive();
    let second = (asking(second), second);
    assert!(first.0.begins_after(first.1), "it has asked again since");
    assert!(!second.0.begins_after(second.1));
    // Nobody else joins it, and those who wait for it know all the same.
    flights.detach(&key("a"));
    flights.runs(&key("a"), id, right(), &pulse);
    assert!(second.0.begins_after(second.1));
}

/// A flight that nobody was told anything about.
fn doubtful(flights: &Flights, arrived: Arrived) -> Joined {
    flights.join(&key("a"), Token::new(), &stamp(), arrived, false, |_| true)
}

#[tokio::test]
async fn a_flight_that_begins_after_a_caller_came_is_joined_whatever_is_told() {
    let flights = Flights::new();
    let early = flights.arrive();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    flights.runs(&key("a"), id, right(), &pulse);
    let late = flights.arrive();
    let Joined::Wait(_, waiter) = doubtful(&flights, early) else {
        panic!("it is as good as its own")
    };
    let Joined::Unverified(doubt) = doubtful(&flights, late) else { panic!("it had begun") };
    assert_eq!(doubt.flight, id);
    let EndWait::Wait(outlasts) = flights.wait_for_end(&key("a"), id) else {
        panic!("there is room")
    };
    flights.end(&key("a"), id, LoadResult::Value(Some(Arc::new(7u8))));
    assert_eq!(value(waiter.result(LONG).await), 7);
    assert!(matches!(outlasts.result(LONG).await, Awaited::Ended(_)));
    assert!(matches!(flights.wait_for_end(&key("a"), id), EndWait::Over));
    let next = Token::new();
    assert!(matches!(join(&flights, "a", next), Joined::Lead(Lead { instead_of: None, .. })));
    assert!(matches!(doubtful(&flights, late), Joined::Wait(flight, _) if flight == next));
}

#[test]
fn a_flight_that_held_when_the_store_was_asked_is_not_joined_if_a_tag_has_ended_since() {
    let flights = Flights::new();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    flights.runs(&key("a"), id, right(), &pulse);
    let Joined::Unverified(doubt) = doubtful(&flights, flights.arrive()) else {
        panic!("nothing is told")
    };
    assert!(flights.join_verified(&key("a"), &doubt, |_| false).is_none());
    assert!(flights.join_verified(&key("a"), &doubt, |_| true).is_some());
}

fn right() -> Right {
    Right { local: true, remote: None, refusal: None }
}

#[tokio::test]
async fn a_flight_that_was_waited_for_in_vain_goes_on_if_its_load_has_begun() {
    let flights = Flights::new();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    flights.runs(&key("a"), id, right(), &pulse);
    flights.outwaited(&key("a"), id);
    assert!(pulse.is_outwaited());
    let next = flights.lead_or_beside(&key("a"), Token::new(), &stamp(), |_| true);
    let Unwaiting::Beside(beside) = next else { panic!("it is under way") };
    assert_eq!(beside.flight, id);
    // Who comes now waits for it, and gets what whoever ends first brings.
    let late = waiter(join(&flights, "a", Token::new()));
    flights.end(&key("a"), beside.flight, LoadResult::Value(Some(Arc::new(7u8))));
    assert_eq!(value(late.result(LONG).await), 7);
    flights.end(&key("a"), id, LoadResult::Value(Some(Arc::new(8u8))));
    assert!(flights.is_empty());
}

#[test]
fn a_flight_whose_load_does_not_begin_is_given_up_by_who_has_waited_for_it() {
    let flights = Flights::new();
    let id = Token::new();
    leads(join(&flights, "a", id));
    let next = flights.lead_or_beside(&key("a"), Token::new(), &stamp(), |_| true);
    assert!(matches!(next, Unwaiting::Alone));
    flights.outwaited(&key("a"), id);
    assert_eq!(leads(join(&flights, "a", Token::new())).instead_of, Some(id));
}

#[test]
fn a_flight_is_given_up_for_a_failure_beside_it_only_if_it_is_old() {
    let flights = Flights::new();
    let id = Token::new();
    let pulse = leads(join(&flights, "a", id)).pulse;
    flights.runs(&key("a"), id, right(), &pulse);
    flights.give_up_after(&key("a"), id, LONG);
    waiter(join(&flights, "a", Token::new()));
    flights.give_up_after(&key("a"), id, Duration::ZERO);
    assert_eq!(leads(join(&flights, "a", Token::new())).instead_of, Some(id));
}
