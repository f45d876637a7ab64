//! How a write begins, and how it ends well.

use super::*;

pub(super) fn steps(now: i64) -> Vec<Step> {
    [
        begun(),
        begun_beside_writers(),
        begun_in_a_crowd(),
        committed(now),
        committed_too_late(now),
        on_a_full_server(without_memory(now)),
    ]
    .concat()
}

fn begun() -> Vec<Step> {
    let begin = timed("begin", A, 30);
    let guard = guards(&[(A, 30)]);
    steps! {
        "a guard is placed on nothing": NOTHING => begin.clone() => 1 => guard.clone();
        "a load ends": lease(B, 60) => begin.clone() => 1 => guard.clone();
        "the value stays until the guard's deadline":
            value() => begin.clone() => 1 => value().guarded(A, 30);
        "a load beside the value ends":
            value().leased(B, 60) => begin.clone() => 1 => value().guarded(A, 30);
        "a value that lives as long as the guard stays":
            value().ttl(40) => begin.clone() => 1 => value().guarded(A, 30);
        "one that does not makes place, and does not live longer":
            value().ttl(20) => begin.clone() => 1 => guard.clone();
        "one without a ttl gets the guard's":
            value().for_ever() => begin.clone() => 1 => value().guarded(A, 30);
    }
}

fn begun_beside_writers() -> Vec<Step> {
    let begin = timed("begin", A, 30);
    let guard = guards(&[(A, 30)]);
    steps! {
        "two writers overlap, and the value goes":
            value().guarded(B, 20) => begin.clone() => 0 => dirty(&[(B, 20), (A, 30)]);
        "a guard lasts as long as its last writer":
            guards(&[(B, 90)]) => begin.clone() => 0 => dirty(&[(B, 90), (A, 30)]);
        "a third writer overlaps too":
            dirty(&[(B, 90), (C, 20)]) => begin.clone() => 0 => dirty(&[(B, 90), (C, 20), (A, 30)]);
        "who has begun may begin again": guards(&[(A, 20)]) => begin.clone() => 1 => guard.clone();
        "and is no second writer beside the value":
            value().guarded(A, 20) => begin.clone() => 1 => guard.clone();
        "but not clean again": dirty(&[(A, 20)]) => begin.clone() => 0 => dirty(&[(A, 30)]);
        "among others": dirty(&[(A, 20), (B, 90)]) => begin.clone() => 0 => dirty(&[(B, 90), (A, 30)]);
        "writers that ran out do not overlap":
            living(dirty(&[(B, PAST), (C, PAST)]), None) => begin.clone() => 1 => guard.clone();
        "nor does one beside a value, whose time is over":
            value().guarded(B, PAST).for_ever() => begin.clone() => 1 => guard.clone();
        "of several some may have run out":
            dirty(&[(B, PAST), (C, 20)]) => begin.clone() => 0 => dirty(&[(C, 20), (A, 30)]);
    }
}

fn begun_in_a_crowd() -> Vec<Step> {
    let begin = timed("begin", A, 30);
    let with = |first: &[(Token, Seconds)], crowd: std::ops::Range<u8>| {
        dirty(&[first, &writers(crowd, 20), &[(A, 30)]].concat())
    };
    let given = |first: &[(Token, Seconds)], crowd| dirty(&[first, &writers(crowd, 20)].concat());
    steps! {
        "64 writers are kept apart": given(&[], 0..63) => begin.clone() => 0 => with(&[], 0..63);
        "of more the oldest become one, which lasts as long as the first":
            given(&[(B, 90), (C, 40)], 0..62) => begin.clone() => 0 => with(&[(MANY, 90)], 0..62);
        "or the second":
            given(&[(B, 40), (C, 90)], 0..62) => begin.clone() => 0 => with(&[(MANY, 90)], 0..62);
        "one more becomes one with them":
            given(&[(MANY, 40), (C, 90)], 0..62) => begin.clone() => 0 => with(&[(MANY, 90)], 0..62);
        "and does not end them":
            given(&[(MANY, 90), (C, 40)], 0..62) => begin.clone() => 0 => with(&[(MANY, 90)], 0..62);
        "until they are over":
            given(&[(MANY, PAST), (C, 90)], 0..62) => begin.clone() => 0 => with(&[(C, 90)], 0..62);
        "however many there are":
            given(&[(B, 40), (C, 90)], 0..100) => begin.clone() => 0 => with(&[(MANY, 90)], 38..100);
        "who has begun may begin again among them":
            given(&[(A, 90)], 0..63) => begin.clone() => 0 => with(&[], 0..63);
    }
}

