//! The tiers of one cache, the flights above them, and each policy's place in them.

use std::sync::Arc;
use std::time::Duration;

use crate::entry::Key;
use crate::flight::Flights;
use crate::metrics::{Counters, Event};
use crate::policy::{Policy, Ttl};
use crate::store::memory::MemoryStore;
use crate::tag::Tag;
use crate::value::Stored;

// The local tier is one concrete store, so that a hit is a plain call. This is the only place that says which; the
// strategies know it as the local tier and by these names.
pub(crate) use crate::store::memory::{Grant, Incoming, Stamp};

/// What a cached `None` lives at most, unless `none_ttl` says otherwise.
const NONE_TTL: Duration = Duration::from_secs(30);

/// A wait for another's load is at least this long, however short the loads usually are: if it were not, a database
/// that answers five times slower than usual would be met with a load from everyone who waits.
const LEAST_WAIT: Duration = Duration::from_millis(250);

pub(crate) struct Tiers {
    pub(crate) local: MemoryStore<Stored>,
    pub(crate) flights: Arc<Flights>,
    /// The longest wait for another's load.
    pub(crate) max_wait: Duration,
}

impl Tiers {
    /// Ends every entry with the tag. Flights compare the tag's version when someone wants to join.
    pub(crate) fn invalidate_tag(&self, tag: &Tag, again: Option<Duration>) {
        self.local.bump(tag, again);
    }

    pub(crate) fn clear(&self) {
        self.local.clear();
        self.flights.detach_all();
    }
}

/// What the operator changed about a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) ttl: Option<Duration>,
    pub(crate) off: bool,
}

/// One policy in one cache.
pub(crate) struct Bound {
    pub(crate) policy: Policy,
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    pub(crate) tiers: Arc<Tiers>,
}

impl Bound {
    /// How long a caller waits for another's load, and how long the load holds its lease against others.
    pub(crate) fn patience(&self) -> Duration {
        let most = self.tiers.max_wait;
        self.counters.usual_load().map_or(most, |usual| (usual * 4).max(LEAST_WAIT).min(most))
    }

    /// The lifetime of a value; `computed` is what the attribute's expression came to, if it has one.
    pub(crate) fn ttl(&self, computed: Option<Duration>) -> Duration {
        match (self.settings.ttl, computed, self.policy.ttl) {
            (Some(ttl), ..) | (None, Some(ttl), _) | (None, None, Ttl::Fixed(ttl)) => ttl,
            (None, None, Ttl::Computed) => Duration::ZERO,
        }
    }

    /// The lifetime of a cached `None`. What the operator sets for values is the most for these too.
    pub(crate) fn none_ttl(&self, computed: Option<Duration>) -> Duration {
        let ttl = self.policy.none_ttl.unwrap_or_else(|| match (computed, self.policy.ttl) {
            // A ttl that is computed from the value has nothing to say of its absence.
            (None, Ttl::Computed) => NONE_TTL,
            _ => self.ttl(computed).min(NONE_TTL),
        });
        self.settings.ttl.map_or(ttl, |most| ttl.min(most))
    }

    /// Removes an entry, refuses the fill of a load under way, and lets nobody else join that load.
    pub(crate) fn invalidate(&self, key: &Key) {
        self.tiers.local.invalidate(key);
        self.invalidated(key);
    }

    /// Completes an invalidation whose entry is removed already.
    pub(crate) fn invalidated(&self, key: &Key) {
        self.counters.count(Event::Invalidation);
        self.tiers.flights.detach(key);
    }
}
