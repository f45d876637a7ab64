//! How a write ends that failed, and one that did not take place.

use super::*;

pub(super) fn steps() -> Vec<Step> {
    [
        abandoned(),
        held(),
        cancelled(),
        cancelled_beside_others(),
        on_a_full_server(without_memory()),
    ]
    .concat()
}

fn abandoned() -> Vec<Step> {
    let abandon = call("abandon", &[&A, b""]);
    steps! {
        "the value goes, the guard stays":
            value().guarded(A, 30) => abandon.clone() => 1 => dirty(&[(A, 30)]);
        "a guard without a value becomes dirty": guards(&[(A, 30)]) => abandon.clone() => 1 => dirty(&[(A, 30)]);
        "so does another's": guards(&[(B, 30)]) => abandon.clone() => 1 => dirty(&[(B, 30)]);
        "and the value under it goes": value().guarded(B, 30) => abandon.clone() => 1 => dirty(&[(B, 30)]);
        "all guards stay": dirty(&[(A, 30), (B, 60)]) => abandon.clone() => 1;
        "but those that ran out": dirty(&[(B, PAST), (A, 30)]) => abandon.clone() => 1 => dirty(&[(A, 30)]);
        "a guard may be lost": NOTHING => abandon.clone() => 1;
        "a load since may be from before the write": lease(B, 60) => abandon.clone() => 1 => NOTHING;
        "a value since may be": value().leased(B, 60) => abandon.clone() => 1 => NOTHING;
        "whoever stored it": value() => abandon.clone() => 1 => NOTHING;
        "writers that ran out are gone":
            living(dirty(&[(A, PAST)]), None) => abandon.clone() => 1 => NOTHING;
    }
}

fn held() -> Vec<Step> {
    let abandon = held_as(A, 60, HELD);
    let guard = dirty(&[(HELD, 60)]);
    steps! {
        "a guard is held": guards(&[(A, 30)]) => abandon.clone() => 1 => guard.clone();
        "not for as long as it was placed": guards(&[(A, 300)]) => abandon.clone() => 1 => guard.clone();
        "the value goes": value().guarded(A, 30) => abandon.clone() => 1 => guard.clone();
        "a guard that was lost is held again": NOTHING => abandon.clone() => 1 => guard.clone();
        "and ends the load since": lease(B, 90) => abandon.clone() => 1 => guard.clone();
        "and the value since": value() => abandon.clone() => 1 => guard.clone();
        "and the load beside it": value().leased(B, 60) => abandon.clone() => 1 => guard.clone();
        "one that ran out is held again":
            living(guards(&[(A, PAST)]), None) => abandon.clone() => 1 => guard.clone();
        "of a crowd the oldest become one":
            dirty(&[&[(B, 300), (C, 90)], &*writers(0..62, 20)].concat()) => abandon.clone() => 1
            => dirty(&[&[(MANY, 300)], &*writers(0..62, 20), &[(HELD, 60)]].concat());
        "or the others":
            dirty(&[&[(B, 90), (C, 300)], &*writers(0..62, 20)].concat()) => abandon.clone() => 1
            => dirty(&[&[(MANY, 300)], &*writers(0..62, 20), &[(HELD, 60)]].concat());
        "but not if it is one of 64":
            dirty(&[&[(A, 300), (B, 90)], &*writers(0..62, 20)].concat()) => abandon.clone() => 1
            => dirty(&[&[(B, 90)], &*writers(0..62, 20), &[(HELD, 60)]].concat());
        "the others' stay": dirty(&[(A, 300), (B, 90)]) => abandon.clone() => 1 => dirty(&[(B, 90), (HELD, 60)]);
        "another's over a value too":
            value().guarded(B, 30) => abandon.clone() => 1 => dirty(&[(B, 30), (HELD, 60)]);
        "no time at all is no guard":
            value().guarded(A, 30) => held_as(A, 0, HELD) => 1 => NOTHING;
        "but leaves the others'":
            dirty(&[(A, 30), (B, 30)]) => held_as(A, 0, HELD) => 1 => dirty(&[(B, 30)]);
        "what is held already is held once": dirty(&[(HELD, 30), (B, 90)]) => abandon.clone() => 1
            => dirty(&[(B, 90), (HELD, 60)]);
        "who ends the guard late does not end the hold":
            guard.clone() => call("commit", &[&A, b"", b"0"]) => 4;
    }
}

