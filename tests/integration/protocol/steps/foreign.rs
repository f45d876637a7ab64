//! What another program has put under the key is neither changed nor removed.

use super::*;

/// Bytes that look like a record of ours but for one thing.
fn lookalikes(now: i64) -> Vec<(&'static str, Vec<u8>)> {
    let with = |record: Record, change: fn(&mut Vec<u8>)| {
        let (mut bytes, _) = record.encode(now).expect("bytes");
        change(&mut bytes);
        bytes
    };
    let leased = || value().leased(A, 60).into();
    let guarded = || value().guarded(A, 60).into();
    vec![
        ("something short", b"hello".to_vec()),
        ("a value with another magic byte", with(leased(), |bytes| bytes[0] = 0xC4)),
        ("a lease with another magic byte", with(lease(A, 60), |bytes| bytes[0] = 0)),
        ("a guarded value with another magic byte", with(guarded(), |bytes| bytes[0] = 0xC4)),
        ("guards with another magic byte", with(guards(&[(A, 60)]), |bytes| bytes[0] = b'x')),
        ("a record of an unknown kind", with(leased(), |bytes| bytes[1] = b'X')),
        ("guards of an unknown kind", with(guarded(), |bytes| bytes[1] = b'w')),
        ("a record that was cut short", with(leased(), |bytes| bytes.truncate(63))),
        ("a guard that was cut short", with(guarded(), |bytes| bytes.truncate(63))),
    ]
}

fn calls(now: i64) -> [(Call, Reply); 14] {
    [
        (acquire(A, 60, Some(SEEN)), Reply::NotOurs),
        (store("fill", A, now), Reply::Is(6)),
        (call("release", &[&A]), Reply::Is(0)),
        (timed("extend", A, 60), Reply::Is(0)),
        (timed("back_off", A, 30), Reply::Is(0)),
        (renew(900, 3_600), Reply::Is(0)),
        (timed("begin", A, 30), Reply::Is(6)),
        (store("commit", A, now), Reply::Is(6)),
        (call("commit", &[&A, b"", b""]), Reply::Is(6)),
        (call("abandon", &[&A, b""]), Reply::Is(6)),
        (held_as(A, 30, A), Reply::Is(6)),
        (call("cancel", &[&A]), Reply::Is(6)),
        (call("invalidate", &[]), Reply::Is(6)),
        (call("mark_stale", &[]), Reply::Is(6)),
    ]
}

pub(super) fn steps(now: i64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut add = |why, record: Record, call, reply| {
        let left = record.clone();
        steps.push(Step { why, given: record, call, reply, left, full: false });
    };
    for (call, reply) in calls(now) {
        for (why, bytes) in lookalikes(now) {
            add(why, Record::Foreign { bytes, ttl: Some(500) }, call.clone(), reply.clone());
        }
        add("a list", Record::List, call, Reply::Error("WRONGTYPE"));
    }
    // To most scripts that is nothing, and they write nothing. Those that would must look twice.
    for call in [acquire(A, 60, None), timed("begin", A, 30), held_as(A, 30, A)] {
        let reply = if call.script == "acquire" { Reply::NotOurs } else { Reply::Is(6) };
        for ttl in [None, Some(500)] {
            let empty = Record::Foreign { bytes: Vec::new(), ttl };
            add("an empty string", empty, call.clone(), reply.clone());
        }
    }
    for script in ["fill", "commit", "abandon", "cancel", "invalidate", "mark_stale"] {
        let call = Call { script, args: vec![A.to_vec(), Vec::new(), Vec::new()] };
        let empty = Record::Foreign { bytes: Vec::new(), ttl: None };
        let reply = match script {
            "commit" => 3,
            "abandon" => 6,
            "cancel" => 1,
            _ => 0,
        };
        add("an empty string is not touched", empty, call, Reply::Is(reply));
    }
    for call in [timed("back_off", A, 30), renew(900, 3_600)] {
        let empty = Record::Foreign { bytes: Vec::new(), ttl: Some(500) };
        add("an empty string is not touched", empty, call, Reply::Is(0));
    }
    steps
}
