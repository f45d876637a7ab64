//! The settings of a cache and of its policies that the tiers follow.

use std::time::Duration;

/// What keeps the copies in a process in step with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("client-side caching", "client tracking"))]
pub enum Coherence {
    /// The server reports every change, and the copy ends. Where it cannot (it refuses `CLIENT TRACKING`, or a proxy is in
    /// between), no copies are kept.
    #[default]
    Push,
    /// The server reports every change, as with [`Push`](Self::Push); where it can be reached and reports none, copies are
    /// kept until `local_ttl` all the same. Callers may then see values as old as that, however they were invalidated.
    Ttl,
}

/// What may be kept while nothing tells of others' changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutTracking {
    /// How old entries become while the remote tier is away; zero: none are made.
    pub(crate) outage_ttl: Duration,
    /// Whether copies are kept while it is there.
    pub(crate) coherence: Coherence,
}

/// What the operator changed about a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) ttl: Option<Duration>,
    pub(crate) off: bool,
}

impl Settings {
    /// Adds what was set later, which wins.
    pub(crate) fn then(self, later: Self) -> Self {
        Self { ttl: later.ttl.or(self.ttl), off: self.off || later.off }
    }
}
