//! The options that a policy takes over as they are written.

use syn::{Expr, ExprClosure, Path};

use super::given::Given;
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
}
