//! Builds a cache from code or from the environment.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Cache, Config};
use crate::error::{Error, Result};
use crate::registry::{self, policies};
use crate::store::Store;
use crate::tiers::{Coherence, Settings};

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
    /// Sets the ttl, whatever the attribute says. Zero: nothing is stored.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let _cache = testing::isolate_with(|build| {
    ///     build.policy("square", |policy| policy.ttl(Duration::ZERO))
    /// });
    /// assert_eq!(traced(square(3)).await.1.reason(), "loaded, not stored: the ttl is zero");
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
    pub fn off(mut self) -> Self {
        self.0.off = true;
        self
    }
}

impl Cache {
    /// Starts to build a cache: in memory, for 100,000 entries.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// let cache = Cache::builder().build().await?;
    /// assert!(cache.health().is_none()); // there is no server
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
    /// | `CACHE_POLICY_<NAME>_TTL` | the ttl of the policy with this name in capitals, such as `90s` or `1h30m` | the attribute's |
    ///
    /// An empty variable counts as not set.
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
    /// Starts from the environment; see [`Cache::from_env`].
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::CacheBuilder;
    /// // What is set in code wins over the environment.
    /// let cache = CacheBuilder::from_env().url("memory://").build().await?;
    /// assert!(cache.health().is_none());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn from_env() -> Self {
        // Not UTF-8 is reported by the reader of the variable, as a value that it can't take.
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into()));
        Self::from_variables(variables)
    }

    fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut builder = Self::default();
        for (name, value) in variables {
            if !value.is_empty() {
                builder.variable(&name, value);
            }
        }
        builder
    }

    fn variable(&mut self, name: &str, value: String) {
        match name {
            "CACHE_URL" => self.url = Some(value),
            "CACHE_NAMESPACE" => self.config.namespace = Some(value),
            "CACHE_DISABLED" => match value.to_ascii_lowercase().as_str() {
                "1" | "true" => self.config.disabled = true,
                "0" | "false" => {}
                _ => self.note(format!("`CACHE_DISABLED={value}`: expected `1` or `0`")),
            },
            _ => {
                let policy = name.strip_prefix("CACHE_POLICY_");
                let Some(policy) = policy.and_then(|name| name.strip_suffix("_TTL")) else {
                    return;
                };
                self.variable_ttl(name, policy, &value);
            }
        }
    }

    fn variable_ttl(&mut self, name: &str, policy: &str, value: &str) {
        let Some(ttl) = duration(value) else {
            return self
                .note(format!("`{name}={value}`: expected a duration such as `90s` or `1h30m`"));
        };
        let linked = policies();
        let mut named = linked.iter().filter(|linked| linked.name.eq_ignore_ascii_case(policy));
        match named.next() {
            Some(policy) => {
                self.config.policies.entry(policy.name.to_owned()).or_default().ttl = Some(ttl);
            }
            None => self.note(format!("`{name}`: {}", no_such_policy(&policy.to_lowercase()))),
        }
    }

    fn note(&mut self, wrong: String) {
        self.wrong.get_or_insert(wrong);
    }

    /// Sets where the cache is kept. Default: `memory://`, the memory of this process.
    ///
    /// With the feature `redis`, `redis://[user:password@]host[:port][/db]` or `valkey://…` is a server that all
    /// processes with this URL and [`namespace`](Self::namespace) share; each keeps copies of its own in front of it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// assert!(Cache::builder().url("memory://").build().await?.health().is_none());
    ///
    /// let error = Cache::builder().url("localhost:6379").build().await.unwrap_err();
    /// assert!(error.is_config() && error.to_string().contains("has no scheme"));
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Shares a store of your own, in place of the one behind a [`url`](Self::url). See [`Store`] for what it must
    /// guarantee.
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached, entry};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::sync::Arc;
    ///
    /// use cache_runtime::store::{InMemory, Store};
    ///
    /// let store: Arc<dyn Store> = Arc::new(InMemory::new(1_000));
    /// let one = Cache::builder().store(Arc::clone(&store)).build().await?;
    /// let other = Cache::builder().store(store).build().await?;
    /// one.put(entry!(square(3)), 9).await?;
    /// assert_eq!(other.peek(entry!(square(3))).await, Some(9));
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets the namespace that keeps programs on one server apart: letters, digits, `_`, `.` and `-`. Programs with the
    /// same namespace share entries and invalidations. Without a server it means nothing. Default: `cache`.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// assert!(Cache::builder().namespace("shop-2").build().await.is_ok());
    /// assert!(Cache::builder().namespace("shop 2").build().await.unwrap_err().is_config());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.config.namespace = Some(namespace.into());
        self
    }

    /// Sets how long the server may take to accept a connection. Default: 300 ms. No call waits for that.
    ///
    /// ```
    /// # #[cfg(feature = "redis")]
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// use std::time::Duration;
    ///
    /// // It takes connections, and never says a word.
    /// let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// let url = format!("redis://{}", silent.local_addr().unwrap());
    /// let build = Cache::builder().url(url).connect_timeout(Duration::from_millis(20));
    /// assert!(build.build().await?.health().is_some_and(|shared| !shared.reachable));
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.shared.connect_timeout = timeout;
        self
    }

    /// Sets how long the server may take to answer a request. Default: 50 ms, which is also all that one call of a
    /// cached function spends on the server.
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # #[cfg(feature = "redis")]
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let build = Cache::builder().url("redis://127.0.0.1:1"); // nobody is there
    /// build.response_timeout(Duration::from_millis(20)).build().await?.install()?;
    /// assert_eq!(square(3).await, 9); // as without a cache, at most 20 ms later
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.shared.response_timeout = timeout;
        self
    }

    /// Sets how large a value in the shared tier may be, in bytes. A larger one is not stored there, and counted.
    /// Default: 1 MiB.
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached, entry};
    /// #[cached(key = "page:<path>", ttl = "1m")]
    /// async fn page(path: &str) -> String {
    ///     path.repeat(1_000)
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::sync::Arc;
    ///
    /// use cache_runtime::store::InMemory;
    ///
    /// let store = Arc::new(InMemory::new(1_000));
    /// let cache = Cache::builder().store(store).max_value(100).build().await?;
    /// let error = cache.put(entry!(page("/")), "/".repeat(1_000)).await.unwrap_err();
    /// assert!(error.is_value());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn max_value(mut self, bytes: usize) -> Self {
        self.shared.max_value = bytes;
        self
    }

    /// Lets this process keep what it loads for so long while the server is away, to spare the database. Nothing tells it
    /// then of the others' writes: callers may see values as old as this. Policies with `tier = "remote"` keep nothing.
    /// Default: zero, which keeps nothing.
    ///
    /// ```
    /// # use cache_runtime::{Cache, cached, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # #[cfg(feature = "redis")]
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let build = Cache::builder().url("redis://127.0.0.1:1"); // nobody is there
    /// build.outage_ttl(Duration::from_secs(2)).build().await?.install()?;
    /// square(3).await;
    /// assert!(traced(square(3)).await.1.is_hit());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn outage_ttl(mut self, ttl: Duration) -> Self {
        self.config.outage_ttl = ttl;
        self
    }

    /// Sets what keeps the copies in this process in step with the server. Default: [`Coherence::Push`].
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use cache_runtime::{Cache, Coherence};
    ///
    /// // Behind a proxy that passes no reports on.
    /// let cache = Cache::builder().coherence(Coherence::Ttl).build().await?;
    /// assert!(cache.health().is_none(), "in memory it makes no difference");
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn coherence(mut self, coherence: Coherence) -> Self {
        self.config.coherence = coherence;
        self
    }

    /// Sets how many entries the local tier holds; more push out those least used. Default: 100,000.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate_with(|build| build.max_entries(10));
    /// for n in 0..100 {
    ///     square(n).await;
    /// }
    /// assert!(cache.snapshot().entries <= 10);
    /// # });
    /// ```
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.max_entries = Some(entries);
        self
    }

    /// Sets how many bytes the local tier holds: keys, values and 120 bytes for each entry. Both this and
    /// [`max_entries`](Self::max_entries) hold, so give it too if there may be more than 100,000. Default: no limit.
    ///
    /// A value counts with the length of its encoding, which costs an encoding on each load; under `tier = "local"`
    /// with the size of its type. One heavier than its share of the tier (8 MiB, or all of a smaller one) is not
    /// stored, and counted.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate_with(|build| build.max_bytes(10_000));
    /// for n in 0..100 {
    ///     square(n).await;
    /// }
    /// assert!(cache.snapshot().entries <= 10_000 / 120);
    /// # });
    /// ```
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.limits.bytes = Some(bytes);
        self
    }

    /// Sets how long a call waits at most for a load of the same key that is under way, before it loads for itself.
    /// Default: 3 s; a policy whose loads are quick waits four times its usual load time, at least 250 ms.
    ///
    /// ```
    /// # use cache_runtime::cached;
    /// use cache_runtime::testing::{self, Gate};
    ///
    /// #[cached(key = "slow:<n>", ttl = "1m", skip(gate))]
    /// async fn slow(n: u64, gate: &Gate) -> u64 {
    ///     gate.pass().await;
    ///     n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let cache = testing::isolate_with(|build| build.max_wait(Duration::from_millis(10)));
    /// let gate = Gate::new();
    /// let both_load = async {
    ///     gate.arrived(2).await;
    ///     gate.open();
    /// };
    /// tokio::join!(slow(3, &gate), slow(3, &gate), both_load);
    /// assert_eq!(cache.snapshot().policies[0].wait_timeouts, 1);
    /// # });
    /// ```
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.config.max_wait = wait;
        self
    }

    /// Changes what an attribute declares, by the function's name. Functions of one name in several modules are all
    /// meant.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use std::time::Duration;
    ///
    /// let cache = testing::isolate_with(|build| {
    ///     build.policy("square", |policy| policy.ttl(Duration::from_secs(5)))
    /// });
    /// square(3).await;
    /// cache.clock().advance(Duration::from_secs(5));
    /// assert!(traced(square(3)).await.1.is_miss());
    /// # });
    /// ```
    pub fn policy(
        mut self,
        name: impl Into<String>,
        change: impl FnOnce(PolicySettings) -> PolicySettings,
    ) -> Self {
        let settings = self.config.policies.entry(name.into()).or_default();
        *settings = change(PolicySettings(*settings)).0;
        self
    }

    /// Builds the cache, and connects to the server if there is one.
    ///
    /// A server that is down is not an error: the cache works without it and connects when it is back.
    ///
    /// # Errors
    /// If a setting is wrong ([`Error::is_config`]): a URL or variable that cannot be read, a password that the server
    /// refuses, a limit of zero, a policy that no linked function has. If this build can't do what the URL asks for
    /// ([`Error::is_unsupported`]).
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
        check_namespace(self.config.namespace.as_deref())?;
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

/// Reads a duration such as `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    // `humantime` panics on parts whose sum overflows, for which twelve digits are too few, and enough for any ttl.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (digits <= 12).then(|| humantime::parse_duration(text).ok())?
}

fn check_namespace(namespace: Option<&str>) -> Result<()> {
    let Some(namespace) = namespace else { return Ok(()) };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if namespace.is_empty() || !namespace.chars().all(allowed) {
        return Err(Error::config(format!(
            "`{namespace}` is not a namespace: expected letters, digits, `_`, `.` and `-`"
        )));
    }
    Ok(())
}

fn check_policies(settings: &HashMap<String, Settings>) -> Result<()> {
    let linked = policies();
    let unknown =
        settings.keys().find(|name| !linked.iter().any(|policy| policy.name == name.as_str()));
    unknown.map_or(Ok(()), |name| Err(Error::config(no_such_policy(name))))
}

fn no_such_policy(name: &str) -> String {
    let mut names: Vec<_> = policies().iter().map(|policy| format!("`{}`", policy.name)).collect();
    names.dedup();
    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    format!("no cached function is called `{name}`; linked into this program: {known}")
}

#[cfg(test)]
mod tests;
