//! Invalidation, hard and soft; and of all that carries a version.

use super::*;

pub(super) fn steps() -> Vec<Step> {
    [invalidated(), softened_by_hand(), bumped(), on_a_full_server(without_memory())].concat()
}

fn invalidated() -> Vec<Step> {
    let invalidate = call("invalidate", &[]);
    steps! {
        "there may be nothing to remove": NOTHING => invalidate.clone() => 0;
        "a value goes": value() => invalidate.clone() => 1 => NOTHING;
        "a load ends": lease(B, 60) => invalidate.clone() => 1 => NOTHING;
        "a value goes with the load beside it":
            value().leased(B, 60) => invalidate.clone() => 1 => NOTHING;
        "a guard stays, and its writer stores nothing":
            guards(&[(B, 30)]) => invalidate.clone() => 2 => dirty(&[(B, 30)]);
        "all of them stay": dirty(&[(B, 30), (C, 60)]) => invalidate.clone() => 2;
        "a value goes, the guard stays":
            value().guarded(B, 30) => invalidate.clone() => 2 => dirty(&[(B, 30)]);
    }
}

fn softened_by_hand() -> Vec<Step> {
    let soften = call("soften", &[]);
    steps! {
        "there may be nothing to soften": NOTHING => soften.clone() => 0;
        "a value becomes stale": value() => soften.clone() => 1 => softened();
        "once": softened() => soften.clone() => 1;
        "the load beside it ends": value().leased(B, 60) => soften.clone() => 1 => softened();
        "a load without a value ends": lease(B, 60) => soften.clone() => 1 => NOTHING;
        "a value that is being written goes":
            value().guarded(B, 30) => soften.clone() => 2 => dirty(&[(B, 30)]);
        "a guard stays, and its writer stores nothing":
            guards(&[(B, 30)]) => soften.clone() => 2 => dirty(&[(B, 30)]);
    }
}

/// What stands under the name of a tag.
fn tag(bytes: &[u8]) -> Record {
    Record::Foreign { bytes: bytes.to_vec(), ttl: Some(60) }
}

fn bumped() -> Vec<Step> {
    let bump = call("bump", &[]);
    steps! {
        "there may be no version": NOTHING => bump.clone() => 0;
        "a version goes": tag(b"\0version") => bump.clone() => 1 => NOTHING;
        "what is shorter is no version": tag(b"version") => bump.clone() => 0;
        "what is longer is none": tag(b"versions!") => bump.clone() => 0;
        "nor is a list": Record::List => bump.clone() => Reply::Error("WRONGTYPE");
    }
}

fn without_memory() -> Vec<Step> {
    let (invalidate, soften) = (call("invalidate", &[]), call("soften", &[]));
    steps! {
        "a version goes": tag(b"\0version") => call("bump", &[]) => 1 => NOTHING;
        "a value goes": value() => invalidate.clone() => 1 => NOTHING;
        "a load ends": lease(B, 60) => invalidate.clone() => 1 => NOTHING;
        "a guard goes if it cannot be marked": guards(&[(B, 30)]) => invalidate.clone() => 1 => NOTHING;
        "with the value": value().guarded(B, 30) => invalidate.clone() => 1 => NOTHING;
        "what cannot be softened goes": value().leased(B, 60) => soften.clone() => 1 => NOTHING;
        "a load ends softly": lease(B, 60) => soften.clone() => 1 => NOTHING;
        "a guard goes if it cannot be marked": guards(&[(B, 30)]) => soften.clone() => 1 => NOTHING;
        "with the value": value().guarded(B, 30) => soften.clone() => 1 => NOTHING;
    }
}
