//! Builds a cache from code or from the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Cache, Config};
use crate::declared::registry;
use crate::error::{Error, Result};
use crate::store::{Namespace, Store};
use crate::tiers::Settings;

mod duration;
mod environment;
mod settings;
mod shared;

/// What a cache is to be like. Settings that are not made have the defaults given with each method.
///
/// Nothing is checked before [`build`](Self::build), which reports what is wrong.
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct CacheBuilder {
    url: Option<String>,
    store: Option<Arc<dyn Store>>,
    shared: shared::Options,
    config: Config,
    max_entries: Option<u64>,
    /// The first thing that was found wrong while settings were read.
    wrong: Option<String>,
}

/// What the operator changes about a policy; see [`CacheBuilder::policy`].
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct PolicySettings(Settings);

impl PolicySettings {
    /// Sets the ttl, whatever the attribute says. Zero, with which nothing is stored, is refused: that is [`off`](Self::off).
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached};
    /// #[cached(key = "cube:<n>", ttl = "1m")]
    /// async fn cube(n: u64) -> u64 {
    ///     n * n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let build = |ttl| Cache::builder().policy("cube", |policy| policy.ttl(ttl)).build();
    /// assert!(build(Duration::from_secs(5)).await.is_ok());
    /// assert!(build(Duration::ZERO).await.unwrap_err().is_config());
    /// # });
    /// ```
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.0.ttl = Some(ttl);
        self
    }

    /// Switches the policy off: its function runs as if it had no attribute.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let _cache = testing::isolate_with(|build| build.policy("square", |policy| policy.off()));
    /// assert!(traced(square(3)).await.1.is_bypass());
    /// # });
    /// ```
    #[doc(alias = "disable")]
    pub fn off(mut self) -> Self {
        self.0.off = true;
        self
    }
}

impl Cache {
    /// Starts to build a cache: in memory, for 100,000 entries and 256 MiB.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// let cache = Cache::builder().build().await?;
    /// assert!(cache.health().shared.is_none()); // there is no server
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn builder() -> CacheBuilder {
        CacheBuilder::default()
    }

    /// Builds a cache from the environment.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `CACHE_URL` | as [`CacheBuilder::url`] | `memory://` |
    /// | `CACHE_NAMESPACE` | as [`CacheBuilder::namespace`] | `cache` |
    /// | `CACHE_DISABLED` | `1` or `true`: every policy is off | `0` |
    /// | `CACHE_POLICY_<NAME>_TTL` | the ttl of the policy with this name in capitals, such as `90s` or `1h30m`. Where several functions have the name, modules go before it: `CACHE_POLICY_USERS__GET_TTL` is for `users::get` | the attribute's |
    ///
    /// A variable that is empty, that names no policy, that gives a ttl of zero, or whose name is one of these but for a letter,
    /// is an error. Any other that begins with `CACHE_` may be another program's: it is named in one warning in the log. A ttl
    /// is written as in the attribute.
    ///
    /// # Errors
    /// As [`CacheBuilder::build`].
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// let cache = Cache::from_env().await?;
    /// assert_eq!(cache.snapshot().entries, 0);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn from_env() -> Result<Self> {
        CacheBuilder::from_env().build().await
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
        if let Some(wrong) = self.wrong {
            return Err(Error::config(wrong));
        }
        self.config.namespace.as_deref().map(Namespace::new).transpose()?;
        if self.max_entries == Some(0) || self.config.limits.bytes == Some(0) {
            return Err(Error::config(
                "a limit of zero holds nothing: to switch the cache off set `CACHE_DISABLED=1`",
            ));
        }
        check_policies(&self.config.policies)?;
        let remote = match (&self.store, &self.url) {
            (Some(_), Some(_)) => {
                return Err(Error::config("give a URL or a store of your own, not both"));
            }
            (Some(store), None) => Some(self.shared.own(store)?),
            (None, url) => {
                let url = url.as_deref().unwrap_or("memory://");
                self.shared.connect(url, self.config.namespace.as_deref()).await?
            }
        };
        registry::report();
        let cache = Cache::with(self.into_config());
        if let Some(remote) = remote {
            cache.share(remote);
        }
        Ok(cache)
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
            .field("scheme", &self.url.as_deref().and_then(shared::scheme))
            .field("store", &self.store.is_some())
            .field("shared", &self.shared)
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

#[cfg(test)]
mod tests;
