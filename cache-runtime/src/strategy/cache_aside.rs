//! The caller looks up, loads on a miss, and stores under a lease.
//!
//! One load per key and process: who comes while it is under way waits for it, for a bounded time.

use std::sync::Arc;
use std::time::Instant;

use super::plan::{Condition, Lifetime, Plan};
use super::ticket::{Start, Ticket};
use crate::entry::Key;
use crate::flight::{Circle, Joined, Landing, Wait, Waiter};
use crate::metrics::Event;
use crate::outcome::Reason;
use crate::scope;
use crate::tag::Tag;
use crate::tiers::{Bound, Grant, Tiers};
use crate::token::Token;
use crate::value::{Answer, Erased, Stored};

/// What the wait for another's load, or the lack of one, came to.
enum Turn {
    /// A value that somebody else loaded.
    Stored(Stored, Reason),
    /// An error that somebody else got.
    Error(Erased),
    /// The caller loads.
    Load(Ticket),
}

pub(super) async fn load<R, A, T, C, F>(
    bound: Arc<Bound>,
    key: Key,
    refresh: bool,
    answer: A,
    plan: Plan<A::Value, T, C>,
    body: F,
) -> R
where
    A: Answer<R>,
    T: Lifetime<A::Value>,
    C: Condition<A::Value>,
    F: Future<Output = R>,
{
    let turn = if refresh {
        start_refresh(&bound, &key, plan.tags())
    } else {
        take_turn(&bound, &key, plan.tags()).await
    };
    let ticket = match turn {
        Turn::Stored(stored, reason) => {
            if let Some(returned) = answer.give(stored) {
                scope::record(reason);
                return returned;
            }
            // Another function's value under the same key: this one's is loaded and left unstored.
            bound.counters.count(Event::TypeMismatch);
            Ticket::new(&bound, &key, Start::now(&bound, plan.tags()))
        }
        Turn::Error(error) => {
            if let Some(returned) = answer.give_error(&error) {
                scope::record(Reason::LoadFailed);
                return returned;
            }
            Ticket::new(&bound, &key, Start::now(&bound, plan.tags()))
        }
        Turn::Load(ticket) => ticket,
    };
    let start = Instant::now();
    let returned = scope::in_flight(ticket.id(), body).await;
    bound.counters.load_took(start.elapsed());
    ticket.finish(&returned, answer, &plan);
    returned
}

/// Waits for the load that is under way, or takes it on.
async fn take_turn(bound: &Arc<Bound>, key: &Key, tags: &[Tag]) -> Turn {
    loop {
        let start = Start::now(bound, tags);
        let Tiers { local, flights, .. } = &*bound.tiers;
        let joined = flights.join(key, start.id, &start.stamp, |stamp| local.is_current(stamp));
        let (flight, waiter) = match joined {
            Joined::Lead { instead_of } => {
                if let Some(outdated) = instead_of {
                    // Its lease would keep this load from being stored, and is good for nothing.
                    local.release(key, outdated);
                }
                return lease(Ticket::new(bound, key, start).leads(), None);
            }
            Joined::Wait(flight, waiter) => (flight, waiter),
            Joined::Full => {
                bound.counters.count(Event::WaitRefused);
                return Turn::Load(Ticket::new(bound, key, start));
            }
        };
        bound.counters.count(Event::Join);
        let Ok(_wait) = begin_wait(flight) else {
            bound.counters.count(Event::WaitCycle);
            return Turn::Load(Ticket::new(bound, key, start));
        };
        match land(bound, waiter).await {
            Some(Landing::Stored(stored)) => return Turn::Stored(stored, Reason::Joined),
            Some(Landing::Error(error)) => return Turn::Error(error),
            // The leader's caller went away: whoever comes first takes the load on.
            Some(Landing::Abandoned) => {}
            Some(Landing::Failed) | None => return take_place(bound, key, tags).await,
        }
    }
}

async fn land(bound: &Bound, waiter: Waiter) -> Option<Landing> {
    let landing = waiter.landing(bound.patience()).await;
    if landing.is_none() {
        bound.counters.count(Event::WaitTimeout);
    }
    landing
}

/// Notes that the load whose body makes this call waits for the flight, unless the flight waits for that load.
/// Outside of any load there is nothing to note.
fn begin_wait(flight: Token) -> Result<Option<Wait>, Circle> {
    scope::flight().map(|waiting| Wait::begin(waiting, flight)).transpose()
}

/// Loads after a wait that brought nothing: one of a few at a time.
async fn take_place(bound: &Arc<Bound>, key: &Key, tags: &[Tag]) -> Turn {
    // Waited for longer than for a load: when this is up, everyone who is left goes at once.
    let place = bound.tiers.flights.place(key, bound.tiers.max_wait).await;
    let start = Start::now(bound, tags);
    lease(Ticket::new(bound, key, start).takes(place), None)
}

/// Loads although there is a value, which stays until the new one is there. A load that is under way is not joined,
/// and what it loads is not stored: it may have read what the caller wants to be rid of.
fn start_refresh(bound: &Arc<Bound>, key: &Key, tags: &[Tag]) -> Turn {
    let start = Start::now(bound, tags);
    let Tiers { local, flights, .. } = &*bound.tiers;
    flights.lead(key, start.id, &start.stamp);
    local.end_lease(key);
    let observed = local.peek(key).map(|(record, _)| record.id);
    lease(Ticket::new(bound, key, start).leads(), observed)
}

/// Asks for the lease of a load that starts now.
fn lease(ticket: Ticket, observed: Option<Token>) -> Turn {
    match ticket.acquire(observed) {
        Grant::Granted => Turn::Load(ticket.leased()),
        // Somebody else's load or write: this one's result is not stored.
        Grant::Busy { .. } | Grant::Writing => Turn::Load(ticket),
        Grant::Changed(record) => {
            ticket.land(Landing::Stored(record.payload.clone()));
            Turn::Stored(record.payload, Reason::Hit)
        }
    }
}
