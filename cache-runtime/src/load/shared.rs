//! A load above the shared tier: what that tier has, who loads, and what is done while another process does.

use std::sync::Arc;
use std::time::Duration;

use super::cache_aside::land;
use super::held::Lease;
use super::packed::{Unreadable, of_another_version, unpacked};
use super::ticket::{Ticket, Turn};
use super::{Call, begin_wait};
use crate::counters::Event;
use crate::error::Result;
use crate::flight::{Doubt, Landing, Waiter};
use crate::outcome::{Reason, Refusal};
use crate::policy::Strategy;
use crate::store::{Acquired, Envelope, Found, Read, Versions};
use crate::tiers::Tiers;
use crate::tiers::remote::{Budget, Remote};
use crate::token::Token;
use crate::value::Stored;

/// How long a change in the shared tier goes unnoticed at most if nobody tells of it.
const POLL: Duration = Duration::from_millis(25);

/// What became of a flight in doubt.
pub(super) enum Settled {
    /// It holds: wait for it.
    Holds(Waiter),
    /// There is a value by now.
    Value(Stored),
    /// It does not hold, or it is over.
    Outdated,
    /// Nobody can tell.
    Unknown,
}

/// Asks the shared tier whether a flight may be joined: whether its lease is still there.
pub(super) async fn settle(
    call: &Call<'_>,
    remote: &Remote,
    budget: &mut Budget,
    doubt: Doubt,
) -> Settled {
    let Tiers { flights, local, .. } = &*call.state.tiers;
    let lease = match remote.read(budget, &call.address, call.tags).await {
        // The server may be away for this process alone, and others go on writing; and whoever writes under a guard may have
        // written since the load began, or another beside it.
        Err(_) | Ok(Read { found: Found::Writing(_), .. }) => return Settled::Unknown,
        Ok(Read { found: Found::Fresh(envelope), lease, .. }) => {
            match unpacked(call.state, call.form, &envelope) {
                Ok(stored) => return Settled::Value(stored),
                Err(_) => lease,
            }
        }
        // Alone, or beside a value that has ended.
        Ok(Read { lease, .. }) => lease,
    };
    if lease != Some(doubt.witness) {
        return Settled::Outdated;
    }
    if !remote.is_tracking() {
        // The lease is not that of the tags.
        return Settled::Unknown;
    }
    // What ended a tag before the read was told before its answer.
    let waiter = flights.join_after_all(call.key, doubt, |stamp| local.is_current(stamp));
    waiter.map_or(Settled::Outdated, Settled::Holds)
}

/// What the shared tier says to somebody who is about to load.
enum Said {
    /// There is a value.
    Value(Envelope, Stored),
    /// The lease is the caller's.
    Granted(Versions),
    /// Another has it: so long at least. The versions are from after it was seen.
    Busy(Token, Duration, Versions),
    /// Another has it, and has been waited for in vain: load beside it.
    Beside(Token, Versions),
    /// Load without storing, because of this.
    Alone(Refusal),
}

impl Said {
    /// What another version of the program has just stored is left where it is.
    fn respecting(envelope: &Envelope) -> Self {
        // A copy that is made while others write might be older than what they leave.
        Self::Alone(if envelope.guarded { Refusal::Busy } else { Refusal::OtherVersion })
    }
}

