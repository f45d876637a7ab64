//! Caches for tests: isolated from each other, on a clock that stands still.
//!
//! With the feature `testing` on, a cached function that is called while no cache is installed and none is isolated
//! panics with that advice: tests that share a cache by accident fail in ways that depend on their order.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::time::Duration;
//! use cache_runtime::{cached, testing};
//!
//! #[cached(key = "square:<n>", ttl = "1m")]
//! async fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! let cache = testing::isolate();
//! square(3).await;
//! square(3).await;
//! assert_eq!(cache.snapshot().policies[0].hits, 1);
//!
//! cache.clock().advance(Duration::from_secs(60));
//! square(3).await;
//! assert_eq!(cache.snapshot().policies[0].loads, 2);
//! # });
//! ```
//!
//! # Several processes in one test
//!
//! Caches on one store stand for processes that share a server. Each is put in place by [`isolate_on`], and a call runs
//! in the one whose [`scope`](IsolatedCache::scope) it is in. On a real server give both one URL and a
//! [namespace](crate::CacheBuilder::namespace) that no other test has, and wait for [`ready`](crate::Cache::ready).
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use cache_runtime::store::InMemory;
//! use cache_runtime::{Cache, cached, invalidates, testing, traced};
//!
//! #[cached(key = "square:<n>", ttl = "1m")]
//! async fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! #[invalidates(square(n))]
//! async fn change(n: u64) -> Result<(), String> {
//!     Ok(()) // the update
//! }
//!
//! let store = Arc::new(InMemory::new(1_000)); // or `.url("redis://…")` below
//! let mut nodes = Vec::new();
//! for _ in 0..2 {
//!     let cache = Cache::builder().store(store.clone()).build().await?;
//!     cache.ready(Duration::from_secs(5)).await?;
//!     nodes.push(testing::isolate_on(cache));
//! }
//! let [one, two] = &nodes[..] else { unreachable!() };
//!
//! assert!(one.scope(traced(square(3))).await.1.is_miss());
//! assert!(two.scope(traced(square(3))).await.1.is_hit(), "it is in the remote tier");
//! two.scope(change(3)).await.unwrap();
//! assert!(one.scope(traced(square(3))).await.1.is_miss());
//! # Ok::<(), cache_runtime::Error>(())
//! # }).unwrap();
//! ```

use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::{Semaphore, watch};

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
    let clock = ManualClock::new();
    let mut config = build(Cache::builder()).into_config();
    config.clock = Clock::Manual(clock.clone());
    enter(Isolated::new(config), clock)
}

/// As [`isolate`], with a cache that was built by the test in place of that of functions that name no slot: one on a real
/// server, or on a store that fails. It keeps the clock that it has, the system's.
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
    let clock = ManualClock::new();
    let config = Config { clock: Clock::Manual(clock.clone()), ..Config::default() };
    enter(Isolated::around(config, cache), clock)
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
    /// The clock that all caches of this test read, but for the one that was given to [`isolate_on`].
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
        let mut scoped = Scoped { isolated: self.isolated.clone(), future: Some(Box::pin(future)) };
        std::future::poll_fn(move |context| scoped.poll(context))
    }
}

/// A future that runs, and ends, with a test's caches in place: a write that is cancelled invalidates as it is dropped.
struct Scoped<F> {
    isolated: Isolated,
    /// There until the drop.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> Scoped<F> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = self.isolated.enter();
        self.future.as_mut().map_or(Poll::Pending, |future| future.as_mut().poll(context))
    }
}

impl<F> Drop for Scoped<F> {
    fn drop(&mut self) {
        let _entered = self.isolated.enter();
        self.future = None;
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

/// A gate for loaders: the test sees how many loads have arrived, and lets them go on.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use cache_runtime::testing::Gate;
///
/// let gate = Gate::new();
/// let load = async {
///     gate.pass().await;
///     7
/// };
/// let test = async {
///     gate.arrived(1).await;
///     gate.open();
/// };
/// assert_eq!(tokio::join!(load, test).0, 7);
/// # });
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "barrier")]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    arrived: watch::Sender<usize>,
    passes: Semaphore,
}

impl Gate {
    /// Makes a closed gate.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a gate is closed or open; `default` would not say which"
    )]
    pub fn new() -> Self {
        Self(Arc::new(Shared { arrived: watch::Sender::new(0), passes: Semaphore::new(0) }))
    }

    /// Arrives at the gate, and waits until it opens. Called by the loader.
    pub async fn pass(&self) {
        self.0.arrived.send_modify(|arrived| *arrived += 1);
        if let Ok(pass) = self.0.passes.acquire().await {
            pass.forget();
        }
    }

    /// Waits until so many loads have arrived since the gate was made.
    pub async fn arrived(&self, loads: usize) {
        let mut arrived = self.0.arrived.subscribe();
        // Fails only if the sender is gone, which this gate holds.
        let _ = arrived.wait_for(|arrived| *arrived >= loads).await;
    }

    /// The number of loads that have arrived since the gate was made.
    #[must_use]
    pub fn arrivals(&self) -> usize {
        *self.0.arrived.borrow()
    }

    /// Lets one load through: the next in line, or the next to arrive.
    pub fn let_one_through(&self) {
        self.0.passes.add_permits(1);
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.0.passes.close();
    }
}
