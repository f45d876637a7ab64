//! A cache: tiers, and the policies that use them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::error::Result;
use crate::key::Tag;
use crate::policy::{Policy, Tier, Ttl};
use crate::store::memory::{Counted, Limits};
use crate::tiers::remote::{Budget, Remote};
use crate::tiers::{Coherence, PolicyState, Settings, Tiers, WithoutTracking};
use crate::write::remote_changes::RemoteChanges;
use crate::write::{Selectors, deferred};

pub use explain::Explanation;
pub use health::{CacheHealth, PolicyTrouble, SharedSnapshot, SharedState};
pub use snapshot::{PolicySnapshot, Snapshot};
pub use typed::Entry;
pub(crate) use typed::ValueAdapter;

mod admin;
mod explain;
mod health;
mod many;
mod put;
mod snapshot;
mod typed;

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
pub struct Cache(Arc<Inner>);

struct Inner {
    config: Config,
    tiers: Arc<Tiers>,
    /// The policies that were used so far.
    policies: Mutex<HashMap<PolicyId, Arc<PolicyState>, foldhash::fast::RandomState>>,
}

/// What a cache is built from.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) namespace: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) max_wait: Duration,
    pub(crate) outage_ttl: Duration,
    pub(crate) coherence: Coherence,
    /// By the policy's name, in the order in which they were made: those of the environment come first.
    pub(crate) policies: Vec<(String, Settings)>,
    /// Every policy is off.
    pub(crate) disabled: bool,
    pub(crate) clock: Clock,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            namespace: None,
            limits: Limits { entries: 100_000, bytes: Some(256 << 20) },
            max_wait: Duration::from_secs(3),
            outage_ttl: Duration::ZERO,
            coherence: Coherence::Push,
            policies: Vec::new(),
            disabled: false,
            clock: Clock::System,
        }
    }
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
}

impl PolicyId {
    fn of(policy: &Policy) -> Self {
        let Policy { module, name, key, tags, ttl, none_ttl, version, tier, .. } = *policy;
        Self { module, name, key, tags, ttl, none_ttl, version, tier }
    }
}

impl Cache {
    pub(crate) fn with(config: Config) -> Self {
        let Config { limits, max_wait, outage_ttl, coherence, clock, .. } = &config;
        let without_tracking = WithoutTracking { outage_ttl: *outage_ttl, coherence: *coherence };
        let tiers = Tiers::new(*limits, clock.clone(), *max_wait, without_tracking);
        Self(Arc::new(Inner { config, tiers, policies: Mutex::default() }))
    }

    /// Adds the shared tier.
    pub(crate) fn share(&self, remote: Arc<Remote>) {
        self.0.tiers.add_remote(remote);
    }

    /// A policy's place in this cache, made when it is first asked for.
    pub(crate) fn bind(&self, policy: &Policy) -> Arc<PolicyState> {
        let mut state = self.0.policies.lock();
        let address = state.entry(PolicyId::of(policy)).or_insert_with(|| {
            let named = self.0.config.policies.iter().filter(|(name, _)| policy.is_named(name));
            let settings = named.map(|(_, settings)| *settings);
            let mut settings = settings.fold(Settings::default(), Settings::then);
            settings.off |= self.0.config.disabled;
            Arc::new(PolicyState::new(*policy, settings, Arc::clone(&self.0.tiers)))
        });
        Arc::clone(address)
    }

    /// Invalidates every entry of this cache that carries the tag, in constant time.
    ///
    /// The tag is given as it renders: `user:7` for the template `user:<id>`, `city:New%20York` for `city:<name>`
    /// ([`KeyWriter::text`](crate::KeyWriter::text)). Loads that are under way are not
    /// stored. A tag that nothing carries is not an error. Inside of a
    /// [`transaction`](crate::transaction) it is done when that ends.
    ///
    /// # Errors
    /// If the shared tier did not acknowledge it: [`Error::is_unavailable`](crate::Error::is_unavailable). Then it is sent again until it does, and
    /// until then this process serves no entry with the tag.
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing};
    /// #[cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
    /// async fn get_user(id: u64) -> u64 {
    ///     id
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// get_user(7).await;
    /// cache.invalidate_tag("user").await?;
    /// assert_eq!(cache.peek(entry!(get_user(7))).await, None);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("purge", "surrogate key"))]
    pub async fn invalidate_tag(&self, tag: &str) -> Result<()> {
        let (tiers, tag) = (&self.0.tiers, Tag::new(tag.as_bytes()));
        let selected = Selectors::of_tag(Arc::clone(tiers), tag.clone());
        if deferred(selected).await.is_none() {
            return Ok(());
        }
        let mut changes = RemoteChanges::default();
        changes.tag(tiers, &tag, None);
        changes.acknowledged(Budget::new()).await
    }

    /// Invalidates every entry of this cache, in constant time; in a shared tier, of its namespace.
    ///
    /// Loads that are under way are not stored, and write guards stay. Inside of a [`transaction`](crate::transaction) it
    /// is done when that ends.
    ///
    /// # Errors
    /// As [`invalidate_tag`](Self::invalidate_tag).
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// cache.clear().await?;
    /// assert_eq!(cache.peek(entry!(square(3))).await, None);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[doc(alias("flush", "purge"))]
    pub async fn clear(&self) -> Result<()> {
        let selected = Selectors::of_everything(Arc::clone(&self.0.tiers));
        if deferred(selected).await.is_none() {
            return Ok(());
        }
        let mut changes = RemoteChanges::default();
        changes.everything(&self.0.tiers, None);
        changes.acknowledged(Budget::new()).await
    }

    /// Waits until the shared tier has acknowledged every invalidation, for at most `timeout`.
    ///
    /// To be called at the end of a program: what is still to be sent when it ends is lost, and what it invalidates stays
    /// until its ttl. Without a shared tier there is nothing to wait for. The cache stays usable.
    ///
    /// # Errors
    /// If something is left to be sent: [`Error::is_unavailable`](crate::Error::is_unavailable).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// use std::time::Duration;
    ///
    /// let cache = Cache::builder().build().await?;
    /// // … the program …
    /// assert!(cache.shutdown(Duration::from_secs(5)).await.is_ok());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn shutdown(&self, timeout: Duration) -> Result<()> {
        match self.0.tiers.remote() {
            Some(remote) => remote.settle(timeout).await,
            None => Ok(()),
        }
    }

    /// Reads the counters.
    ///
    /// Each is exact; read while calls are under way they are a moment's view.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// square(3).await;
    /// let counters = &cache.snapshot().policies[0];
    /// assert_eq!((counters.name, counters.misses, counters.hits), ("square", 1, 1));
    /// assert_eq!(counters.hit_ratio(), Some(0.5));
    /// # });
    /// ```
    #[must_use]
    #[doc(alias("metrics", "stats"))]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.policies();
        let Counted { live, dead, bytes } = self.0.tiers.local.count();
        Snapshot {
            entries: live,
            dead,
            bytes,
            evictions: self.0.tiers.local.evictions(),
            shared: SharedSnapshot::of(&self.0.tiers),
            policies: state.iter().map(|state| PolicySnapshot::of(state)).collect(),
        }
    }

    /// The policies that were used so far, by name.
    fn policies(&self) -> Vec<Arc<PolicyState>> {
        let mut state: Vec<_> = self.0.policies.lock().values().cloned().collect();
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
