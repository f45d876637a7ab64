//! A cache's settings, one by one.

use std::sync::Arc;
use std::time::Duration;

use super::cache_builder::CacheBuilder;
use super::policy_settings::PolicySettings;
use crate::store::Store;
use crate::tiers::Coherence;

impl CacheBuilder {
    /// Sets where the cache is kept. Default: `memory://`, the memory of this process.
    ///
    /// With the feature `redis`, `redis://[user:password@]host[:port][/db]` or `valkey://…` is a server that all
    /// processes with this URL and [`namespace`](Self::namespace) share; each keeps copies of its own in front of it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// assert!(Cache::builder().url("memory://").build().await?.health().remote.is_none());
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
    /// let health = build.build().await?.health();
    /// assert!(health.to_string().contains("not answered in time"), "{health}");
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.remote.connect_timeout = timeout;
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
        self.remote.response_timeout = timeout;
        self
    }

    /// Sets how large a value in the remote tier may be, in bytes. A larger one is not stored there, and counted.
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
        self.remote.max_value = bytes;
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
    #[doc(alias = "fallback")]
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
    /// assert!(cache.health().remote.is_none(), "in memory it makes no difference");
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
    #[doc(alias("capacity", "eviction", "lru"))]
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.max_entries = Some(entries);
        self
    }

    /// Sets how many bytes the local tier holds: keys, values and 240 bytes for each entry. Both this and
    /// [`max_entries`](Self::max_entries) hold, so give it too if there may be more than 100,000. Default: 256 MiB.
    ///
    /// A value counts with what its parts take in memory, as far as serde shows them; nothing is encoded for that. Under
    /// `tier = "local"` it counts with the size of its type, and texts and bytes with their length too; what other types
    /// point to is not known, so give `max_entries` for large ones.
    ///
    /// The tier is cut up, so that many threads can use it: into parts of 16 MiB or more, and one part below 32 MiB. A value
    /// that takes more than 96 % of a part is not stored; it is counted, and a warning names the limit.
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
    /// assert!(cache.snapshot().entries <= 10_000 / 240);
    /// # });
    /// ```
    #[doc(alias("capacity", "eviction", "memory"))]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.config.limits.bytes = Some(bytes);
        self
    }

    /// Sets how long a call waits at most for loads of the same key that are under way, all its waits together, before it
    /// loads for itself.
    /// Default: 3 s. It is a limit and not the time itself: a policy whose loads are quick waits four times its usual load
    /// time, at least 250 ms, however high this is.
    ///
    /// Loads that take longer are stored all the same: of the load under way and those beside it, the first that ends. Until
    /// then every call whose time is up is one more load. If that is the usual case it is a trouble of the policy
    /// ([`Trouble::LoadTooLong`](crate::Trouble::LoadTooLong)): set this above what a load takes.
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
    #[doc(alias("coalescing", "dogpile", "single-flight", "stampede"))]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.config.max_wait = wait;
        self
    }

    /// Changes what an attribute declares, by the function's name: `get`, or `users::get` where several modules have one of
    /// that name. `build` refuses a name that no function or more than one has; methods of one name in one module have
    /// one path, and are all meant. [`testing::isolate_with`](crate::testing) checks no names.
    ///
    /// What is set for one function several times, under whichever of its names, adds up, and of two ttls the later counts:
    /// what is set in code wins over the environment.
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
        let settings = change(PolicySettings::default()).0;
        self.config.policies.push((name.into(), settings));
        self
    }
}
