//! Entries past the time for which they are served without question: what a caller gets, and who refreshes them.

use std::time::Duration;

use crate::clock::{Millis, millis};
use crate::counters::Event;
use crate::key::Key;
use crate::outcome::Reason;
use crate::policy::{Life, Phase};
use crate::tiers::{HeldBy, PolicyState, Tiers};
use crate::token::Token;
use crate::value::Stored;

/// A value that may be served, and is to be refreshed.
pub(super) struct Aged {
    pub(super) value: Stored,
    /// What stored the local entry, or the copy of what the remote tier has.
    pub(super) id: Token,
    is_remote: bool,
    is_stale: bool,
    /// Somebody refreshes it already, or is not to for now.
    pub(super) is_held: bool,
}

/// What there is of an entry that is not served without question.
pub(super) enum Look {
    /// Serve this.
    Serve(Stored, Reason),
    /// Serve this, and see to it that it is refreshed.
    Refresh(Aged),
    /// Load.
    Load,
}

/// Looks at the local entry of a key once more, as its policy wants it.
pub(super) fn look(state: &PolicyState, key: &[u8]) -> Look {
    if !state.rules.ages() {
        return Look::Load;
    }
    let Some(key) = Key::new(key) else { return Look::Load };
    let Some((record, phase)) = state.tiers.local.get_aged(&key) else { return Look::Load };
    let held_by = state.tiers.local.held_by(&key);
    let aged = Aged {
        id: record.id,
        is_remote: false,
        is_stale: phase == Phase::Stale,
        is_held: held_by != HeldBy::Nobody || state.tiers.flights.has(&key, state.endurance()),
        value: record.payload,
    };
    match phase {
        // It was refreshed meanwhile.
        Phase::Fresh => {}
        Phase::Due if state.rules.sliding.is_some() => renew(state, &key),
        Phase::OnError if held_by == HeldBy::BackOff && state.rules.serves_on_error() => {
            return Look::Serve(aged.value, Reason::StaleOnError);
        }
        Phase::OnError | Phase::Over => return Look::Load,
        Phase::Due | Phase::Stale => {
            if !aged.is_held || aged.is_worth_waiting(state) {
                return Look::Refresh(aged);
            }
        }
    }
    let reason = aged.reason();
    Look::Serve(aged.value, reason)
}

/// Renews the ttl of an entry in every tier.
fn renew(state: &PolicyState, key: &Key) {
    state.counters.count(Event::Renewal);
    let (due, ttl) = state.renewal();
    state.tiers.local.renew(key, (due, ttl), |record| record.life.renewable);
    renew_remote(state, key);
}

/// Renews the ttl of an entry of the remote tier.
pub(super) fn renew_remote(state: &PolicyState, key: &Key) {
    if let (Some(remote), Some(most)) = (state.remote(), state.rules.sliding) {
        remote.renew(state.address(key), state.renewal().1, most);
    }
}

impl Aged {
    /// A value that the remote tier has.
    pub(super) fn of_remote(value: Stored, id: Token, is_stale: bool, is_held: bool) -> Self {
        Self { value, id, is_remote: true, is_stale, is_held }
    }

    /// Why the value is served.
    pub(super) fn reason(&self) -> Reason {
        match &self.value {
            _ if self.is_stale => Reason::Stale,
            _ if self.is_remote => Reason::RemoteHit,
            Some(_) => Reason::Hit,
            None => Reason::NegativeHit,
        }
    }

    /// Tells whether a caller of the policy waits a little for the refresh.
    pub(super) fn is_worth_waiting(&self, state: &PolicyState) -> bool {
        self.is_stale && !state.rules.patience.is_zero()
    }

    /// Counts a call that is answered with the value.
    pub(super) fn served(&self, state: &PolicyState) {
        // That of the remote tier is counted where it was found.
        if !self.is_remote {
            let event = if self.value.is_some() { Event::Hit } else { Event::NegativeHit };
            state.counters.count(event);
        }
        if self.is_stale {
            state.counters.count(Event::StaleHit);
        }
    }

    /// Counts a call that is answered with what the refresh has brought.
    pub(super) fn outdated(&self, state: &PolicyState) {
        if !self.is_remote {
            state.counters.count(Event::Miss);
        }
    }
}

impl PolicyState {
    /// Tells whether nothing in this process has ended an entry since the flight of its load began.
    pub(super) fn stands(&self, key: &Key, flight: Token) -> bool {
        let Tiers { local, flights, .. } = &*self.tiers;
        flights.stands(key, flight, |stamp| local.is_current(stamp))
    }

    /// Counts a call that was answered with the value of another's flight, or with the one that it is to replace.
    pub(super) fn served_by_flight(&self, reason: Reason) {
        match reason {
            Reason::StaleOnError => self.counters.count(Event::StaleOnError),
            Reason::Stale => {
                self.counters.count(Event::RemoteHit);
                self.counters.count(Event::StaleHit);
            }
            _ => self.counters.count(Event::RemoteHit),
        }
    }
}

/// The value that is there while a load is under way.
#[derive(Clone, Debug)]
pub(super) struct Old {
    pub(super) value: Stored,
    /// Until when it may be served.
    until: Millis,
}

impl Old {
    /// A value with this life from now on, if it may be served in the place of one that cannot be loaded.
    pub(super) fn of(state: &PolicyState, value: Stored, life: Life<Duration>) -> Option<Self> {
        let end = if state.rules.serves_on_error() { life.over } else { life.on_error };
        let now = state.tiers.local.clock().now();
        (!end.is_zero()).then(|| Self { value, until: now.saturating_add(millis(end)) })
    }

    /// Tells whether its window is open.
    pub(super) fn is_open(&self, state: &PolicyState) -> bool {
        state.tiers.local.clock().now() < self.until
    }
}

/// The local value that may be served if its load fails, or takes too long. `first` is the first phase in which it is asked for.
pub(super) fn old(state: &PolicyState, key: &Key, first: Phase) -> Option<Old> {
    if !state.rules.ages() {
        return None;
    }
    let (record, phase) = state.tiers.local.peek(key)?;
    let last = if state.rules.serves_on_error() { Phase::OnError } else { Phase::Stale };
    let until = if last == Phase::OnError { record.life.over } else { record.life.on_error };
    (first <= phase && phase <= last).then_some(Old { value: record.payload, until })
}
