//! Leases, and what is stored under them.

use super::*;

pub(super) fn steps(now: i64) -> Vec<Step> {
    [
        acquired(),
        beside_a_value(),
        beside_writers(),
        filled(now),
        released_and_extended(),
        on_a_full_server(refused_for_want_of_memory(now)),
    ]
    .concat()
}

fn acquired() -> Vec<Step> {
    let of_the_past = living(lease(B, PAST), None);
    let outlived = living(lease(B, 20), Some(200));
    steps! {
        "a lease is granted on nothing":
            NOTHING => acquire(A, 60, None) => Reply::Granted(1) => lease(A, 60);
        "a lease that takes no time is granted":
            NOTHING => acquire(A, 0, None) => Reply::Granted(1) => Record::Any;
        "the same load may ask again":
            lease(A, 20) => acquire(A, 60, None) => Reply::Granted(1) => lease(A, 60);
        "one load at a time":
            lease(B, 60) => acquire(A, 60, None) => Reply::Busy(60, B);
        "one load at a time, whatever value the other has seen":
            lease(B, 60) => acquire(A, 60, Some(SEEN)) => Reply::Busy(60, B);
        "the deadline counts, not the ttl":
            outlived => acquire(A, 60, None) => Reply::Busy(20, B);
        "a lease that ran out is free":
            of_the_past => acquire(A, 60, None) => Reply::Granted(1) => lease(A, 60);
    }
}

fn beside_a_value() -> Vec<Step> {
    steps! {
        "a fresh value is given to who has not seen it":
            value() => acquire(A, 60, None) => Reply::Changed(890);
        "and to who has seen another":
            value() => acquire(A, 60, Some(B)) => Reply::Changed(890);
        "whoever else loads":
            value().leased(B, 60) => acquire(A, 60, None) => Reply::Changed(890);
        "who has seen it loads":
            value() => acquire(A, 60, Some(SEEN)) => Reply::Granted(2) => value().leased(A, 60);
        "the record stays as long as its lease, and the value is served no longer than before":
            value().ttl(20) => acquire(A, 60, Some(SEEN)) => Reply::Granted(2)
            => value().leased(A, 60).ttl(60);
        "also one that is about to be over":
            over().ttl(10) => acquire(A, 60, None) => Reply::Granted(2) => over().leased(A, 60).ttl(60);
        "a lease does not cut the value's life":
            value().ttl(70) => acquire(A, 60, Some(SEEN)) => Reply::Granted(2)
            => value().leased(A, 60).ttl(70);
        "nor does it end it":
            value().for_ever() => acquire(A, 60, Some(SEEN)) => Reply::Granted(2)
            => value().leased(A, 60).for_ever();
        "a stale value keeps nobody from loading":
            stale() => acquire(A, 60, None) => Reply::Granted(2) => stale().leased(A, 60);
        "nor does one that is marked stale":
            marked_stale() => acquire(A, 60, None) => Reply::Granted(2) => marked_stale().leased(A, 60);
        "one load at a time beside a value":
            value().leased(B, 60) => acquire(A, 60, Some(SEEN)) => Reply::Busy(60, B);
        "beside a stale one too":
            stale().leased(B, 60) => acquire(A, 60, None) => Reply::Busy(60, B);
        "a lease beside a value that ran out is free":
            value().leased(B, PAST) => acquire(A, 60, Some(SEEN)) => Reply::Granted(2)
            => value().leased(A, 60);
        "the same load may ask again beside a value":
            value().leased(A, 20) => acquire(A, 60, Some(SEEN)) => Reply::Granted(2)
            => value().leased(A, 60);
        "a lease that takes no time is granted beside a value":
            value() => acquire(A, 0, Some(SEEN)) => Reply::Granted(2) => value().leased(A, 0);
        "no load in the pause after one that failed":
            stale().leased(PAUSE, 30) => acquire(A, 60, None) => Reply::Busy(30, PAUSE);
        "whatever value it has seen":
            value().leased(PAUSE, 30) => acquire(A, 60, Some(SEEN)) => Reply::Busy(30, PAUSE);
        "who has not seen the value gets it":
            value().leased(PAUSE, 30) => acquire(A, 60, None) => Reply::Changed(890);
        "after the pause somebody loads":
            stale().leased(PAUSE, PAST) => acquire(A, 60, None) => Reply::Granted(2) => stale().leased(A, 60);
    }
}