fn committed(now: i64) -> Vec<Step> {
    let commit = store("commit", A, now);
    let plain = call("commit", &[&A, b"", b""]);
    steps! {
        "who wrote alone stores": guards(&[(A, 30)]) => commit.clone() => 1 => newer(A);
        "in place of the old value": value().guarded(A, 30) => commit.clone() => 1 => newer(A);
        "a plain invalidation removes": guards(&[(A, 30)]) => plain.clone() => 2 => NOTHING;
        "the old value too": value().guarded(A, 30) => plain.clone() => 2 => NOTHING;
        "who overlapped stores nothing": dirty(&[(A, 30)]) => commit.clone() => 2 => NOTHING;
        "and leaves the others' guard":
            dirty(&[(A, 90), (B, 20)]) => commit.clone() => 5 => dirty(&[(B, 20)]);
        "so does a plain invalidation":
            dirty(&[(B, 20), (A, 30), (C, 40)]) => plain.clone() => 5 => dirty(&[(B, 20), (C, 40)]);
        "dirty even if it was not":
            guards(&[(A, 30), (B, 20)]) => commit.clone() => 5 => dirty(&[(B, 20)]);
        "who overlapped stores nothing, even if the other has run out":
            dirty(&[(B, PAST), (A, 30)]) => commit.clone() => 2 => NOTHING;
    }
}

fn committed_too_late(now: i64) -> Vec<Step> {
    let commit = store("commit", A, now);
    let plain = call("commit", &[&A, b"", b""]);
    steps! {
        "a guard may be lost": NOTHING => commit.clone() => 3;
        "a load since may be from before the write": lease(B, 60) => commit.clone() => 3 => NOTHING;
        "a value since may be": value() => commit.clone() => 3 => NOTHING;
        "or be refreshed": value().leased(B, 60) => plain.clone() => 3 => NOTHING;
        "a second commit only removes": newer(A) => commit.clone() => 3 => NOTHING;
        "another writer stores nothing": guards(&[(B, 30)]) => commit.clone() => 4 => dirty(&[(B, 30)]);
        "nor several":
            dirty(&[(B, 30), (C, 40)]) => plain.clone() => 4 => dirty(&[(B, 30), (C, 40)]);
        "and the value that it wanted to keep goes":
            value().guarded(B, 30) => commit.clone() => 4 => dirty(&[(B, 30)]);
        "a crowd stays, also if it is its own":
            dirty(&[(MANY, 90), (B, 30)]) => commit.clone() => 4 => dirty(&[(MANY, 90), (B, 30)]);
        "writers that ran out are nobody":
            living(dirty(&[(B, PAST)]), None) => commit.clone() => 3 => NOTHING;
        "nor is one beside a value":
            value().guarded(B, PAST).for_ever() => commit.clone() => 3 => NOTHING;
    }
}

fn without_memory(now: i64) -> Vec<Step> {
    let begin = timed("begin", A, 30);
    let commit = store("commit", A, now);
    steps! {
        "a full server takes no guard": NOTHING => begin.clone() => OOM;
        "not beside a value": value() => begin.clone() => OOM;
        "what it cannot store it removes": guards(&[(A, 30)]) => commit.clone() => 2 => NOTHING;
        "the old value too": value().guarded(A, 30) => commit.clone() => 2 => NOTHING;
        "but not another's guard": value().guarded(B, 30) => commit.clone() => 4 => dirty(&[(B, 30)]);
        "nor those of the others": dirty(&[(A, 30), (B, 30)]) => commit.clone() => 5 => dirty(&[(B, 30)]);
    }
}
