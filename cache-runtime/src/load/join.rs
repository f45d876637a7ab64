//! Join or lead: waits for the load that is under way, or takes a new one on.
//!
//! One load per key and process: callers who come while it is under way wait for it, for a bounded time. A caller that has
//! waited for a load that failed loads at once: no call takes longer than twice its own load, whatever the loads of others
//! do.

use std::ops::ControlFlow;

use super::aged::Aged;
use super::call::{Call, boxed};
use super::found;
use super::remote;
use super::state::{Load, Next, Start};
use super::verify::{self, Verdict};
use super::wait::{WaitFor, wait};
use super::waiting::Spent;
use crate::counters::Event;
use crate::flight::{EndWait, Joined, Lead, LoadResult, Unverified, Unwaiting, Waiter};
use crate::outcome::Reason;
use crate::tiers::Tiers;
use crate::token::Token;

/// Waits for the load that is under way, or takes it on.
pub(super) async fn next(call: &Call<'_>) -> Next {
    let Call { state, key, tags, .. } = *call;
    let Tiers { local, flights, .. } = &*state.tiers;
    let mut spent = Spent::default();
    if state.rules.ages()
        && flights.has(key, state.endurance())
        && let Some(found) = boxed(beside_refresh(call, &mut spent)).await
    {
        return found;
    }
    let arrived = flights.arrive();
    loop {
        let start = Start::now(state, tags);
        let is_current = |stamp: &_| local.is_current(stamp);
        let (id, tracking) = (start.id, state.is_tracking());
        let joined = flights.join(key, id, &start.stamp, arrived, tracking, is_current);
        let (flight, waiter, asking) = match joined {
            Joined::Lead(lead) => return self::lead(call, start, lead, spent).await,
            Joined::Wait(flight, waiter) => (flight, waiter, false),
            Joined::WaitForAsking(flight, waiter) => (flight, waiter, true),
            Joined::Full => return unawaited(call, start, Event::WaitRefused),
            Joined::Unverified(unverified) => {
                match boxed(verify(call, start, &unverified, tracking, &mut spent)).await {
                    Verified::Wait(waiter) => (unverified.flight, waiter, false),
                    Verified::Again => continue,
                    Verified::Next(next) => return *next,
                }
            }
        };
        let result = boxed(wait(call, flight, &waiter, &mut spent, WaitFor::Result)).await;
        let is_older = asking && !waiter.begins_after(arrived);
        drop(waiter);
        match result {
            None => return Next::Load(unstored(call)),
            // Found where it asked, before this caller came. Whatever flight comes next has begun after that.
            Some(LoadResult::Value(_) | LoadResult::Stale(..)) if is_older => {}
            Some(LoadResult::Value(value)) => return Next::Value(value, Reason::Joined),
            Some(LoadResult::Stale(old, reason)) => {
                state.served_by_flight(reason);
                return Next::Value(old, reason);
            }
            Some(LoadResult::Error(error)) if !is_older => return Next::Error(error),
            // Whoever comes first takes the load on.
            Some(LoadResult::Abandoned) if spent.waiting.abandoned(state) => {}
            Some(LoadResult::Error(_) | LoadResult::Abandoned | LoadResult::Failed) => {
                return boxed(after_failure(call, spent)).await;
            }
        }
    }
}

/// Answers with the value of the remote tier while a load is under way that may be its refresh: nobody waits for that.
async fn beside_refresh(call: &Call<'_>, spent: &mut Spent) -> Option<Next> {
    let remote = call.state.remote()?;
    let (value, reason) = found::served(call, remote, &mut spent.budget).await?;
    if reason == Reason::Stale {
        // Who is patient may be given what the refresh brings.
        call.state.counters.count(Event::RemoteHit);
        return Some(Next::Aged(Aged::of_remote(value, Token::new(), true, true)));
    }
    call.state.served_by_flight(reason);
    Some(Next::Value(value, reason))
}

/// A load whose result is not stored.
pub(super) fn unstored(call: &Call<'_>) -> Load {
    Load::alone(call.state, call.key, Start::now(call.state, call.tags))
}

/// The next step of a caller who may not wait for the load that is under way.
fn unawaited(call: &Call<'_>, start: Start, why: Event) -> Next {
    call.state.counters.count(why);
    Next::Load(Load::alone(call.state, call.key, start))
}

/// The next step of a caller that has found an unverified flight.
enum Verified {
    /// The flight holds.
    Wait(Waiter),
    /// Look again: the flight has ended, or another caller has taken its place.
    Again,
    Next(Box<Next>),
}

