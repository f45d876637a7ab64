//! Invalidation, hard and soft; and of all that carries a version.

use super::*;

pub(super) fn steps() -> Vec<Step> {
    [
        invalidated(),
        marked_stale_by_hand(),
        announced(),
        bumped(),
        on_a_full_server(without_memory()),
    ]
    .concat()
}

fn invalidated() -> Vec<Step> {
    let invalidate = call("invalidate", &[]);
    steps! {
        "there may be nothing to remove": NOTHING => invalidate.clone() => 0;
        "a value goes": value() => invalidate.clone() => 1 => NOTHING;
        "a load ends": lease(B, 60) => invalidate.clone() => 1 => NOTHING;
        "a value goes with the load beside it":
            value().leased(B, 60) => invalidate.clone() => 1 => NOTHING;
        "and with the pause after one that failed":
            stale().leased(PAUSE, 60) => invalidate.clone() => 1 => NOTHING;
        "a guard stays, and its writer stores nothing":
            guards(&[(B, 30)]) => invalidate.clone() => 2 => dirty(&[(B, 30)]);
        "all of them stay": dirty(&[(B, 30), (C, 60)]) => invalidate.clone() => 2;
        "a value goes, the guard stays":
            value().guarded(B, 30) => invalidate.clone() => 2 => dirty(&[(B, 30)]);
    }
}

fn marked_stale_by_hand() -> Vec<Step> {
    let mark_stale = call("mark_stale", &[]);
    steps! {
        "there may be nothing to mark stale": NOTHING => mark_stale.clone() => 0;
        "a value becomes stale at its age":
            value() => mark_stale.clone() => 1 => marked_stale().about();
        "whatever that is":
            Value { age: 100, ..value() } => mark_stale.clone() => 1
            => Value { age: 100, fresh: 100, ..value() }.about();
        "a value of a moment ago is fresh no more":
            Value { age: 0, ..value() } => mark_stale.clone() => 1
            => Value { age: 0, fresh: 0, ..value() }.about();
        "one that is to begin does not begin":
            Value { age: -30, ..value() } => mark_stale.clone() => 1 => Value { age: -30, fresh: 0, ..value() };
        "once": Value { age: 20, ..marked_stale() } => mark_stale.clone() => 1;
        "its windows do not begin once more":
            Value { age: 50, ..marked_stale() } => mark_stale.clone() => 1;
        "nor do those of a value that is stale by itself": stale() => mark_stale.clone() => 1;
        "the load beside it ends":
            value().leased(B, 60) => mark_stale.clone() => 1 => marked_stale().about();
        "and that beside a stale one":
            stale().leased(B, 60) => mark_stale.clone() => 1 => stale();
        "and the pause after one that failed":
            stale().leased(PAUSE, 60) => mark_stale.clone() => 1 => stale();
        "a load without a value ends": lease(B, 60) => mark_stale.clone() => 1 => NOTHING;
        "a value that is being written goes":
            value().guarded(B, 30) => mark_stale.clone() => 2 => dirty(&[(B, 30)]);
        "a guard stays, and its writer stores nothing":
            guards(&[(B, 30)]) => mark_stale.clone() => 2 => dirty(&[(B, 30)]);
    }
}

/// An empty string, which is anybody's.
fn empty(ttl: Option<Seconds>) -> Record {
    Record::Foreign { bytes: Vec::new(), ttl }
}

fn announced() -> Vec<Step> {
    let announce = call("announce", &[]);
    let text = |ttl| Record::Foreign { bytes: b"x".to_vec(), ttl };
    steps! {
        "it is told by something that is gone at once": NOTHING => announce.clone() => 1 => NOTHING;
        "and told once more": NOTHING => announce.clone() => 1 => NOTHING;
        "an empty string is another's": empty(Some(10)) => announce.clone() => 6;
        "also one that lives longer": empty(Some(60)) => announce.clone() => 6;
        "what has no end is": empty(None) => announce.clone() => 6;
        "what is not empty is": text(Some(10)) => announce.clone() => 6;
        "and has no end": text(None) => announce.clone() => 6;
        "so is a list": Record::List => announce.clone() => 6;
    }
}

/// What stands under the name of a tag.
fn tag(bytes: &[u8]) -> Record {
    Record::Foreign { bytes: bytes.to_vec(), ttl: Some(60) }
}

fn bumped() -> Vec<Step> {
    let bump = call("bump", &[b"\0another", b"60000"]);
    let epoch = Record::Foreign { bytes: b"\0another".to_vec(), ttl: None };
    steps! {
        "a version goes": tag(b"\0version") => bump.clone() => 1 => NOTHING;
        "where there is none one is made, so that there is a change to be told of":
            NOTHING => bump.clone() => 2 => tag(b"\0another");
        "that of everything has no end": NOTHING => call("bump", &[b"\0another", b""]) => 2 => epoch;
        "what is shorter is no version": tag(b"version") => bump.clone() => 6;
        "what is longer is none": tag(b"versions!") => bump.clone() => 6;
        "an empty string is not nothing": tag(b"") => bump.clone() => 6;
        "nor is one without an end": empty(None) => bump.clone() => 6;
        "nor is a list a version": Record::List => bump.clone() => Reply::Error("WRONGTYPE");
    }
}

fn without_memory() -> Vec<Step> {
    let (invalidate, mark_stale) = (call("invalidate", &[]), call("mark_stale", &[]));
    let bump = call("bump", &[b"\0another", b"60000"]);
    steps! {
        "a version goes": tag(b"\0version") => bump.clone() => 1 => NOTHING;
        "where there is none one is made": NOTHING => bump.clone() => 2 => tag(b"\0another");
        "an end is told": NOTHING => call("announce", &[]) => 1 => NOTHING;
        "a value goes": value() => invalidate.clone() => 1 => NOTHING;
        "a load ends": lease(B, 60) => invalidate.clone() => 1 => NOTHING;
        "a guard stays": guards(&[(B, 30)]) => invalidate.clone() => 2 => dirty(&[(B, 30)]);
        "without its value": value().guarded(B, 30) => invalidate.clone() => 2 => dirty(&[(B, 30)]);
        "a value becomes stale":
            value().leased(B, 60) => mark_stale.clone() => 1 => marked_stale().about();
        "a load ends without a value to mark": lease(B, 60) => mark_stale.clone() => 1 => NOTHING;
        "a guard stays": guards(&[(B, 30)]) => mark_stale.clone() => 2 => dirty(&[(B, 30)]);
        "without its value": value().guarded(B, 30) => mark_stale.clone() => 2 => dirty(&[(B, 30)]);
    }
}