fn beside_writers() -> Vec<Step> {
    steps! {
        "no load while a write is under way":
            guards(&[(B, 30)]) => acquire(A, 60, None) => Reply::Writing(30);
        "not by the writer either":
            guards(&[(A, 30)]) => acquire(A, 60, None) => Reply::Writing(30);
        "the last writer counts":
            dirty(&[(B, 20), (C, 40)]) => acquire(A, 60, None) => Reply::Writing(40);
        "wherever it stands":
            dirty(&[(B, 40), (C, 20)]) => acquire(A, 60, None) => Reply::Writing(40);
        "and its deadline, not the ttl":
            living(guards(&[(B, 30)]), Some(300)) => acquire(A, 60, None) => Reply::Writing(30);
        "no load beside a value that is being written":
            value().guarded(B, 30) => acquire(A, 60, Some(SEEN)) => Reply::Writing(30);
        "not even for who has not seen it":
            value().guarded(B, 30) => acquire(A, 60, None) => Reply::Writing(30);
        "writers that ran out keep nobody from loading":
            living(dirty(&[(B, PAST), (C, PAST)]), None) => acquire(A, 60, None)
            => Reply::Granted(1) => lease(A, 60);
        "a value ends with its guard":
            value().guarded(B, PAST).for_ever() => acquire(A, 60, None)
            => Reply::Granted(1) => lease(A, 60);
    }
}

fn filled(now: i64) -> Vec<Step> {
    let fill = |token| store("fill", token, now);
    let of_another_version = |age| Value { fingerprint: 1, age, ..value() };
    steps! {
        "a fill needs a lease": NOTHING => fill(A) => 0;
        "its own": lease(B, 60) => fill(A) => 0;
        "with it, the value is stored": lease(A, 60) => fill(A) => 1 => newer(A);
        "the value before it goes": value().leased(A, 60) => fill(A) => 1 => newer(A);
        "a lease that nobody has taken is good": stale().leased(A, PAST) => fill(A) => 1 => newer(A);
        "a lease may end without a load": value() => fill(A) => 0;
        "or go to another load": value().leased(B, 60) => fill(A) => 0;
        "or fail": stale().leased(PAUSE, 60) => fill(A) => 0;
        "a second fill is refused": newer(A) => fill(A) => 0;
        "a guard is no lease": guards(&[(A, 30)]) => fill(A) => 0;
        "nor is one beside a value": value().guarded(A, 30) => fill(A) => 0;
        "a value of another version is left for a while, without the lease":
            of_another_version(0).leased(A, 60) => fill(A) => 0 => of_another_version(0);
        "but not for long": of_another_version(10).leased(A, 60) => fill(A) => 1 => newer(A);
    }
}

fn released_and_extended() -> Vec<Step> {
    let release = call("release", &[&A]);
    let extend = timed("extend", A, 90);
    steps! {
        "a released lease leaves nothing": lease(A, 60) => release.clone() => 1 => NOTHING;
        "another's is not released": lease(B, 60) => release.clone() => 0;
        "the value stays": value().leased(A, 60) => release.clone() => 1 => value();
        "and another's lease beside it": value().leased(B, 60) => release.clone() => 0;
        "and the pause after another": value().leased(PAUSE, 60) => release.clone() => 0;
        "but by who asks for its end":
            value().leased(PAUSE, 60) => call("release", &[&PAUSE]) => 1 => value();
        "a guard is not released": guards(&[(A, 30)]) => release.clone() => 0;
        "nor one beside a value": value().guarded(A, 30) => release.clone() => 0;
        "nothing is not released": NOTHING => release.clone() => 0;

        "a lease is extended": lease(A, 20) => extend.clone() => 1 => lease(A, 90);
        "another's is not": lease(B, 20) => extend.clone() => 0;
        "beside a value with the record":
            value().leased(A, 20).ttl(30) => extend.clone() => 1 => value().leased(A, 90).ttl(90);
        "whose life is not cut":
            value().leased(A, 20).ttl(100) => extend.clone() => 1 => value().leased(A, 90).ttl(100);
        "nor ended": value().leased(A, 20).for_ever() => extend.clone() => 1 => value().leased(A, 90).for_ever();
        "nor a pause": value().leased(PAUSE, 20) => extend.clone() => 0;
        "nor another's beside a value": value().leased(B, 20) => extend.clone() => 0;
        "a guard is not extended": guards(&[(A, 30)]) => extend.clone() => 0;
        "nor one beside a value, as a lease": value().guarded(A, 30) => extend.clone() => 0;
        "nothing is not extended": NOTHING => extend.clone() => 0;
    }
}

fn refused_for_want_of_memory(now: i64) -> Vec<Step> {
    steps! {
        "a full server grants nothing": NOTHING => acquire(A, 60, None) => OOM;
        "not even beside a value": value() => acquire(A, 60, Some(SEEN)) => OOM;
        "it stores nothing": lease(A, 60) => store("fill", A, now) => OOM;
        "it extends nothing": lease(A, 20) => timed("extend", A, 90) => OOM;
        "a lease alone can be released": lease(A, 60) => call("release", &[&A]) => 1 => NOTHING;
        "one beside a value ends by itself": value().leased(A, 60) => call("release", &[&A]) => OOM;
        "it can be read": value() => acquire(A, 60, None) => Reply::Changed(890);
    }
}