/// Finds out whether an unverified flight may be joined; if not, leads another, or waits for its end.
async fn verify(
    call: &Call<'_>,
    start: Start,
    unverified: &Unverified,
    tracking: bool,
    spent: &mut Spent,
) -> Verified {
    let Call { state, key, .. } = *call;
    let verdict = match state.remote() {
        Some(remote) => verify::verify(call, remote, &mut spent.budget, unverified, tracking).await,
        None => verify_local(call, unverified, tracking),
    };
    match verdict {
        Verdict::Holds(waiter) => Verified::Wait(waiter),
        Verdict::Value(value, reason) => {
            state.served_by_flight(reason);
            Verified::Next(Box::new(Next::Value(value, reason)))
        }
        Verdict::Outdated => {
            // Of all who find that out at the same time one loads, and the others join.
            let flights = &state.tiers.flights;
            match flights.lead_after(key, unverified.flight, start.id, &start.stamp) {
                Some(lead) => Verified::Next(Box::new(self::lead(call, start, lead, *spent).await)),
                None => Verified::Again,
            }
        }
        // The next flight begins after this caller came.
        Verdict::Unknown => match wait_for_end(call, unverified.flight, spent).await {
            Ok(()) => Verified::Again,
            Err(next) => Verified::Next(Box::new(next)),
        },
    }
}

/// Decides about an unverified flight of a key that is kept in this process alone.
fn verify_local(call: &Call<'_>, unverified: &Unverified, tracking: bool) -> Verdict {
    let Call { state, key, .. } = *call;
    let Tiers { local, flights, .. } = &*state.tiers;
    if !tracking {
        // Somebody may have invalidated it elsewhere since.
        return Verdict::Unknown;
    }
    // What has changed is another entry: one of the same name in the remote tier. Those of this key are announced, which
    // detaches a flight.
    let waiter = flights.join_verified(key, unverified, |stamp| local.is_current(stamp));
    waiter.map_or(Verdict::Outdated, Verdict::Holds)
}

/// Waits until a flight has ended; or gives the next step of a caller who is not to wait any more.
async fn wait_for_end(call: &Call<'_>, flight: Token, spent: &mut Spent) -> Result<(), Next> {
    let Call { state, key, .. } = *call;
    let waiter = match state.tiers.flights.wait_for_end(key, flight) {
        EndWait::Over => return Ok(()),
        EndWait::Full => {
            state.counters.count(Event::WaitRefused);
            return Err(Next::Load(unstored(call)));
        }
        EndWait::Wait(waiter) => waiter,
    };
    match wait(call, flight, &waiter, spent, WaitFor::End).await {
        None => Err(Next::Load(unstored(call))),
        Some(LoadResult::Value(_) | LoadResult::Stale(..)) => Ok(()),
        Some(LoadResult::Abandoned) if spent.waiting.abandoned(state) => Ok(()),
        // An error from before this caller came is not its error, and the next load may fail, too.
        Some(LoadResult::Error(_) | LoadResult::Abandoned | LoadResult::Failed) => {
            Err(after_failure(call, *spent).await)
        }
    }
}

/// Loads after a wait that brought nothing. At once, as without a cache, whoever else does: a caller that stood in a queue of
/// loads that fail would wait for all of them. If no load is under way, one of those who do leads a flight for whoever comes
/// next; else they load beside it, and whoever ends first is stored.
async fn after_failure(call: &Call<'_>, mut spent: Spent) -> Next {
    let Call { state, key, tags, .. } = *call;
    let Tiers { local, flights, .. } = &*state.tiers;
    spent.waiting.end();
    let start = Start::now(state, tags);
    let is_current = |stamp: &_| local.is_current(stamp);
    match flights.lead_or_beside(key, start.id, &start.stamp, is_current) {
        Unwaiting::Lead(lead) => self::lead(call, start, lead, spent).await,
        Unwaiting::Beside(beside) => Next::Load(Load::beside(state, key, start, beside)),
        Unwaiting::Alone => Next::Load(Load::alone(state, key, start)),
    }
}

/// Takes on the load that others wait for: asks for its leases.
async fn lead(call: &Call<'_>, start: Start, leading: Lead, spent: Spent) -> Next {
    let Call { state, key, .. } = *call;
    if let Some(outdated) = leading.instead_of {
        // Its lease would keep this load from being stored, and is good for nothing.
        state.tiers.local.release(key, outdated);
    }
    let mut load = Load::leading(state, key, start, leading);
    load.spent = spent;
    let load = match load.or_stored(None) {
        ControlFlow::Break(next) => return next,
        ControlFlow::Continue(load) => load,
    };
    // The local lease is that of the copy: without it there is none.
    match state.remote() {
        Some(remote) => {
            let pulse = load.pulse();
            boxed(pulse.watch(remote::lead(call, remote, load))).await
        }
        None => Next::Load(load),
    }
}
