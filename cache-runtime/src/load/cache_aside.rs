//! The caller looks up, loads on a miss, and stores under a lease.
//!
//! One load per key and process: who comes while it is under way waits for it, for a bounded time. Who has waited for a load
//! that failed loads at once: no call takes longer than twice its own load, whatever the loads of others do.

use std::sync::Arc;
use std::time::Instant;

use super::outgoing::Took;
use super::plan::Plan;
use super::shared::{self, Settled};
use super::ticket::{Start, Ticket, Turn};
use super::waiting::Spent;
use super::{BoxFuture, Call, begin_wait, boxed, other_type, refresh};
use crate::counters::Event;
use crate::flight::{Awaited, Doubt, Joined, Landing, Lead, Seat, Unwaiting, Waiter};
use crate::key::Key;
use crate::outcome::Reason;
use crate::scope;
use crate::tiers::{Grant, PolicyState, Tiers};
use crate::token::Token;
use crate::value::Apart;

pub(super) async fn load<R, V, I, T, C, F>(
    state: Arc<PolicyState>,
    key: Key,
    refresh: bool,
    plan: Plan<R, V, I, T, C>,
    body: F,
) -> R
where
    F: Future<Output = R>,
{
    let call = Call::new(&state, &key, plan.tags(), plan.answer.form);
    let ticket = match turn(&call, refresh).await {
        Turn::Stored(stored, reason) => {
            if let Some(returned) = (plan.answer.give)(stored) {
                scope::record(reason);
                return returned;
            }
            // Another function's value under the same key: this one's is loaded and left unstored.
            other_type(&state);
            call.unstored()
        }
        Turn::Error(error) => {
            if let Some(returned) = (plan.answer.give_error)(&error) {
                scope::record(Reason::LoadFailed);
                return returned;
            }
            call.unstored()
        }
        Turn::Load(ticket) => ticket,
    };
    let (start, parked_before) = (Instant::now(), ticket.pulse().parked());
    // In parts, because an error that cannot be sent must not live across the `.await` that stores a value.
    let (whole, took) = {
        let returned = (plan.answer.apart)(ticket.run(body).await);
        // As long as nobody polled it, it was not the source that took its time.
        let parked = ticket.pulse().parked().saturating_sub(parked_before);
        let age = start.elapsed();
        let took = Took { age, cost: age.saturating_sub(parked) };
        ticket.took(took.cost);
        match returned {
            Apart::Value(inner) => (Ok(inner), took),
            Apart::Nothing(make) => (Err(make), took),
            Apart::Failed(returned) => {
                ticket.fail((plan.answer.share_error)(&returned));
                return returned;
            }
        }
    };
    let inner = whole.as_ref().ok();
    let stored = inner.map(plan.answer.share);
    let ttl = ticket.may_store().and_then(|()| plan.ttl_of(inner));
    if let Some(rest) = ticket.finish(&call, stored, ttl, took) {
        rest.await;
    }
    match whole {
        Ok(inner) => (plan.answer.whole)(inner),
        Err(nothing) => nothing(),
    }
}

/// The turn of a call, in a box of its own: without optimization what is not boxed has its place in the frame of a load,
/// which stands as long as the body runs, and bodies nest.
fn turn<'a>(call: &'a Call<'_>, refresh: bool) -> BoxFuture<'a, Turn> {
    if refresh { Box::pin(refresh::take_turn(call)) } else { Box::pin(take_turn(call)) }
}

/// Waits for the load that is under way, or takes it on.
async fn take_turn(call: &Call<'_>) -> Turn {
    let Call { state, key, tags, .. } = *call;
    let Tiers { local, flights, .. } = &*state.tiers;
    let arrived = flights.arrive();
    let mut spent = Spent::default();
    loop {
        let start = Start::now(state, tags);
        let is_current = |stamp: &_| local.is_current(stamp);
        let (id, told) = (start.id, state.is_tracking());
        let joined = flights.join(key, id, &start.stamp, arrived, told, is_current);
        let (flight, waiter) = match joined {
            Joined::Lead(lead) => return self::lead(call, start, lead, spent).await,
            Joined::Wait(flight, waiter) => (flight, waiter),
            Joined::Full => return unawaited(call, start, Event::WaitRefused),
            Joined::Doubt(doubt) => {
                let settled = match state.remote() {
                    Some(remote) => {
                        boxed(shared::settle(call, remote, &mut spent.budget, doubt)).await
                    }
                    None => settle_here(call, doubt, told),
                };
                match settled {
                    Settled::Holds(waiter) => (doubt.flight, waiter),
                    Settled::Value(stored) => {
                        state.counters.count(Event::RemoteHit);
                        return Turn::Stored(stored, Reason::RemoteHit);
                    }
                    Settled::Outdated => {
                        // Of all who find that out at the same time one loads, and the others join.
                        match flights.lead_after(key, doubt.flight, start.id, &start.stamp) {
                            Some(lead) => return self::lead(call, start, lead, spent).await,
                            None => continue,
                        }
                    }
                    Settled::Unknown => {
                        match boxed(outlast(call, doubt.flight, &mut spent)).await {
                            // The next flight begins after this caller came.
                            Ok(()) => continue,
                            Err(turn) => return turn,
                        }
                    }
                }
            }
        };
        state.counters.count(Event::Join);
        let Ok(_wait) = begin_wait(flight) else {
            return unawaited(call, start, Event::WaitCycle);
        };
        match boxed(land(call, flight, waiter, &mut spent)).await {
            Landing::Stored(stored) => return Turn::Stored(stored, Reason::Joined),
            Landing::Error(error) => return Turn::Error(error),
            // Whoever comes first takes the load on.
            Landing::Abandoned if spent.waiting.abandoned(state) => {}
            Landing::Abandoned | Landing::Failed => return boxed(alone(call, spent)).await,
        }
    }
}

