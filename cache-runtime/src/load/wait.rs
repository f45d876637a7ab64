//! One caller's wait for the load of another, wherever it waits.

use super::call::Call;
use super::waiting::Spent;
use crate::counters::Event;
use crate::flight::{Awaited, LoadResult, Wait, Waiter};
use crate::scope;
use crate::token::Token;

/// What a caller waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitFor {
    /// What the load brings.
    Result,
    /// The load's end: what it brings may be older than the caller.
    End,
}

/// Waits for a flight as long as the call may; a wait that is too long is like a failure. `None`, and not a moment of
/// waiting, if the load whose body makes this call is one that the flight waits for.
pub(super) async fn wait(
    call: &Call<'_>,
    flight: Token,
    waiter: &Waiter,
    spent: &mut Spent,
    wait_for: WaitFor,
) -> Option<LoadResult> {
    let Call { state, key, .. } = *call;
    // Outside of any load there is nothing to note.
    let waits = scope::flight().map(|waiting| Wait::begin(waiting, flight)).transpose();
    let Ok(_wait) = waits else {
        state.counters.count(Event::WaitCycle);
        return None;
    };
    if wait_for == WaitFor::Result {
        state.counters.count(Event::Join);
    }
    let _waits = call.waits();
    Some(match waiter.result(spent.waiting.left(state)).await {
        Awaited::Ended(result) => result,
        Awaited::Parked => {
            state.counters.count(Event::LoadParked);
            state.tiers.flights.pass_over(key, flight);
            LoadResult::Abandoned
        }
        Awaited::TimedOut => {
            state.counters.count(Event::WaitTimeout);
            state.tiers.flights.outwaited(key, flight);
            LoadResult::Failed
        }
    })
}