/// Looks in the shared tier before a load, and takes its lease.
pub(super) async fn lead(call: &Call<'_>, remote: &Arc<Remote>, mut ticket: Ticket) -> Turn {
    // The lease of another process that the call has waited for.
    let mut waited_for = None;
    loop {
        // Registered before the look, so that what comes between the look and the wait is not missed.
        let arrival =
            (call.state.policy.strategy == Strategy::Lock).then(|| remote.arrival(call.key));
        let said = ask(call, remote, &mut ticket).await;
        if let Said::Value(envelope, stored) = said {
            return found(call, ticket, &envelope, stored);
        }
        let (holder, left, versions) = match said {
            Said::Busy(holder, left, versions) => (holder, left, versions),
            said => return load_after(call, remote, ticket, said, waited_for),
        };
        if ticket.takes_over_from(holder) || remote.is_released(holder) {
            remote.give_up(&mut ticket.spent.budget, &call.address, holder).await;
            continue;
        }
        if let Some(waiter) = ours(call, remote, &ticket, holder) {
            match join(call, &mut ticket, holder, waiter).await {
                Landing::Stored(stored) => {
                    ticket.land(Landing::Stored(stored.clone()));
                    return Turn::Stored(stored, Reason::Joined);
                }
                Landing::Error(error) => {
                    ticket.land(Landing::Error(error.clone()));
                    return Turn::Error(error);
                }
                // Its lease is free, or about to be.
                Landing::Abandoned if ticket.spent.waiting.abandoned(call.state) => continue,
                Landing::Abandoned | Landing::Failed => {
                    let said = Said::Alone(Refusal::Busy);
                    return load_after(call, remote, ticket, said, Some(holder));
                }
            }
        }
        call.state.tiers.flights.began_under(call.key, ticket.id(), holder);
        // The load that the call has waited for brought nothing: what holds the lease now is another.
        let in_vain = waited_for.is_some_and(|before| before != holder);
        let patience = ticket.spent.waiting.left(call.state);
        match arrival {
            Some(arrival) if !in_vain && !patience.is_zero() => {
                call.state.counters.count(Event::LeaseWait);
                waited_for = Some(holder);
                arrival.wait(left.min(patience).min(POLL)).await;
                ticket.spent.budget = Budget::new();
            }
            Some(_) => {
                if !in_vain {
                    call.state.counters.count(Event::WaitTimeout);
                    ticket.pulse().outwait();
                }
                let said = Said::Beside(holder, versions);
                return load_after(call, remote, ticket, said, waited_for);
            }
            None => {
                let said = Said::Alone(Refusal::Busy);
                return load_after(call, remote, ticket, said, waited_for);
            }
        }
    }
}

/// The turn of a call that loads, after it has waited for the lease of another in vain or for none.
fn load_after(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    mut ticket: Ticket,
    said: Said,
    waited_for: Option<Token>,
) -> Turn {
    if waited_for.is_some() {
        // Those who wait for this load have waited for the other one as well.
        ticket.frees_waiters();
    }
    ticket.begins(call.tags, None);
    Turn::Load(match said {
        // A write of this process has begun meanwhile: the lease goes back when the load has ended.
        Said::Granted(_) | Said::Beside(..) if ticket.is_guarded() => ticket.alone(Refusal::Busy),
        Said::Granted(versions) => {
            let token = ticket.id();
            call.state.tiers.flights.began_under(call.key, token, token);
            ticket.shares(Lease { remote: Arc::clone(remote), token, versions })
        }
        // That lease stood when these versions were read. As long as it does nobody has written the key, so this load may
        // be stored under it, if it ends first: the other may hang.
        Said::Beside(token, versions) if versions.are_known() => {
            ticket.shares(Lease { remote: Arc::clone(remote), token, versions })
        }
        Said::Alone(refusal) => ticket.alone(refusal),
        Said::Value(..) | Said::Busy(..) | Said::Beside(..) => ticket.alone(Refusal::Busy),
    })
}

/// Takes the lease of a load that is to replace what is there. The lease of a load that is under way ends.
pub(super) async fn refresh(call: &Call<'_>, remote: &Arc<Remote>, mut ticket: Ticket) -> Ticket {
    let read = remote.read(&mut ticket.spent.budget, &call.address, call.tags).await;
    let Ok(Read { found, mut versions, .. }) = read else {
        return ticket.alone(Refusal::Unavailable);
    };
    let observed = match found {
        Found::Fresh(envelope) | Found::Stale(envelope) | Found::Dead(envelope) => envelope.id,
        Found::Loading(holder) => {
            remote.give_up(&mut ticket.spent.budget, &call.address, holder).await;
            None
        }
        Found::Writing(_) | Found::Foreign | Found::Nothing => None,
    };
    if ticket.is_guarded() {
        return ticket.alone(Refusal::Busy);
    }
    match acquire(call, remote, &mut ticket, observed, &mut versions).await {
        Ok(Acquired::Granted) if versions.are_known() => {
            let token = ticket.id();
            ticket.shares(Lease { remote: Arc::clone(remote), token, versions })
        }
        Ok(Acquired::Foreign) => ticket.alone(Refusal::Foreign),
        Ok(_) => ticket.alone(Refusal::Busy),
        Err(_) => ticket.alone(Refusal::Unavailable),
    }
}