fn endless() -> Value {
    Value { fresh: 1_000_000_000_000_000, ..value() }
}

fn cancelled() -> Vec<Step> {
    let cancel = call("cancel", &[&A]);
    let over = Value { age: 950, ..value() };
    steps! {
        "a cancelled guard gives the value its life back":
            value().guarded(A, 30) => cancel.clone() => 1 => value();
        "as much as is left of it": stale().guarded(A, 30) => cancel.clone() => 1 => stale();
        "a value marked stale stays so, and lives to the end of its window":
            marked_stale().guarded(A, 30) => cancel.clone() => 1 => marked_stale().ttl(300);
        "without a window it goes":
            Value { window: 0, ..marked_stale() }.guarded(A, 30) => cancel.clone() => 1 => NOTHING;
        "a life that is over is not given back": over.guarded(A, 30) => cancel.clone() => 1 => NOTHING;
        "the longest life is as much as a server can count":
            endless().guarded(A, 30) => cancel.clone() => 1 => endless().ttl(1_000_000_000_000);
        "a guard without a value goes": guards(&[(A, 30)]) => cancel.clone() => 1 => NOTHING;
        "a dirty one too": dirty(&[(A, 30)]) => cancel.clone() => 1 => NOTHING;
        "a guard may be lost": NOTHING => cancel.clone() => 1;
        "a load since is not the writer's": lease(B, 60) => cancel.clone() => 1;
        "a value since is not": value() => cancel.clone() => 1;
        "nor a load beside it": value().leased(A, 60) => cancel.clone() => 1;
    }
}

fn cancelled_beside_others() -> Vec<Step> {
    let cancel = call("cancel", &[&A]);
    steps! {
        "another's guard over a value stays": value().guarded(B, 30) => cancel.clone() => 1;
        "another's without a value stays as it is": guards(&[(B, 30)]) => cancel.clone() => 1;
        "dirty or not": dirty(&[(B, 30), (C, 60)]) => cancel.clone() => 1;
        "who overlapped leaves the others dirty":
            dirty(&[(A, 90), (B, 30)]) => cancel.clone() => 1 => dirty(&[(B, 30)]);
        "others that ran out do not count": dirty(&[(A, 30), (B, PAST)]) => cancel.clone() => 1 => NOTHING;
        "even if they are all": living(dirty(&[(B, PAST)]), None) => cancel.clone() => 1 => NOTHING;
    }
}

fn without_memory() -> Vec<Step> {
    let abandon = call("abandon", &[&A, b""]);
    let cancel = call("cancel", &[&A]);
    steps! {
        "the value goes and the guard stays, also on a full server":
            value().guarded(A, 30) => abandon.clone() => 1 => dirty(&[(A, 30)]);
        "so does a guard without a value": guards(&[(A, 30)]) => abandon.clone() => 1 => dirty(&[(A, 30)]);
        "a guard is held": guards(&[(B, 30)]) => held_as(A, 60, HELD) => 1 => dirty(&[(B, 30), (HELD, 60)]);
        "or where there was none": NOTHING => held_as(A, 60, HELD) => 1 => dirty(&[(HELD, 60)]);
        "in the place of a value": value() => held_as(A, 60, HELD) => 1 => dirty(&[(HELD, 60)]);
        "the value goes without one": value() => abandon.clone() => 1 => NOTHING;
        "a value has its life back": value().guarded(A, 30) => cancel.clone() => 1 => value();
        "a guard goes": guards(&[(A, 30)]) => cancel.clone() => 1 => NOTHING;
        "so does one of several": dirty(&[(A, 30), (B, 60)]) => cancel.clone() => 1 => dirty(&[(B, 60)]);
    }
}
