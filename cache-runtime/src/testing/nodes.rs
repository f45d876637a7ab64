//! Nodes: the processes of a fleet, in one test.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::faulty::FaultyStore;
use super::scoped::scoped;
use crate::builder::CacheBuilder;
use crate::cache::{Cache, Config};
use crate::clock::{Clock, ManualClock};
use crate::declared::isolate::Isolated;
use crate::store::{InMemory, Store};

/// What the store of nodes holds: more than a test puts there.
const ENTRIES: u64 = 100_000;

/// More than a busy machine needs for an answer from memory.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes caches on one store and one manual clock: each stands for a process that shares a server with the others.
///
/// There are as many as the caller takes. The store reports every change to each of them, as a server does, so they keep
/// copies. A call runs in the node in whose [`scope`](Node::scope) it is, and in no other: one outside of all scopes panics.
///
/// The store ends a value up to a tenth before its ttl, at random, as a server does: a test looks before nine tenths of it,
/// and after all of it. A ttl that is computed by a closure is exact. How long a call waits, for the store
/// ([`response_timeout`](CacheBuilder::response_timeout)) or another's load ([`max_wait`](CacheBuilder::max_wait)), is real
/// time, and so is the second after which a write that has failed invalidates once more.
///
/// ```
/// # use cache_runtime::{cached, invalidates, testing, traced};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// #[invalidates(square(n))]
/// async fn change(n: u64) -> Result<(), String> {
///     Ok(()) // the update
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::time::Duration;
///
/// let [one, two] = testing::nodes();
/// assert!(one.scope(traced(square(3))).await.1.is_miss());
/// assert!(two.scope(traced(square(3))).await.1.is_hit());
///
/// two.scope(change(3)).await.unwrap();
/// assert!(one.scope(traced(square(3))).await.1.is_miss());
///
/// one.clock().advance(Duration::from_secs(60));
/// assert!(two.scope(traced(square(3))).await.1.is_miss());
/// # });
/// ```
#[must_use]
#[track_caller]
#[doc(alias("cluster", "fleet", "process"))]
pub fn nodes<const N: usize>() -> [Node; N] {
    nodes_with(|builder| builder)
}

/// As [`nodes`], with each cache built as given, on the common store and clock. Unless said otherwise a request may take 5
/// seconds, so that no test depends on how fast the machine is.
///
/// # Panics
/// If a setting is wrong: with what [`build`](CacheBuilder::build) says of it.
///
/// ```
/// # use cache_runtime::{cached, testing, traced};
/// #[cached(key = "negated:<n>", ttl = "1m")]
/// async fn negated(n: i64) -> i64 {
///     -n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let [node] = testing::nodes_with(|build| build.policy("negated", |policy| policy.off()));
/// assert!(node.scope(traced(negated(3))).await.1.is_bypass());
/// # });
/// ```
#[must_use]
#[track_caller]
pub fn nodes_with<const N: usize>(build: impl Fn(CacheBuilder) -> CacheBuilder) -> [Node; N] {
    let clock = ManualClock::new();
    let store = Arc::new(InMemory::with_clock(ENTRIES, clock.clone()));
    // Not by `map`, whose closure would be the caller that a panic names.
    let mut nodes = Vec::with_capacity(N);
    for _ in 0..N {
        let builder = build(Cache::builder().response_timeout(PATIENCE)).clock(clock.clone());
        let own = FaultyStore::new(store.clone());
        match builder.build_on(&(Arc::new(own.clone()) as Arc<dyn Store>)) {
            Ok(cache) => nodes.push(Node::new(cache, own, clock.clone())),
            Err(error) => panic!("a node cannot be built: {error}"),
        }
    }
    nodes.try_into().unwrap_or_else(|_| unreachable!("as many as were asked for"))
}

/// One of several caches on one store: a process of a fleet; see [`nodes`].
pub struct Node {
    cache: Cache,
    store: FaultyStore,
    clock: ManualClock,
    isolated: Isolated,
}

impl Node {
    fn new(cache: Cache, store: FaultyStore, clock: ManualClock) -> Self {
        let config = Config { clock: Clock::Manual(clock.clone()), ..Config::default() };
        let isolated = Isolated::around(config, cache.clone());
        Self { cache, store, clock, isolated }
    }

    /// The clock that all nodes of the test and their store read.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// This node's own way to the common store: a fault that is injected here concerns no other node.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use cache_runtime::testing::Injection;
    ///
    /// let [one, two] = testing::nodes();
    /// one.store().inject(Injection::Fail);
    /// assert_eq!(one.scope(square(3)).await, 9);
    /// assert_eq!(two.scope(square(3)).await, 9);
    /// assert!(one.store().requests().total() > 0 && !one.health().is_healthy());
    /// assert!(two.health().is_healthy());
    /// # });
    /// ```
    #[must_use]
    pub fn store(&self) -> &FaultyStore {
        &self.store
    }

    /// Runs a future in this node, whichever thread polls or drops it.
    pub fn scope<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        scoped(&self.isolated, future)
    }
}

impl Deref for Node {
    type Target = Cache;

    fn deref(&self) -> &Cache {
        &self.cache
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("cache", &self.cache).finish_non_exhaustive()
    }
}
