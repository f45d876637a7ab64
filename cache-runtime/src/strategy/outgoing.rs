//! A value on its way into a store: whether it is to be stored, and for how long.

use std::time::Duration;

use super::plan::{Condition, Lifetime, Plan};
use crate::metrics::Event;
use crate::outcome::Refusal;
use crate::store::Filled;
use crate::tiers::{Bound, Incoming, Stamp};
use crate::value::{Answer, Opened, Stored};

/// A value that its policy wants stored.
pub(crate) struct Outgoing {
    payload: Stored,
    ttl: Duration,
    size: usize,
}

impl Outgoing {
    /// Decides whether and for how long a value is stored. `stored` is what the answer keeps of `returned`.
    pub(crate) fn new<R, A, T, C>(
        bound: &Bound,
        answer: A,
        plan: &Plan<A::Value, T, C>,
        returned: &R,
        stored: Stored,
    ) -> Result<Self, Refusal>
    where
        A: Answer<R>,
        T: Lifetime<A::Value>,
        C: Condition<A::Value>,
    {
        let (ttl, size) = match answer.open(returned) {
            Opened::Value(value) if !plan.stores(value) => return Err(Refusal::StoreIf),
            Opened::Value(value) => {
                let sized = bound.tiers.local.needs_sizes();
                let size = if sized { answer.weigh(value) } else { 0 };
                (bound.ttl(plan.ttl_of(Some(value))), size)
            }
            Opened::Nothing | Opened::Failed => (bound.none_ttl(plan.ttl_of(None)), 0),
        };
        if ttl.is_zero() {
            return Err(Refusal::ZeroTtl);
        }
        let payload = if cfg!(debug_assertions) {
            // As a shared tier would: what the encoding drops is to be seen in development, not in production.
            answer.round_trip(stored).ok_or(Refusal::Codec)?
        } else {
            stored
        };
        Ok(Self { payload, ttl, size })
    }

    /// Gives the value the versions that its tags had before it was loaded or written.
    pub(crate) fn stamped(self, stamp: Stamp) -> Incoming<Stored> {
        let Self { payload, ttl, size } = self;
        Incoming { payload, fresh: ttl, ttl, stamp, size }
    }
}

impl Refusal {
    /// Why a store did not take a value; `None` if it did.
    pub(crate) fn by_store(filled: Filled) -> Option<Self> {
        match filled {
            Filled::Stored => None,
            Filled::Refused => Some(Self::Overtaken),
            Filled::Outdated => Some(Self::TagOvertaken),
            Filled::TooLarge => Some(Self::TooLarge),
        }
    }

    pub(crate) fn event(self) -> Event {
        match self {
            Self::Overtaken => Event::RefusedOvertaken,
            Self::TagOvertaken => Event::RefusedTagOvertaken,
            Self::Busy => Event::RefusedBusy,
            Self::ZeroTtl => Event::RefusedZeroTtl,
            Self::StoreIf => Event::RefusedStoreIf,
            Self::TooLarge => Event::RefusedTooLarge,
            Self::Codec => Event::RefusedCodec,
        }
    }
}
