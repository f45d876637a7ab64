//! The remote tier, before a refresh: what another process has stored is taken over, and of all processes one loads.

use std::sync::Arc;
use std::time::Duration;

use super::aged::Old;
use super::call::Call;
use super::encoded::decoded;
use super::found::still_stands;
use super::remote::{acquire, granted};
use super::state::{Load, Next};
use crate::counters::Event;
use crate::flight::LoadResult;
use crate::outcome::{Reason, Refusal};
use crate::policy::Phase;
use crate::store::{Acquired, Envelope, Found, Read};
use crate::tiers::remote::Remote;
use crate::token::Token;

/// How long this process leaves the refresh to another one that cannot be asked how long it takes.
const WAIT: Duration = Duration::from_secs(1);

/// Asks the remote tier whether the value is to be loaded, and takes the lease for that.
pub(super) async fn next(call: &Call<'_>, remote: &Arc<Remote>, mut load: Load) -> Next {
    load.asks();
    let read = call.read(remote, &mut load.spent.budget).await;
    let Ok(Read { found, mut versions, .. }) = read else {
        if call.state.outage_keep().is_none() {
            return load.put_off(WAIT);
        }
        // Values are kept here while it is away.
        load.begin(call.tags, local_id(call));
        return Next::Load(load.refused(Refusal::Unavailable));
    };
    load.old = None;
    let observed = match found {
        Found::Fresh(envelope)
            if call.state.life_of(&envelope).phase(Duration::ZERO) == Phase::Fresh =>
        {
            return adopted(call, load, &envelope);
        }
        Found::Fresh(envelope) | Found::Stale(envelope) => {
            let value = decoded(call.state, call.erased_codec, &envelope).ok();
            let life = call.state.life_of(&envelope);
            load.old = value.and_then(|value| Old::of(call.state, value, life));
            envelope.id
        }
        Found::Dead(envelope) => envelope.id,
        // It was ended meanwhile. Whoever asks next loads it.
        Found::Nothing | Found::Loading(_) | Found::Writing(_) | Found::Foreign => {
            return load.put_off(Duration::ZERO);
        }
    };
    match acquire(call, remote, &mut load, observed, &mut versions).await {
        Ok(Acquired::Granted) if versions.are_known() => {
            let budget = &mut load.spent.budget;
            if !still_stands(call, remote, budget, observed).await {
                load.old = None;
            }
            load.begin(call.tags, local_id(call));
            if load.is_guarded() {
                return load.put_off(Duration::ZERO);
            }
            Next::Load(granted(call, remote, load, versions))
        }
        Ok(Acquired::Busy { left, .. }) => load.put_off(left.max(WAIT)),
        Ok(Acquired::Changed(envelope)) if envelope.versions.hold(&versions) => {
            adopted(call, load, &envelope)
        }
        _ => load.put_off(WAIT),
    }
}

/// What stands in the local tier, which the refresh is to replace.
fn local_id(call: &Call<'_>) -> Option<Token> {
    call.state.tiers.local.peek(call.key).map(|(record, _)| record.id)
}

/// Takes over what another process has stored.
fn adopted(call: &Call<'_>, load: Load, envelope: &Envelope) -> Next {
    let Ok(value) = decoded(call.state, call.erased_codec, envelope) else {
        return load.put_off(WAIT);
    };
    call.state.counters.count(Event::Adopted);
    load.copy(call.erased_codec, envelope, &value);
    load.end(LoadResult::Value(value.clone()));
    Next::Value(value, Reason::RemoteHit)
}