async fn acquire(
    call: &Call<'_>,
    remote: &Arc<Remote>,
    ticket: &mut Ticket,
    observed: Option<Token>,
    versions: &mut Versions,
) -> Result<Acquired> {
    let lease = (ticket.id(), call.state.lease());
    ticket.asks(Some(remote));
    let acquired = remote
        .acquire(&mut ticket.spent.budget, &call.address, lease, observed, call.tags, versions)
        .await;
    if !matches!(acquired, Ok(Acquired::Granted) | Err(_)) {
        ticket.asks(None);
    }
    acquired
}

/// Reads, and asks for the lease if there is nothing to serve.
async fn ask(call: &Call<'_>, remote: &Arc<Remote>, ticket: &mut Ticket) -> Said {
    let read = remote.read(&mut ticket.spent.budget, &call.address, call.tags).await;
    let Ok(Read { found, mut versions, .. }) = read else {
        return Said::Alone(Refusal::Unavailable);
    };
    let observed = match found {
        Found::Fresh(envelope) => match unpacked(call.state, call.form, &envelope) {
            Ok(stored) => return Said::Value(envelope, stored),
            Err(Unreadable::Respect) => return Said::respecting(&envelope),
            Err(Unreadable::Replace) => envelope.id,
        },
        // The versions of another version's tags are not to be held against this one's.
        Found::Dead(envelope) => match of_another_version(call.state, call.form, &envelope) {
            Some(Unreadable::Respect) => return Said::respecting(&envelope),
            _ => envelope.id,
        },
        Found::Stale(envelope) => envelope.id,
        Found::Loading(holder) if holder != ticket.id() => {
            return Said::Busy(holder, call.state.patience(), versions);
        }
        Found::Loading(_) | Found::Nothing => None,
        Found::Writing(_) => return Said::Alone(Refusal::Busy),
        Found::Foreign => return Said::Alone(Refusal::Foreign),
    };
    if ticket.is_guarded() {
        return Said::Alone(Refusal::Busy);
    }
    let acquired = acquire(call, remote, ticket, observed, &mut versions).await;
    match acquired {
        Ok(Acquired::Granted) if versions.are_known() => Said::Granted(versions),
        Ok(Acquired::Busy { holder, left }) => Said::Busy(holder, left, versions),
        Ok(Acquired::Changed(envelope)) if envelope.versions.hold(&versions) => {
            match unpacked(call.state, call.form, &envelope) {
                Ok(stored) => Said::Value(envelope, stored),
                Err(_) => Said::Alone(Refusal::Busy),
            }
        }
        Ok(Acquired::Changed(_) | Acquired::Writing) => Said::Alone(Refusal::Busy),
        // Granted, but without a version nothing that is stored could be found again: it is another program's, too.
        Ok(Acquired::Foreign | Acquired::Granted) => Said::Alone(Refusal::Foreign),
        Err(_) => Said::Alone(Refusal::Unavailable),
    }
}

/// Answers with a value of the shared tier, of which this process keeps a copy.
fn found(call: &Call<'_>, ticket: Ticket, envelope: &Envelope, stored: Stored) -> Turn {
    call.state.counters.count(Event::RemoteHit);
    ticket.copy(call.form, envelope, &stored);
    ticket.land(Landing::Stored(stored.clone()));
    Turn::Stored(stored, Reason::RemoteHit)
}

/// A seat in the flight of this process that has the lease. Its lease was there when this caller asked, so what it loads
/// is as new as what this caller would.
fn ours(call: &Call<'_>, remote: &Remote, ticket: &Ticket, holder: Token) -> Option<Waiter> {
    let tiers = &call.state.tiers;
    // Where nothing is told, the tags may have ended since.
    if holder == ticket.id() || !remote.is_tracking() {
        return None;
    }
    tiers.flights.join_by_id(call.key, holder, |stamp| tiers.local.is_current(stamp))
}

/// Waits for another flight of this process in place of loading.
async fn join(call: &Call<'_>, ticket: &mut Ticket, flight: Token, waiter: Waiter) -> Landing {
    let Ok(_wait) = begin_wait(flight) else {
        call.state.counters.count(Event::WaitCycle);
        return Landing::Failed;
    };
    call.state.counters.count(Event::Join);
    land(call, flight, waiter, &mut ticket.spent).await
}
