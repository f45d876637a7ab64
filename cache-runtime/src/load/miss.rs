//! A call that the local tier did not answer, and how it goes on.

use std::sync::Arc;

use super::aged::Aged;
use crate::counters::Event;
use crate::key::Key;
use crate::outcome::Reason;
use crate::scope::Mode;
use crate::tiers::PolicyState;

/// A call that was not answered from the cache, on its way to the load.
pub struct Miss {
    pub(super) state: Arc<PolicyState>,
    pub(super) route: Route,
}

/// The next step of a call that was not answered.
pub(super) enum Route {
    /// Load, and store under the key.
    Load(Key),
    /// Load and store under the key, whatever is stored already.
    Refresh(Key),
    /// One of the two, unless a write around the call has touched one of the entry's tags, which the plan knows.
    ByTags(Key, Mode),
    /// Serve the value that is there, and have it refreshed.
    Aged(Key, Box<Aged>),
    /// Leave the cache aside.
    Bypass(Reason),
}

impl Miss {
    /// Counts a miss, and loads under the key.
    pub(super) fn of(state: &Arc<PolicyState>, key: &[u8]) -> Self {
        state.counters.count(Event::Miss);
        match Key::new(key) {
            Some(key) => Self { state: Arc::clone(state), route: Route::Load(key) },
            None => Self::key_too_long(state),
        }
    }

    /// Serves a value, and has it refreshed.
    pub(super) fn of_aged(state: &Arc<PolicyState>, key: &[u8], aged: Aged) -> Self {
        match Key::new(key) {
            Some(key) => Self { state: Arc::clone(state), route: Route::Aged(key, Box::new(aged)) },
            None => Self::of(state, key),
        }
    }

    /// Leaves the cache aside for a key that is longer than a key may be.
    pub(super) fn key_too_long(state: &Arc<PolicyState>) -> Self {
        state.key_too_long();
        bypass(state, Reason::KeyTooLong)
    }
}

/// Leaves the cache aside.
#[cold]
#[inline(never)]
pub(crate) fn bypass(state: &Arc<PolicyState>, reason: Reason) -> Miss {
    if reason != Reason::KeyTooLong {
        state.counters.count(Event::Bypass);
    }
    Miss { state: Arc::clone(state), route: Route::Bypass(reason) }
}
