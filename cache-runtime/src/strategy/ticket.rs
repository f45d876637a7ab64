//! A load that its caller has taken on: what it holds, and what becomes of it however it ends.

use std::sync::Arc;

use super::outgoing::Outgoing;
use super::plan::{Condition, Lifetime, Plan};
use crate::entry::Key;
use crate::flight::{Landing, Place, Wait};
use crate::metrics::Event;
use crate::outcome::{Reason, Refusal};
use crate::scope;
use crate::tag::Tag;
use crate::tiers::{Bound, Grant, Stamp};
use crate::token::Token;
use crate::value::{Answer, Stored};

/// A load under way. Dropped without [`finish`](Self::finish) when its caller is cancelled or its body panics: then
/// the key is free again at once, and those who wait are told.
pub(super) struct Ticket {
    bound: Arc<Bound>,
    key: Key,
    id: Token,
    stamp: Stamp,
    leased: bool,
    leads: bool,
    finished: bool,
    /// Kept until the load has ended.
    place: Option<Place>,
    /// The load in whose body this one runs waits for it, whether anybody else does or not: what this one calls must
    /// not wait for that one.
    _within: Option<Wait>,
}

/// The beginning of a load: its name, and the versions of its tags, read before anything of it happens.
pub(super) struct Start {
    /// The token of the load's lease, and the id of its flight.
    pub(super) id: Token,
    pub(super) stamp: Stamp,
}

impl Start {
    pub(super) fn now(bound: &Bound, tags: &[Tag]) -> Self {
        Self { id: Token::new(), stamp: bound.tiers.local.stamp(tags) }
    }
}

impl Ticket {
    /// Takes a load on that is not stored and that nobody waits for, until it is told otherwise.
    pub(super) fn new(bound: &Arc<Bound>, key: &Key, start: Start) -> Self {
        Self {
            bound: Arc::clone(bound),
            key: key.clone(),
            id: start.id,
            stamp: start.stamp,
            leased: false,
            leads: false,
            finished: false,
            place: None,
            // A new load waits for nothing yet, so this closes no circle.
            _within: scope::flight().and_then(|outer| Wait::begin(outer, start.id).ok()),
        }
    }

    pub(super) fn id(&self) -> Token {
        self.id
    }

    /// Others wait for this load.
    pub(super) fn leads(mut self) -> Self {
        self.leads = true;
        self
    }

    /// The load holds one of the few places after a failure.
    pub(super) fn takes(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub(super) fn acquire(&self, observed: Option<Token>) -> Grant<Stored> {
        let lease = self.bound.patience();
        self.bound.tiers.local.acquire(&self.key, self.id, lease, observed)
    }

    /// The lease was granted.
    pub(super) fn leased(mut self) -> Self {
        self.leased = true;
        self
    }

    /// Ends the load for those who wait, without a store.
    pub(super) fn land(mut self, landing: Landing) {
        self.end(landing);
    }

    /// Stores what the body returned, if it may be, and hands it to those who wait.
    pub(super) fn finish<R, A, T, C>(mut self, returned: &R, answer: A, plan: &Plan<A::Value, T, C>)
    where
        A: Answer<R>,
        T: Lifetime<A::Value>,
        C: Condition<A::Value>,
    {
        let bound = Arc::clone(&self.bound);
        bound.counters.count(Event::Load);
        let Some(stored) = answer.keep(returned) else {
            bound.counters.count(Event::LoadError);
            scope::record(Reason::LoadFailed);
            let landing = answer.share_error(returned).map_or(Landing::Failed, Landing::Error);
            return self.end(landing);
        };
        let refused = if self.leased {
            match Outgoing::new(&bound, answer, plan, returned, stored.clone()) {
                Ok(value) => self.fill(value),
                Err(refusal) => Some(refusal),
            }
        } else {
            Some(Refusal::Busy)
        };
        bound.counters.count(refused.map_or(Event::Fill, Refusal::event));
        scope::record(refused.map_or(Reason::Loaded, Reason::NotStored));
        self.end(Landing::Stored(stored));
    }

    fn fill(&mut self, value: Outgoing) -> Option<Refusal> {
        self.leased = false;
        let value = value.stamped(self.stamp.clone());
        Refusal::by_store(self.bound.tiers.local.fill(&self.key, self.id, value))
    }

    fn end(&mut self, landing: Landing) {
        self.finished = true;
        if self.leased {
            self.bound.tiers.local.release(&self.key, self.id);
        }
        if self.leads {
            self.bound.tiers.flights.land(&self.key, self.id, landing);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if std::thread::panicking() {
            self.bound.counters.count(Event::LoadPanic);
            self.end(Landing::Failed);
        } else {
            self.bound.counters.count(Event::LoadCancelled);
            self.end(Landing::Abandoned);
        }
    }
}
