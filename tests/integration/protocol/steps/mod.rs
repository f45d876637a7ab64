//! The trace: what is under the key, what a script is told, what it answers and what it leaves.
//!
//! Every branch of every script is here. A step says where it stands in the table of the protocol, not how the
//! script goes about it.

use super::record::{Hold, Record, Seconds, Token, Value};
use super::scripts::Call;

/// A table of steps: why, what is given, what is run, what it answers, and what it leaves if that is something else.
macro_rules! steps {
    ($($why:literal: $given:expr => $call:expr => $reply:expr $(=> $left:expr)?;)*) => {
        vec![$({
            let given: Record = $given.into();
            let mut left = vec![given.clone()];
            $(left.push($left.into());)?
            Step { why: $why, given, call: $call, reply: $reply.into(), left: left.remove(left.len() - 1), full: false }
        }),*]
    };
}
mod ages;
mod ends;
mod foreign;
mod loads;
mod removals;
mod writes;

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) why: &'static str,
    pub(super) given: Record,
    pub(super) call: Call,
    pub(super) reply: Reply,
    pub(super) left: Record,
    /// The server has no memory left.
    pub(super) full: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// An integer.
    Is(i64),
    /// The replies of `acquire`, each with its code in front.
    Granted(i64),
    Busy(Seconds, Token),
    /// With the record as it was given, and its ttl.
    Changed(Seconds),
    Writing(Seconds),
    NotOurs,
    /// An error that begins so.
    Error(&'static str),
}

/// All steps, to be run soon after `now`.
pub(super) fn steps(now: i64) -> Vec<Step> {
    [
        loads::steps(now),
        ages::steps(now),
        writes::steps(now),
        ends::steps(),
        removals::steps(),
        foreign::steps(now),
    ]
    .concat()
}

fn on_a_full_server(steps: Vec<Step>) -> Vec<Step> {
    steps.into_iter().map(|step| Step { full: true, ..step }).collect()
}

const A: Token = *b"token--a";
const B: Token = *b"token--b";
const HELD: Token = *b"held---a";
const C: Token = *b"token--c";
/// What stands for writers that are too many to be kept apart.
const MANY: Token = [0xFF; 8];
/// What has the lease after a load that failed.
const PAUSE: Token = [0xFF; 8];
const SEEN: Token = *b"value--1";
const NOTHING: Record = Record::Nothing;
const PAST: Seconds = -10;
const OOM: Reply = Reply::Error("OOM");

impl From<i64> for Reply {
    fn from(code: i64) -> Self {
        Self::Is(code)
    }
}

impl From<Value> for Record {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

/// A value ten seconds old, fresh for ten minutes and stale for five more.
fn value() -> Value {
    Value {
        id: SEEN,
        fingerprint: 0xF1F2_F3F4,
        hold: Hold::None,
        age: 10,
        fresh: 600,
        about: false,
        window: 300,
        payload: "old".into(),
        ttl: Some(890),
    }
}

/// A value past its fresh time.
fn stale() -> Value {
    Value { age: 700, ttl: Some(200), ..value() }
}

/// One past its window, that is still there.
fn over() -> Value {
    Value { age: 1_000, ttl: Some(60), ..value() }
}

/// One whose fresh time has ended at its age: its window begins there.
fn marked_stale() -> Value {
    Value { fresh: 10, ..value() }
}

/// What a load or a write with the token brings.
fn newer(token: Token) -> Value {
    Value { id: token, age: 0, payload: "new".into(), ttl: Some(900), ..value() }
}

impl Value {
    fn leased(self, token: Token, until: Seconds) -> Self {
        Self { hold: Hold::Load(token, until), ..self }
    }

    /// Under a guard, and with its life cut to the guard's.
    fn guarded(self, token: Token, until: Seconds) -> Self {
        Self { hold: Hold::Write(token, until), ttl: Some(until), ..self }
    }

    fn ttl(self, ttl: Seconds) -> Self {
        Self { ttl: Some(ttl), ..self }
    }

    /// With a fresh time that the script has just reckoned.
    fn about(self) -> Self {
        Self { about: true, ..self }
    }

    /// Somebody has taken its ttl away.
    fn for_ever(self) -> Self {
        Self { ttl: None, ..self }
    }
}

fn lease(token: Token, until: Seconds) -> Record {
    Record::Lease { token, until, ttl: Some(until) }
}

fn guards(writers: &[(Token, Seconds)]) -> Record {
    let ttl = writers.iter().map(|(_, until)| *until).max();
    Record::Guards { writers: writers.to_vec(), dirty: false, ttl }
}

fn dirty(writers: &[(Token, Seconds)]) -> Record {
    let Record::Guards { writers, ttl, .. } = guards(writers) else { unreachable!("just made") };
    Record::Guards { writers, dirty: true, ttl }
}

/// Some of many writers.
fn writers(numbers: std::ops::Range<u8>, until: Seconds) -> Vec<(Token, Seconds)> {
    numbers.map(|number| ([b'w', 0, 0, 0, 0, 0, 0, number], until)).collect()
}

/// The record with a ttl that somebody has changed.
fn living(record: Record, ttl: Option<Seconds>) -> Record {
    match record {
        Record::Lease { token, until, .. } => Record::Lease { token, until, ttl },
        Record::Guards { writers, dirty, .. } => Record::Guards { writers, dirty, ttl },
        other => other,
    }
}

fn call(script: &'static str, args: &[&[u8]]) -> Call {
    Call { script, args: args.iter().map(|arg| arg.to_vec()).collect() }
}

fn timed(script: &'static str, token: Token, time: Seconds) -> Call {
    call(script, &[&token, (time * 1000).to_string().as_bytes()])
}

/// A renewal, and until how long after its load the value may be fresh.
fn renew(ttl: Seconds, most: Seconds) -> Call {
    call("renew", &[(ttl * 1000).to_string().as_bytes(), (most * 1000).to_string().as_bytes()])
}

/// An abandoned write whose hold has this token.
fn held_as(token: Token, time: Seconds, held: Token) -> Call {
    call("abandon", &[&token, (time * 1000).to_string().as_bytes(), &held])
}

fn acquire(token: Token, time: Seconds, seen: Option<Token>) -> Call {
    let seen = seen.as_ref().map_or(&[][..], |id| id);
    call("acquire", &[&token, (time * 1000).to_string().as_bytes(), seen])
}

/// `fill` or `commit` of what the token's load or write brings.
fn store(script: &'static str, token: Token, now: i64) -> Call {
    let Value { ttl, .. } = newer(token);
    let ttl = ttl.unwrap_or_default() * 1000;
    call(script, &[&token, &newer(token).encode(now), ttl.to_string().as_bytes()])
}
