//! The options that a policy takes over as they are written.

use syn::{Expr, ExprClosure, Path};

use super::given::Given;
use super::share::Share;
use super::value::Lifetime;
use super::words::{Codec, Compression, Strategy, Tier, Word};

/// The settings of a policy: each option that needs nothing but its own value to be understood.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    /// How long a cached `None` lives.
    pub(crate) none_ttl: Given<Lifetime>,
    /// Whether nothing is meant to invalidate the entries.
    pub(crate) ttl_only: Given<()>,
    /// The condition under which a call asks the cache at all.
    pub(crate) when: Given<Expr>,
    /// The condition under which a loaded value is stored.
    pub(crate) store_if: Given<ExprClosure>,
    pub(crate) version: Given<u32>,
    pub(crate) tier: Given<Word<Tier>>,
    /// How long a copy in this process is used at most.
    pub(crate) local_ttl: Given<Lifetime>,
    pub(crate) codec: Given<Word<Codec>>,
    pub(crate) compression: Given<Word<Compression>>,
    pub(crate) strategy: Given<Word<Strategy>>,
    /// The share of the ttl after which a hit starts a refresh.
    pub(crate) refresh_ahead: Given<Share>,
    /// How long after the ttl a value is served while it is refreshed.
    pub(crate) stale_while_revalidate: Given<Lifetime>,
    /// How long a call waits for the refresh before it is given the stale value.
    pub(crate) patience: Given<Lifetime>,
    /// How long after the ttl a value is served if the load fails.
    pub(crate) stale_if_error: Given<Lifetime>,
    /// How long a call waits for its load.
    pub(crate) hard_timeout: Given<Lifetime>,
    /// What a call returns whose load takes longer.
    pub(crate) on_timeout: Given<ExprClosure>,
    /// How long after its load a value lives if each hit renews its ttl.
    pub(crate) sliding: Given<Lifetime>,
    /// The slot, if not the default one.
    pub(crate) cache: Given<Path>,
}

impl Settings {
    /// The tiers that keep values: all of them, unless one is named.
    pub(crate) fn tier(&self) -> Tier {
        self.tier.value().map_or(Tier::All, |tier| tier.meaning)
    }

    /// The strategy, which is to load aside unless another one is named.
    pub(crate) fn strategy(&self) -> Strategy {
        self.strategy.value().map_or(Strategy::CacheAside, |strategy| strategy.meaning)
    }

    /// Whether the cache owns the loads: they are made in the background, or go on after the call.
    pub(crate) fn owns_loads(&self) -> bool {
        let strategy = match self.strategy() {
            Strategy::ReadThrough | Strategy::RefreshAhead | Strategy::StaleWhileRevalidate => true,
            Strategy::CacheAside | Strategy::WriteThrough | Strategy::Lock => false,
        };
        strategy
            || self.refresh_ahead.value().is_some()
            || self.stale_while_revalidate.value().is_some()
            || self.hard_timeout.value().is_some()
    }
}
