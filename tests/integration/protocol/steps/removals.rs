//! Invalidation, hard and soft.

use super::*;

pub(super) fn steps() -> Vec<Step> {
    [invalidated(), softened_by_hand(), on_a_full_server(without_memory())].concat()
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

fn without_memory() -> Vec<Step> {
    let (invalidate, soften) = (call("invalidate", &[]), call("soften", &[]));
    steps! {
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
