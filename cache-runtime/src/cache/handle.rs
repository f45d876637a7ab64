//! The handle of a cache: its tiers, and the states of the policies that use them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

use super::config::Config;
use crate::clock::Clock;
use crate::policy::{Freshness, Policy, Strategy, Tier, Ttl};
use crate::tiers::remote::Remote;
use crate::tiers::{PolicyState, Settings, Tiers, WithoutTracking};

/// A cache.
///
/// Cheap to clone; clones are the same cache. Annotated functions find theirs through the slot that it was
/// [installed](Self::install) in. Every method may be called from any task and thread at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use cache_runtime::Cache;
///
/// let cache = Cache::builder().max_entries(10_000).build().await?;
/// cache.invalidate_tag("user").await?;
/// assert_eq!(cache.snapshot().entries, 0);
/// # Ok::<(), cache_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[doc(alias = "near cache")]
pub struct Cache(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) config: Config,
    pub(super) tiers: Arc<Tiers>,
    /// The policies that were used so far.
    policies: RwLock<HashMap<PolicyId, Arc<PolicyState>, foldhash::fast::RandomState>>,
}

/// Tells one policy of the program from another.
///
/// By what it declares and not by where its declaration lies in memory, because that of a method lies in memory several
/// times: an `impl` can hold functions, but no `static` that they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PolicyId {
    module: &'static str,
    name: &'static str,
    key: &'static str,
    tags: &'static [&'static str],
    ttl: Ttl,
    none_ttl: Option<Duration>,
    version: u32,
    tier: Tier,
    strategy: Strategy,
    freshness: Freshness,
}

impl PolicyId {
    fn of(policy: &Policy) -> Self {
        let Policy {
            module,
            name,
            key,
            tags,
            ttl,
            none_ttl,
            version,
            tier,
            strategy,
            freshness,
            ..
        } = *policy;
        Self { module, name, key, tags, ttl, none_ttl, version, tier, strategy, freshness }
    }
}

impl Cache {
    pub(crate) fn with(config: Config) -> Self {
        let Config { limits, max_wait, outage_ttl, coherence, clock, .. } = &config;
        let without_tracking = WithoutTracking { outage_ttl: *outage_ttl, coherence: *coherence };
        let tiers = Tiers::new(*limits, clock.clone(), *max_wait, without_tracking);
        Self(Arc::new(Inner { config, tiers, policies: RwLock::default() }))
    }

    /// Adds the remote tier.
    pub(crate) fn share(&self, remote: Arc<Remote>) {
        self.0.tiers.add_remote(remote);
    }

    /// A policy's place in this cache, made when it is first asked for.
    pub(crate) fn bind(&self, policy: &Policy) -> Arc<PolicyState> {
        let id = PolicyId::of(policy);
        if let Some(state) = self.0.policies.read().get(&id) {
            return Arc::clone(state);
        }
        let mut policies = self.0.policies.write();
        let state = policies.entry(id).or_insert_with(|| {
            let named = self.0.config.policies.iter().filter(|(name, _)| policy.is_named(name));
            let settings = named.map(|(_, settings)| *settings);
            let mut settings = settings.fold(Settings::default(), Settings::then);
            settings.off |= self.0.config.disabled;
            Arc::new(PolicyState::new(*policy, settings, Arc::clone(&self.0.tiers)))
        });
        Arc::clone(state)
    }

    /// The policies that were used so far, by name.
    pub(super) fn policies(&self) -> Vec<Arc<PolicyState>> {
        let mut state: Vec<_> = self.0.policies.read().values().cloned().collect();
        state.sort_by_key(|state| (state.policy.name, state.policy.module));
        state
    }

    pub(crate) fn clock(&self) -> &Clock {
        self.0.tiers.local.clock()
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("namespace", &self.0.config.namespace)
            .field("limits", &self.0.config.limits)
            .field("entries", &self.0.tiers.local.len())
            .finish_non_exhaustive()
    }
}
