//! Caches that one test has to itself.

use std::ops::Deref;

use super::scoped::scoped;
use crate::builder::CacheBuilder;
use crate::cache::{Cache, Config};
use crate::clock::{Clock, ManualClock};
use crate::declared::isolate::{Entered, Isolated};

/// Gives the current thread caches of its own, until the guard is dropped.
///
/// Every slot has one, all empty, in memory, on one manual clock. The guard stands for the cache of functions that
/// name no slot. Tasks on other threads (a multi-threaded runtime's) do not see it unless they run in
/// [`scope`](IsolatedCache::scope).
///
/// ```
/// # use cache_runtime::{cached, testing, traced};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let _cache = testing::isolate();
/// assert!(traced(square(3)).await.1.is_miss());
///
/// let _another = testing::isolate();
/// assert!(traced(square(3)).await.1.is_miss());
/// # });
/// ```
#[must_use = "the cache is in place until the guard is dropped"]
pub fn isolate() -> IsolatedCache {
    isolate_with(|builder| builder)
}

/// As [`isolate`], with caches built as given. A URL that is not `memory://` is left aside.
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
#[must_use = "the cache is in place until the guard is dropped"]
pub fn isolate_with(build: impl FnOnce(CacheBuilder) -> CacheBuilder) -> IsolatedCache {
    let mut config = build(Cache::builder()).into_config();
    let clock = manual(&config.clock);
    config.clock = Clock::Manual(clock.clone());
    enter(Isolated::new(config), clock)
}

/// As [`isolate`], with a cache that was built by the test in place of that of functions that name no slot: one on a real
/// server, or on a store of the test's own. It keeps the clock that it was [built with](CacheBuilder::clock), and if that is
/// a manual one all caches of the test are on it.
///
/// ```
/// # use cache_runtime::{Cache, cached, testing};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::Arc;
///
/// use cache_runtime::store::InMemory;
///
/// let shared = Cache::builder().store(Arc::new(InMemory::new(100))).build().await?;
/// let cache = testing::isolate_on(shared);
/// square(3).await;
/// assert_eq!(square(3).await, 9);
/// assert_eq!(cache.snapshot().policies[0].remote_hits, 1);
/// # Ok::<(), cache_runtime::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "the cache is in place until the guard is dropped"]
pub fn isolate_on(cache: Cache) -> IsolatedCache {
    let clock = manual(cache.clock());
    let config = Config { clock: Clock::Manual(clock.clone()), ..Config::default() };
    enter(Isolated::around(config, cache), clock)
}

/// The test's clock: that of its cache, if a test can move it.
fn manual(clock: &Clock) -> ManualClock {
    match clock {
        Clock::System => ManualClock::new(),
        Clock::Manual(clock) => clock.clone(),
    }
}

fn enter(isolated: Isolated, clock: ManualClock) -> IsolatedCache {
    IsolatedCache { cache: isolated.default_cache(), clock, _entered: isolated.enter(), isolated }
}

/// A test's own cache; see [`isolate`].
pub struct IsolatedCache {
    cache: Cache,
    clock: ManualClock,
    isolated: Isolated,
    _entered: Entered,
}

impl IsolatedCache {
    /// The clock that all caches of this test read, but for one that was given to [`isolate_on`] with the system's.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Runs a future with this test's caches in place, whichever thread polls or drops it.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// let call = cache.scope(traced(square(3)));
    /// let elsewhere = std::thread::spawn(|| {
    ///     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(call)
    /// });
    /// assert!(elsewhere.join().unwrap().1.is_hit());
    /// # });
    /// ```
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        scoped(&self.isolated, future)
    }
}

impl Deref for IsolatedCache {
    type Target = Cache;

    fn deref(&self) -> &Cache {
        &self.cache
    }
}

impl std::fmt::Debug for IsolatedCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IsolatedCache").field("cache", &self.cache).finish_non_exhaustive()
    }
}
