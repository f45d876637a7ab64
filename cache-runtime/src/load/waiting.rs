//! How long one call waits: for the remote tier, and for the loads of others; and what is said if that is never enough.

use std::time::{Duration, Instant};

use crate::tiers::PolicyState;
use crate::tiers::remote::Budget;
use crate::trouble::Trouble;

/// What one call has spent so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    /// On the requests to the remote tier.
    pub(super) budget: Budget,
    /// On the loads of others.
    pub(super) waiting: Waiting,
}

/// The waits of one call for the loads of others. One bound holds for all of them together.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    /// When the first of them began.
    since: Option<Instant>,
    /// When that ends at the latest, and with it the last.
    until: Option<Instant>,
    /// One of the loads was cancelled, or is not polled any more.
    is_abandoned: bool,
    is_over: bool,
}

impl Waiting {
    /// How long the call may go on waiting; zero if it may not.
    pub(super) fn left(&mut self, state: &PolicyState) -> Duration {
        if self.is_over {
            return Duration::ZERO;
        }
        let (patience, now) = (state.patience(), Instant::now());
        let since = *self.since.get_or_insert(now);
        // A time that no clock can tell does not come.
        let Some(until) = self.until.or_else(|| since.checked_add(patience)) else {
            return patience;
        };
        self.until = Some(until);
        until.saturating_duration_since(now)
    }

    /// Notes that a load was cancelled, or is not polled any more; false if the call is not to wait for the next one. A call
    /// waits for no third load if its own would have ended by now: it could stay behind callers who give up for as long as it
    /// may wait at all. Sooner than that all who wait would load at once for a few who go away.
    pub(super) fn abandoned(&mut self, state: &PolicyState) -> bool {
        let usual = state.counters.usual_load().unwrap_or_default();
        let has_waited = self.since.is_some_and(|since| since.elapsed() >= usual);
        !(std::mem::replace(&mut self.is_abandoned, true) && has_waited)
    }

    /// Ends the waits. A call that has waited for one load in vain waits for no other: else it could take longer than
    /// twice what its own load takes.
    pub(super) fn end(&mut self) {
        self.is_over = true;
    }
}

/// Tells of a load that somebody has waited for in vain, if it is no exception: where loads usually take longer than calls
/// wait for them, all who come during the first part of one load for themselves.
pub(super) fn in_vain(state: &PolicyState, took: Duration) {
    let most = state.tiers.max_wait;
    let Some(usual) = state.counters.usual_load().filter(|usual| took.min(*usual) > most) else {
        return;
    };
    state.trouble(Trouble::LoadTooLong, || {
        format!(
            "a load usually takes {usual:.1?}, and calls wait for one that is under way for {most:.1?} and then load for \
             themselves: raise `max_wait` above that where the cache is built, or make the load quicker"
        )
    });
}