/// The turn of a caller who may not wait for the load that is under way.
fn unawaited(call: &Call<'_>, start: Start, why: Event) -> Turn {
    call.state.counters.count(why);
    Turn::Load(Ticket::new(call.state, call.key, start))
}

/// Decides about a flight of a key that is kept in this process alone.
fn settle_here(call: &Call<'_>, doubt: Doubt, told: bool) -> Settled {
    let Call { state, key, .. } = *call;
    let Tiers { local, flights, .. } = &*state.tiers;
    if !told {
        // Somebody may have invalidated it elsewhere since.
        return Settled::Unknown;
    }
    // What has changed is another entry: one of the same name in the shared tier. Those of this key are announced, which
    // detaches a flight.
    let waiter = flights.join_after_all(key, doubt, |stamp| local.is_current(stamp));
    waiter.map_or(Settled::Outdated, Settled::Holds)
}

/// Waits until a flight has ended; or gives the turn of a caller who is not to wait any more.
async fn outlast(call: &Call<'_>, flight: Token, spent: &mut Spent) -> Result<(), Turn> {
    let Call { state, key, .. } = *call;
    let waiter = match state.tiers.flights.outlast(key, flight) {
        None => return Ok(()),
        Some(Seat::None) => {
            state.counters.count(Event::WaitRefused);
            return Err(Turn::Load(call.unstored()));
        }
        Some(Seat::Some(waiter)) => waiter,
    };
    let Ok(_wait) = begin_wait(flight) else {
        state.counters.count(Event::WaitCycle);
        return Err(Turn::Load(call.unstored()));
    };
    match land(call, flight, waiter, spent).await {
        Landing::Stored(_) => Ok(()),
        Landing::Abandoned if spent.waiting.abandoned(state) => Ok(()),
        // An error from before this caller came is not its error, and the next load may fail, too.
        Landing::Error(_) | Landing::Abandoned | Landing::Failed => Err(alone(call, *spent).await),
    }
}

/// Waits for a flight as long as the call may; a wait that is too long is like a failure.
pub(super) async fn land(
    call: &Call<'_>,
    flight: Token,
    waiter: Waiter,
    spent: &mut Spent,
) -> Landing {
    let Call { state, key, .. } = *call;
    match waiter.landing(spent.waiting.left(state)).await {
        Awaited::Landed(landing) => landing,
        Awaited::Parked => {
            state.counters.count(Event::LoadParked);
            state.tiers.flights.pass_over(key, flight);
            Landing::Abandoned
        }
        Awaited::TimedOut => {
            state.counters.count(Event::WaitTimeout);
            state.tiers.flights.outwaited(key, flight);
            Landing::Failed
        }
    }
}

/// Loads after a wait that brought nothing. At once, as without a cache, whoever else does: a caller that stood in a queue of
/// loads that fail would wait for all of them. If no load is under way, one of those who do leads a flight for whoever comes
/// next; else they load beside it, and whoever ends first is stored.
async fn alone(call: &Call<'_>, mut spent: Spent) -> Turn {
    let Call { state, key, tags, .. } = *call;
    let Tiers { local, flights, .. } = &*state.tiers;
    spent.waiting.end();
    let start = Start::now(state, tags);
    let is_current = |stamp: &_| local.is_current(stamp);
    match flights.lead_or_beside(key, start.id, &start.stamp, is_current) {
        Unwaiting::Lead(lead) => self::lead(call, start, lead, spent).await,
        Unwaiting::Beside(flight) => Turn::Load(Ticket::beside(state, key, start, flight)),
        Unwaiting::Alone => Turn::Load(Ticket::new(state, key, start)),
    }
}

/// Takes on the load that others wait for: asks for its leases.
async fn lead(call: &Call<'_>, start: Start, lead: Lead, spent: Spent) -> Turn {
    let Call { state, key, .. } = *call;
    if let Some(outdated) = lead.instead_of {
        // Its lease would keep this load from being stored, and is good for nothing.
        state.tiers.local.release(key, outdated);
    }
    let mut ticket = Ticket::leading(state, key, start, lead);
    ticket.spent = spent;
    match ticket.acquire(None) {
        Grant::Changed(record) => {
            ticket.land(Landing::Stored(record.payload.clone()));
            Turn::Stored(record.payload, Reason::Hit)
        }
        // The local lease is that of the copy: without it there is none.
        Grant::Granted | Grant::Busy { .. } | Grant::Writing => match state.remote() {
            Some(remote) => {
                let pulse = ticket.pulse();
                boxed(pulse.watch(shared::lead(call, remote, ticket))).await
            }
            None => Turn::Load(ticket),
        },
    }
}
