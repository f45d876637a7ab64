//! The remote tier, before a load: its value, its lease, and the wait while another process loads.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use super::call::Call;
use super::encoded::{Unreadable, decoded, of_another_version};
use super::found::{self, Answer};
use super::leases::RemoteLease;
use super::state::{Load, Next};
use super::wait::{WaitFor, wait};
use crate::counters::Event;
use crate::error::Result;
use crate::flight::{LoadResult, Waiter, Witness};
use crate::outcome::{Reason, Refusal};
use crate::store::{Acquired, Found, Read, Versions};
use crate::tiers::remote::{Budget, Released, Remote};
use crate::token::Token;

/// How long a change in the remote tier goes unnoticed at most if nobody tells of it.
const POLL: Duration = Duration::from_millis(25);

/// Looks in the remote tier before a load, and takes its lease.
pub(super) async fn lead(call: &Call<'_>, remote: &Arc<Remote>, mut load: Load) -> Next {
    let rules = &call.state.rules;
    let waits = rules.waits_for_other_processes || rules.serves_on_error();
    // The lease of another process that the call has waited for.
    let mut waited_for = None;
    loop {
        // Registered before the look, so that what comes between the look and the wait is not missed.
        let arrival = waits.then(|| remote.arrival(call.key));
        load.asks();
        let (holder, left, versions) = match ask(call, remote, &mut load).await {
            Answer::Value(envelope, value) => return found::found(call, load, &envelope, value),
            Answer::Aged(envelope, aged) => return found::aged(call, load, &envelope, aged),
            Answer::Old(old) => return load.answer_old(old),
            Answer::Busy(holder, left, versions) => (holder, left, versions),
            answer => return begin(call, remote, load, answer, waited_for),
        };
        if load.takes_over_from(holder) || remote.released(holder).is_some() {
            remote.give_up(&mut load.spent.budget, &call.address, holder).await;
            continue;
        }
        if let Some(waiter) = own_waiter(call, remote, &load, holder) {
            match join_own(call, &mut load, holder, waiter).await {
                LoadResult::Value(value) => {
                    load.end(LoadResult::Value(value.clone()));
                    return Next::Value(value, Reason::Joined);
                }
                LoadResult::Stale(old, _) => return load.answer_old(old),
                LoadResult::Error(error) => {
                    load.end(LoadResult::Error(error.clone()));
                    return Next::Error(error);
                }
                // Its lease is free, or about to be.
                LoadResult::Abandoned if load.spent.waiting.abandoned(call.state) => continue,
                LoadResult::Abandoned | LoadResult::Failed => {
                    let answer = Answer::Refused(Refusal::Busy);
                    return begin(call, remote, load, answer, Some(holder));
                }
            }
        }
        let witness = Witness { lease: holder, versions: versions.clone() };
        call.state.tiers.flights.set_witness(call.key, load.id(), witness);
        // A value that is served if the load fails is worth a wait, too.
        let is_waiting = rules.waits_for_other_processes || load.old.is_some();
        let Some(arrival) = arrival.filter(|_| is_waiting) else {
            return begin(call, remote, load, Answer::Refused(Refusal::Busy), waited_for);
        };
        // The load that the call has waited for brought nothing: what holds the lease now is another.
        let in_vain = waited_for.is_some_and(|before| before != holder);
        let patience = load.spent.waiting.left(call.state);
        if in_vain || patience.is_zero() {
            return waited(call, remote, load, in_vain, (holder, versions), waited_for);
        }
        call.state.counters.count(Event::LeaseWait);
        waited_for = Some(holder);
        let waits = call.waits();
        arrival.wait(left.min(patience).min(POLL)).await;
        drop(waits);
        load.spent.budget = Budget::new();
    }
}

/// The next step of a call that is not to wait for other processes any more.
fn waited(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    load: Load,
    in_vain: bool,
    (holder, versions): (Token, Versions),
    waited_for: Option<Token>,
) -> Next {
    if let Some(old) = load.old.clone() {
        return load.answer_old(old.value);
    }
    if !in_vain {
        call.state.counters.count(Event::WaitTimeout);
        load.pulse().outwait();
    }
    begin(call, remote, load, Answer::Beside(holder, versions), waited_for)
}

