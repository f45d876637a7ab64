//! The pause after a load that failed, and the renewal of a ttl.

use super::*;

pub(super) fn steps(now: i64) -> Vec<Step> {
    [
        backed_off(),
        not_backed_off(),
        in_the_pause(now),
        renewed(),
        not_renewed(),
        on_a_full_server(without_memory()),
    ]
    .concat()
}

fn backed_off() -> Vec<Step> {
    let back_off = timed("back_off", A, 30);
    let overdue = living(lease(A, PAST), None);
    steps! {
        "a lease without a value leaves nothing": lease(A, 60) => back_off.clone() => 1 => NOTHING;
        "one that ran out either": overdue => back_off.clone() => 1 => NOTHING;
        "beside a value it is nobody's for a while":
            value().leased(A, 60) => back_off.clone() => 1 => value().leased(PAUSE, 30);
        "for longer than the load may": value().leased(A, 10) => back_off.clone() => 1 => value().leased(PAUSE, 30);
        "beside a stale one": stale().leased(A, 60) => back_off.clone() => 1 => stale().leased(PAUSE, 30);
        "and one that is marked stale":
            marked_stale().leased(A, 60) => back_off.clone() => 1 => marked_stale().leased(PAUSE, 30);
        "the pause ends with the record":
            value().leased(A, 10).ttl(20) => back_off.clone() => 1 => value().leased(PAUSE, 30).ttl(20);
        "which is not cut": value().leased(A, 10).ttl(40) => back_off.clone() => 1 => value().leased(PAUSE, 30).ttl(40);
        "nor ended if it has no end":
            value().leased(A, 60).for_ever() => back_off.clone() => 1 => value().leased(PAUSE, 30).for_ever();
        "a lease that nobody has taken is good":
            stale().leased(A, PAST) => back_off.clone() => 1 => stale().leased(PAUSE, 30);
        "a pause may take no time":
            stale().leased(A, 60) => timed("back_off", A, 0) => 1 => stale().leased(PAUSE, 0);
    }
}

fn not_backed_off() -> Vec<Step> {
    let back_off = timed("back_off", A, 30);
    steps! {
        "nothing pauses beside nothing": NOTHING => back_off.clone() => 0;
        "nor beside a value without a load": value() => back_off.clone() => 0;
        "another's lease is its own": lease(B, 60) => back_off.clone() => 0;
        "beside a value too": value().leased(B, 60) => back_off.clone() => 0;
        "also one that ran out": value().leased(B, PAST) => back_off.clone() => 0;
        "a pause does not become longer": value().leased(PAUSE, 20) => back_off.clone() => 0;
        "a guard is no lease": guards(&[(A, 60)]) => back_off.clone() => 0;
        "nor are several": dirty(&[(A, 60), (B, 60)]) => back_off.clone() => 0;
        "nor is one beside a value": value().guarded(A, 60) => back_off.clone() => 0;
        "nor is one that ran out": value().guarded(A, PAST).for_ever() => back_off.clone() => 0;
    }
}

/// What ends a lease ends a pause.
fn in_the_pause(now: i64) -> Vec<Step> {
    let paused = || stale().leased(PAUSE, 60);
    steps! {
        "a write begins as beside any lease":
            paused() => timed("begin", A, 30) => 1 => stale().guarded(A, 30);
        "one that did not take place leaves no pause":
            stale().guarded(A, 30) => call("cancel", &[&A]) => 1 => stale();
        "a write that has lost its guard removes the value": paused() => store("commit", A, now) => 3 => NOTHING;
        "so does one that failed": paused() => call("abandon", &[&A, b""]) => 1 => NOTHING;
        "a cancelled write has no part in it": paused() => call("cancel", &[&A]) => 1;
    }
}

/// So far renewed, with a record that lives as much longer.
fn longer(value: Value, seconds: Seconds) -> Value {
    let ttl = value.ttl.map(|ttl| ttl + seconds);
    Value { fresh: value.fresh + seconds, ttl, ..value }
}

fn renewed() -> Vec<Step> {
    let by_its_ttl = renew(900, 3_600);
    steps! {
        "a ttl is renewed from now, and the record lives as much longer":
            value() => by_its_ttl.clone() => 1 => longer(value(), 310).about();
        "whenever that is":
            Value { age: 500, ttl: Some(400), ..value() } => by_its_ttl.clone() => 1
            => Value { age: 500, fresh: 1_400, ttl: Some(1_200), ..value() }.about();
        "not later than so long after the load":
            value() => renew(900, 700) => 1 => longer(value(), 100);
        "however old the value is":
            Value { age: 590, ..value() } => renew(900, 620) => 1 => longer(Value { age: 590, ..value() }, 20);
        "the load beside it goes on":
            value().leased(B, 60) => renew(900, 700) => 1 => longer(value(), 100).leased(B, 60);
        "and so does a pause":
            value().leased(PAUSE, 60) => renew(900, 700) => 1 => longer(value(), 100).leased(PAUSE, 60);
        "a record whose life was cut lives longer by as much":
            value().ttl(20) => renew(900, 700) => 1 => longer(value().ttl(20), 100);
        "one that has no end has none":
            value().for_ever() => renew(900, 700) => 1 => longer(value().for_ever(), 100);
        "a value without a window": Value { window: 0, ttl: Some(590), ..value() } => renew(900, 700) => 1
            => longer(Value { window: 0, ttl: Some(590), ..value() }, 100);
        "the longest life is as much as a server can count":
            value() => renew(1_000_000_000_000, 1_000_000_000_000) => 1
            => longer(value(), 999_999_999_400).ttl(1_000_000_000_000);
    }
}

fn not_renewed() -> Vec<Step> {
    let renew_it = renew(900, 3_600);
    let of_the_past = living(lease(B, PAST), None);
    steps! {
        "nothing is not renewed": NOTHING => renew_it.clone() => 0;
        "a ttl does not become shorter": value() => renew(60, 3_600) => 0;
        "nor by what it may be at most": value() => renew(900, 300) => 0;
        "nor if it may not be at all": value() => renew(900, 0) => 0;
        "nor by a ttl of no time": value() => renew(0, 3_600) => 0;
        "what is as fresh as it may be stays so": value() => renew(900, 600) => 0;
        "a stale value is not renewed": stale() => renew_it.clone() => 0;
        "not even at its first moment": Value { age: 600, ..value() } => renew_it.clone() => 0;
        "nor one that is marked stale": marked_stale() => renew_it.clone() => 0;
        "nor with a load beside it": stale().leased(B, 60) => renew_it.clone() => 0;
        "nor in a pause": stale().leased(PAUSE, 60) => renew_it.clone() => 0;
        "nor past its window": over() => renew_it.clone() => 0;
        "a lease has its own end": lease(B, 60) => renew_it.clone() => 0;
        "also past it": of_the_past => renew_it.clone() => 0;
        "a guard has": guards(&[(B, 30)]) => renew_it.clone() => 0;
        "all guards have": dirty(&[(B, 30), (C, 60)]) => renew_it.clone() => 0;
        "a value ends with its guard": value().guarded(B, 30) => renew_it.clone() => 0;
        "also past the guard's end": value().guarded(B, PAST).for_ever() => renew_it.clone() => 0;
    }
}

fn without_memory() -> Vec<Step> {
    steps! {
        "a lease alone ends": lease(A, 60) => timed("back_off", A, 30) => 1 => NOTHING;
        "one beside a value ends by itself": stale().leased(A, 60) => timed("back_off", A, 30) => OOM;
        "what was to end ends": value() => renew(900, 3_600) => OOM;
    }
}
