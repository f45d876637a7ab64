//! What is found in the remote tier before a load: values in every phase of their life.

use std::ops::ControlFlow;
use std::time::Duration;

use super::aged::{self, Aged, Old};
use super::call::Call;
use super::encoded::decoded;
use super::state::{Load, Next};
use crate::counters::Event;
use crate::flight::LoadResult;
use crate::outcome::{Reason, Refusal};
use crate::policy::Phase;
use crate::store::{Envelope, Found, Versions};
use crate::tiers::remote::{Budget, Remote};
use crate::token::Token;
use crate::value::Stored;

/// The answer of the remote tier to a caller that is about to load.
pub(super) enum Answer {
    /// There is a value.
    Value(Envelope, Stored),
    /// There is a value, which is to be refreshed.
    Aged(Envelope, Aged),
    /// A load has failed lately: serve the value that there is.
    Old(Stored),
    /// The lease is the caller's.
    Granted(Versions),
    /// Another has it: so long at least. The versions are from after it was seen.
    Busy(Token, Duration, Versions),
    /// Another has it, and has been waited for in vain: load beside it.
    Beside(Token, Versions),
    /// Load without storing, because of this.
    Refused(Refusal),
}

impl Answer {
    /// Leaves what another version of the program has just stored where it is.
    pub(super) fn respecting(envelope: &Envelope) -> Self {
        // A copy that is made while others write might be older than what they leave.
        Self::Refused(if envelope.guarded { Refusal::Busy } else { Refusal::OtherVersion })
    }
}

/// The answer to a caller for whom there is a value within its ttl.
pub(super) fn fresh(
    call: &Call<'_>,
    load: &Load,
    envelope: Envelope,
    value: Stored,
    is_held: bool,
) -> Answer {
    let life = call.state.life_of(&envelope);
    if life.phase(Duration::ZERO) != Phase::Due {
        return Answer::Value(envelope, value);
    }
    if call.state.rules.sliding.is_some() {
        aged::renew_remote(call.state, call.key);
        return Answer::Value(envelope, value);
    }
    let aged = Aged::of_remote(value, load.id(), false, is_held);
    Answer::Aged(envelope, aged)
}

/// The answer to a caller for whom there is a value past its ttl; notes one that is served if the load fails. What the
/// caller has seen, if it is to load.
pub(super) fn stale(
    call: &Call<'_>,
    load: &mut Load,
    envelope: Envelope,
    lease: Option<Token>,
) -> ControlFlow<Answer, Option<Token>> {
    let life = call.state.life_of(&envelope);
    let phase = life.phase(Duration::ZERO);
    let is_served = match phase {
        Phase::Stale => true,
        Phase::OnError => call.state.rules.serves_on_error(),
        Phase::Fresh | Phase::Due | Phase::Over => false,
    };
    let value = is_served.then(|| decoded(call.state, call.erased_codec, &envelope));
    let Some(Ok(value)) = value else { return ControlFlow::Continue(envelope.id) };
    if phase == Phase::Stale {
        let aged = Aged::of_remote(value, load.id(), true, lease.is_some());
        return ControlFlow::Break(Answer::Aged(envelope, aged));
    }
    load.old = Old::of(call.state, value.clone(), life);
    if lease == Some(Token::NOBODY) {
        return ControlFlow::Break(Answer::Old(value));
    }
    ControlFlow::Continue(envelope.id)
}

/// The value that may be served at once, and why.
pub(super) fn servable(call: &Call<'_>, found: &Found) -> Option<(Stored, Reason)> {
    let (envelope, reason) = match found {
        Found::Fresh(envelope) => (envelope, Reason::RemoteHit),
        Found::Stale(envelope)
            if call.state.life_of(envelope).phase(Duration::ZERO) == Phase::Stale =>
        {
            (envelope, Reason::Stale)
        }
        _ => return None,
    };
    let value = decoded(call.state, call.erased_codec, envelope).ok()?;
    Some((value, reason))
}

/// Answers with a value of the remote tier that is to be refreshed, of which this process keeps a copy.
pub(super) fn aged(call: &Call<'_>, load: Load, envelope: &Envelope, aged: Aged) -> Next {
    call.state.counters.count(Event::RemoteHit);
    load.copy(call.erased_codec, envelope, &aged.value);
    load.end(match aged.reason() {
        reason @ Reason::Stale => LoadResult::Stale(aged.value.clone(), reason),
        _ => LoadResult::Value(aged.value.clone()),
    });
    Next::Aged(aged)
}

/// Answers with a value of the remote tier, of which this process keeps a copy.
pub(super) fn found(call: &Call<'_>, load: Load, envelope: &Envelope, value: Stored) -> Next {
    call.state.counters.count(Event::RemoteHit);
    load.copy(call.erased_codec, envelope, &value);
    load.end(LoadResult::Value(value.clone()));
    Next::Value(value, Reason::RemoteHit)
}

/// The value that the remote tier has, if it may be served now.
pub(super) async fn served(
    call: &Call<'_>,
    remote: &Remote,
    budget: &mut Budget,
) -> Option<(Stored, Reason)> {
    let read = call.read(remote, budget).await.ok()?;
    servable(call, &read.found)
}

/// Tells whether a value still stands in the remote tier after a lease beside it was granted: if it was ended before that, it
/// must not be served any more.
pub(super) async fn still_stands(
    call: &Call<'_>,
    remote: &Remote,
    budget: &mut Budget,
    id: Option<Token>,
) -> bool {
    let read = call.read(remote, budget).await;
    match read.map(|read| read.found) {
        Ok(Found::Fresh(envelope) | Found::Stale(envelope)) => envelope.id == id,
        _ => false,
    }
}