/// Begins a load after the answer of the remote tier, and perhaps a wait for the lease of another in vain.
fn begin(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    mut load: Load,
    answer: Answer,
    waited_for: Option<Token>,
) -> Next {
    if waited_for.is_some() {
        // The waiters of this load have waited for the other one as well.
        load.release_waiters();
    }
    load.begin(call.tags, None);
    Next::Load(match answer {
        // A write of this process has begun meanwhile: the lease goes back when the load has ended.
        Answer::Granted(_) | Answer::Beside(..) if load.is_guarded() => load.refused(Refusal::Busy),
        Answer::Granted(versions) => granted(call, remote, load, versions),
        // That lease stood when these versions were read. As long as it does nobody has written the key, so this load may
        // be stored under it, if it ends first: the other may hang.
        Answer::Beside(token, versions) if versions.are_known() => {
            load.stored_under(remote, token, versions)
        }
        Answer::Refused(refusal) => load.refused(refusal),
        Answer::Value(..)
        | Answer::Aged(..)
        | Answer::Old(_)
        | Answer::Busy(..)
        | Answer::Beside(..) => load.refused(Refusal::Busy),
    })
}

/// Begins a load under a lease of its own.
pub(super) fn granted(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    load: Load,
    versions: Versions,
) -> Load {
    let lease = load.id();
    let witness = Witness { lease, versions: versions.clone() };
    call.state.tiers.flights.set_witness(call.key, lease, witness);
    load.stored_under(remote, lease, versions)
}

/// Takes the lease of a load that is to replace what is there. The lease of a load that is under way ends.
pub(super) async fn refresh(call: &Call<'_>, remote: &Arc<Remote>, mut load: Load) -> Load {
    let read = call.read(remote, &mut load.spent.budget).await;
    let Ok(Read { found, lease, mut versions }) = read else {
        return load.refused(Refusal::Unavailable);
    };
    let (mut observed, mut holder) = match found {
        Found::Fresh(envelope) | Found::Stale(envelope) | Found::Dead(envelope) => {
            (envelope.id, lease)
        }
        Found::Loading(holder) => (None, Some(holder)),
        Found::Writing(_) | Found::Foreign | Found::Nothing => (None, None),
    };
    // As often as the call's budget allows: another load may begin, or be stored, between two requests.
    loop {
        if let Some(holder) = holder.take() {
            remote.give_up(&mut load.spent.budget, &call.address, holder).await;
        }
        if load.is_guarded() {
            return load.refused(Refusal::Busy);
        }
        match acquire(call, remote, &mut load, observed, &mut versions).await {
            Ok(Acquired::Granted) if versions.are_known() => {
                return granted(call, remote, load, versions);
            }
            Ok(Acquired::Busy { holder: other, .. }) => holder = Some(other),
            Ok(Acquired::Changed(envelope)) if envelope.id != observed => observed = envelope.id,
            Ok(Acquired::Foreign) => return load.refused(Refusal::Foreign),
            Ok(_) => return load.refused(Refusal::Busy),
            Err(_) => return load.refused(Refusal::Unavailable),
        }
    }
}

pub(super) async fn acquire(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    load: &mut Load,
    observed: Option<Token>,
    versions: &mut Versions,
) -> Result<Acquired> {
    let lease = (load.id(), call.state.lease());
    load.remote = RemoteLease::Asked(Arc::clone(remote));
    let acquired = remote
        .acquire(&mut load.spent.budget, &call.address, lease, observed, call.tags, versions)
        .await;
    if !matches!(acquired, Ok(Acquired::Granted) | Err(_)) {
        load.remote = RemoteLease::None;
    }
    acquired
}

