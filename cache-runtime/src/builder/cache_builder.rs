//! The builder: what was set so far, and the cache that is built from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::remote;
use crate::cache::{Cache, Config};
#[cfg(feature = "testing")]
use crate::clock::{Clock, ManualClock};
use crate::declared::registry;
use crate::error::{Error, Result};
use crate::store::{Namespace, Store};
use crate::tiers::Settings;
use crate::tiers::remote::Remote;

/// What a cache is to be like. Settings that are not made have the defaults given with each method.
///
/// Nothing is checked before [`build`](Self::build), which reports what is wrong.
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct CacheBuilder {
    pub(super) url: Option<String>,
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) remote: remote::Options,
    pub(super) config: Config,
    pub(super) max_entries: Option<u64>,
    /// The first thing that was found wrong while settings were read.
    pub(super) wrong: Option<String>,
}

impl Cache {
    /// Starts to build a cache: in memory, for 100,000 entries and 256 MiB.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// let cache = Cache::builder().build().await?;
    /// assert!(cache.health().remote.is_none()); // there is no server
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }
}

impl CacheBuilder {
    /// Builds the cache, and connects to the server if there is one.
    ///
    /// A server that is down, or cannot serve for a while, is not an error: the cache works without it and connects when it
    /// is back. [`ready`](Cache::ready) waits for that, [`health`](Cache::health) tells what is wrong.
    ///
    /// # Errors
    /// If a setting is wrong ([`Error::is_config`]): a URL or variable that cannot be read, a limit or ttl of zero, a policy
    /// that no linked function has; a server that will not serve before somebody changes something: that refuses the password
    /// or a command that is needed, that is too old, or that speaks TLS. If this build can't do what the URL asks for
    /// ([`Error::is_unsupported`]): a cluster, for one.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// assert!(Cache::builder().max_entries(10_000).build().await.is_ok());
    /// assert!(Cache::builder().max_entries(0).build().await.unwrap_err().is_config());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn build(self) -> Result<Cache> {
        self.check()?;
        let remote = match (&self.store, &self.url) {
            (Some(_), Some(_)) => {
                return Err(Error::config("give a URL or a store of your own, not both"));
            }
            (Some(store), None) => Some(self.remote.own(store)?),
            (None, url) => {
                let url = url.as_deref().unwrap_or("memory://");
                self.remote.connect(url, self.config.namespace.as_deref()).await?
            }
        };
        Ok(self.around(remote))
    }

    /// Builds the cache on a store of the caller's own, whatever URL was given.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    #[cfg(feature = "testing")]
    pub(crate) fn build_on(self, store: &Arc<dyn Store>) -> Result<Cache> {
        self.check()?;
        let remote = self.remote.own(store)?;
        Ok(self.around(Some(remote)))
    }

    /// Sets the clock that the local tier reads, so that a test moves it. A store has a clock of its own: give
    /// [`InMemory`](crate::store::InMemory::with_clock) the same. Default: the system's.
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// use cache_runtime::store::InMemory;
    ///
    /// let clock = testing::ManualClock::new();
    /// let store = Arc::new(InMemory::with_clock(1_000, clock.clone()));
    /// let cache = testing::isolate_on(Cache::builder().clock(clock).store(store).build().await?);
    /// square(3).await;
    /// assert!(traced(square(3)).await.1.is_hit());
    /// cache.clock().advance(Duration::from_secs(60));
    /// assert!(traced(square(3)).await.1.is_miss());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: ManualClock) -> Self {
        self.config.clock = Clock::Manual(clock);
        self
    }

    fn check(&self) -> Result<()> {
        if let Some(wrong) = &self.wrong {
            return Err(Error::config(wrong.clone()));
        }
        self.config.namespace.as_deref().map(Namespace::new).transpose()?;
        if self.max_entries == Some(0) || self.config.limits.bytes == Some(0) {
            return Err(Error::config(
                "a limit of zero holds nothing: to switch the cache off set `CACHE_DISABLED=1`",
            ));
        }
        check_policies(&self.config.policies)
    }

    fn around(self, remote: Option<Arc<Remote>>) -> Cache {
        registry::report();
        let cache = Cache::with(self.into_config());
        if let Some(remote) = remote {
            cache.share(remote);
        }
        cache
    }

    pub(crate) fn into_config(self) -> Config {
        let mut config = self.config;
        if let Some(entries) = self.max_entries {
            config.limits.entries = entries.max(1);
        }
        config
    }
}

impl fmt::Debug for CacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheBuilder")
            .field("scheme", &self.url.as_deref().and_then(remote::scheme))
            .field("store", &self.store.is_some())
            .field("remote", &self.remote)
            .field("config", &self.config)
            .field("max_entries", &self.max_entries)
            .field("wrong", &self.wrong)
            .finish_non_exhaustive()
    }
}

fn check_policies(given: &[(String, Settings)]) -> Result<()> {
    let mut functions: BTreeMap<String, Settings> = BTreeMap::new();
    for (name, settings) in given {
        let function = registry::named(name).map_err(Error::config)?;
        let before = functions.entry(function).or_default();
        *before = before.then(*settings);
    }
    let zero = |settings: &Settings| !settings.off && settings.ttl.is_some_and(|ttl| ttl.is_zero());
    let unstored = functions.iter().find(|(_, settings)| zero(settings));
    unstored.map_or(Ok(()), |(name, _)| {
        Err(Error::config(format!(
            "the ttl of `{name}` is set to zero, with which nothing is stored: switch it off with `off()`"
        )))
    })
}
