//! The tiers of one cache: the local one, the remote one if there is one, and the flights above them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::remote::Remote;
use super::settings::{Coherence, WithoutTracking};
use crate::background::Background;
use crate::clock::Clock;
use crate::flight::Flights;
use crate::scope::CacheId;
use crate::store::memory::{Limits, MemoryStore};
use crate::value::Stored;

/// The tiers of one cache, and the flights above them.
pub(crate) struct Tiers {
    pub(crate) local: Arc<MemoryStore<Stored>>,
    pub(crate) flights: Arc<Flights>,
    pub(crate) background: Background,
    /// The longest wait for another's load.
    pub(crate) max_wait: Duration,
    without_tracking: WithoutTracking,
    pub(super) remote: OnceLock<Arc<Remote>>,
}

impl Tiers {
    pub(crate) fn new(
        limits: Limits,
        clock: Clock,
        max_wait: Duration,
        without_tracking: WithoutTracking,
    ) -> Arc<Self> {
        Arc::new(Self {
            local: MemoryStore::new(limits, clock),
            flights: Arc::new(Flights::new()),
            background: Background::default(),
            max_wait,
            without_tracking,
            remote: OnceLock::new(),
        })
    }

    pub(crate) fn remote(&self) -> Option<&Arc<Remote>> {
        self.remote.get()
    }

    pub(crate) fn coherence(&self) -> Coherence {
        self.without_tracking.coherence
    }

    /// What tells the cache of these tiers from others.
    pub(crate) fn id(&self) -> CacheId {
        std::ptr::from_ref(self).addr()
    }

    /// How large a value of the remote tier may be, in bytes.
    pub(crate) fn max_value(&self) -> usize {
        self.remote().map_or(0, |remote| remote.max_value())
    }

    /// How old an entry may become that this process keeps although the remote tier is away; `None` if it is not, or
    /// nothing may be kept. A server that can be asked but tells of no changes is not away.
    pub(super) fn outage_keep(&self) -> Option<Duration> {
        let away = self.remote().is_some_and(|remote| !remote.is_reachable());
        let WithoutTracking { outage_ttl, .. } = self.without_tracking;
        (away && !outage_ttl.is_zero()).then_some(outage_ttl)
    }

    /// How old an entry that this process keeps may become; `None` if it may keep none. To be asked after the stamp was
    /// taken: what is lost from then on changes the versions.
    pub(crate) fn may_keep(&self) -> Option<Duration> {
        match self.remote() {
            Some(remote) if !remote.is_tracking() => self.outage_keep().or_else(|| {
                // Until `local_ttl`, which every copy has.
                let by_ttl =
                    remote.is_reachable() && self.without_tracking.coherence == Coherence::Ttl;
                by_ttl.then_some(Duration::MAX)
            }),
            _ => Some(Duration::MAX),
        }
    }
}