/// Reads, and asks for the lease if there is nothing to serve.
async fn ask(call: &Call<'_>, remote: &Arc<Remote>, load: &mut Load) -> Answer {
    let read = call.read(remote, &mut load.spent.budget).await;
    let Ok(Read { found, lease, versions }) = read else {
        return Answer::Refused(Refusal::Unavailable);
    };
    // What this process has a copy of may be over.
    load.old = None;
    let observed = match found {
        Found::Fresh(envelope) => match decoded(call.state, call.erased_codec, &envelope) {
            Ok(stored) => return found::fresh(call, load, envelope, stored, lease.is_some()),
            Err(Unreadable::Respect) => return Answer::respecting(&envelope),
            Err(Unreadable::Replace) => envelope.id,
        },
        // The versions of another version's tags are not to be held against this one's.
        Found::Dead(envelope) => match of_another_version(call.state, call.erased_codec, &envelope)
        {
            Some(Unreadable::Respect) => return Answer::respecting(&envelope),
            _ => envelope.id,
        },
        Found::Stale(envelope) => match found::stale(call, load, envelope, lease) {
            ControlFlow::Break(answer) => return answer,
            ControlFlow::Continue(observed) => observed,
        },
        Found::Loading(holder) if holder != load.id() => {
            return Answer::Busy(holder, call.state.patience(), versions);
        }
        Found::Loading(_) | Found::Nothing => None,
        Found::Writing(_) => return Answer::Refused(Refusal::Busy),
        Found::Foreign => return Answer::Refused(Refusal::Foreign),
    };
    leased(call, remote, load, observed, versions).await
}

/// Asks for the lease in the place of what the caller has seen.
async fn leased(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    load: &mut Load,
    observed: Option<Token>,
    mut versions: Versions,
) -> Answer {
    if load.is_guarded() {
        return Answer::Refused(Refusal::Busy);
    }
    let mut acquired = acquire(call, remote, load, observed, &mut versions).await;
    if let Ok(Acquired::Busy { holder: Token::NOBODY, .. }) = acquired {
        if let Some(old) = load.old.clone() {
            return Answer::Old(old.value);
        }
        // What is there is served by nobody any more: there is nothing to wait with.
        remote.give_up(&mut load.spent.budget, &call.address, Token::NOBODY).await;
        acquired = acquire(call, remote, load, observed, &mut versions).await;
    }
    match acquired {
        Ok(Acquired::Granted) if versions.are_known() => {
            let budget = &mut load.spent.budget;
            if load.old.is_some() && !found::still_stands(call, remote, budget, observed).await {
                load.old = None;
            }
            Answer::Granted(versions)
        }
        Ok(Acquired::Busy { holder, left }) => match load.old.clone() {
            // The store is about to hear of it.
            Some(old) if remote.released(holder) == Some(Released::Paused) => {
                Answer::Old(old.value)
            }
            _ => Answer::Busy(holder, left, versions),
        },
        Ok(Acquired::Changed(envelope)) if envelope.versions.hold(&versions) => {
            match decoded(call.state, call.erased_codec, &envelope) {
                Ok(stored) => Answer::Value(envelope, stored),
                Err(_) => Answer::Refused(Refusal::Busy),
            }
        }
        Ok(Acquired::Changed(_) | Acquired::Writing) => Answer::Refused(Refusal::Busy),
        // Granted, but without a version nothing that is stored could be found again: it is another program's, too.
        Ok(Acquired::Foreign | Acquired::Granted) => Answer::Refused(Refusal::Foreign),
        Err(_) => Answer::Refused(Refusal::Unavailable),
    }
}

/// A wait for the flight of this process that has the lease. Its lease was there when this caller asked, so what it loads
/// is as new as what this caller would.
fn own_waiter(call: &Call<'_>, remote: &Remote, load: &Load, holder: Token) -> Option<Waiter> {
    let tiers = &call.state.tiers;
    // Where nothing is reported, the tags may have ended since.
    if holder == load.id() || !remote.is_tracking() {
        return None;
    }
    tiers.flights.join_by_id(call.key, holder, |stamp| tiers.local.is_current(stamp))
}

/// Waits for another flight of this process in place of loading.
async fn join_own(call: &Call<'_>, load: &mut Load, flight: Token, waiter: Waiter) -> LoadResult {
    let result = wait(call, flight, &waiter, &mut load.spent, WaitFor::Result).await;
    result.unwrap_or(LoadResult::Failed)
}
