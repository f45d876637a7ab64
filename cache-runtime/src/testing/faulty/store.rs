//! A store in front of another, which fails as it is told to.

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::faults::Faults;
use super::injection::{Injection, Lie, Operation};
use super::lies::Past;
use super::line::{Line, State};
use super::requests::Requests;
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::store::{Health, Store};

/// A store that passes everything on to another until a fault is injected; clones are the same store.
///
/// It stands for one process's connection to a store that others may share: give each cache one of its own.
/// [`nodes`](super::super::nodes) have theirs: [`Node::store`](super::super::Node::store). A fault lasts until another one is
/// injected in its place, or the store [heals](Self::heal).
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
///
/// use cache_runtime::store::InMemory;
/// use cache_runtime::testing::{FaultyStore, Injection, Operation};
///
/// let store = FaultyStore::new(Arc::new(InMemory::new(1_000)));
/// let cache = Cache::builder().store(Arc::new(store.clone())).build().await?;
/// let _cache = testing::isolate_on(cache);
///
/// store.inject_on(Operation::Read, Injection::Fail);
/// assert_eq!(square(3).await, 9, "as without a cache");
/// assert_eq!(store.requests().reads, 1);
///
/// store.heal();
/// square(3).await;
/// assert!(traced(square(3)).await.1.is_hit());
/// # Ok::<(), cache_runtime::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[doc(alias("chaos", "fault injection", "mock store"))]
pub struct FaultyStore(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) store: Arc<dyn Store>,
    pub(super) line: Arc<Line>,
    pub(super) past: Past,
    faults: Mutex<Faults>,
    /// Tells those who hang that something has changed.
    changed: watch::Sender<()>,
}

impl FaultyStore {
    /// Makes a store in front of another, without a fault.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(Arc::new(Inner {
            store,
            line: Arc::default(),
            past: Past::default(),
            faults: Mutex::default(),
            changed: watch::Sender::new(()),
        }))
    }

    /// Injects a fault into all operations from now on.
    pub fn inject(&self, injection: Injection) {
        self.inject_into(&Operation::ALL, injection);
    }

    /// Injects a fault into operations of one kind from now on. Those of the others have the faults that they had.
    pub fn inject_on(&self, operation: Operation, injection: Injection) {
        self.inject_into(&[operation], injection);
    }

    fn inject_into(&self, operations: &[Operation], injection: Injection) {
        self.0.faults.lock().inject(operations, injection);
        self.0.changed.send_replace(());
    }

    /// Ends every fault: injections, a lost connection, lost reports. What was dropped meanwhile is not made up for; whoever
    /// knows of the loss is told that it is over.
    pub fn heal(&self) {
        let mut faults = self.0.faults.lock();
        faults.injected.clear();
        faults.disconnected = false;
        drop(faults);
        self.0.changed.send_replace(());
        self.0.line.set(State::Up);
    }

    /// Loses the connection: operations fail at once, the store is known to be away, and so it is known that changes are not
    /// reported. Ends with [`heal`](Self::heal).
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let [node] = testing::nodes();
    /// node.store().disconnect();
    /// assert_eq!(node.scope(square(3)).await, 9, "as without a cache");
    /// assert!(!node.health().is_healthy());
    ///
    /// node.store().heal();
    /// node.scope(square(3)).await;
    /// assert!(node.scope(traced(square(3))).await.1.is_hit());
    /// # });
    /// ```
    pub fn disconnect(&self) {
        let mut faults = self.0.faults.lock();
        if !std::mem::replace(&mut faults.disconnected, true) {
            faults.losses += 1;
        }
        drop(faults);
        self.0.changed.send_replace(());
        self.0.line.set(State::Down);
    }

    /// Drops reports of changes, and nobody knows: what a [`Watch`](crate::store::Watch) is not told. Copies are served to the
    /// end of their `local_ttl` then. Ends with [`heal`](Self::heal).
    ///
    /// ```
    /// # use cache_runtime::{cached, invalidates, testing};
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
    /// let [one, two] = testing::nodes();
    /// one.scope(square(3)).await;
    /// two.scope(square(3)).await; // copies it
    /// two.store().drop_reports();
    /// one.scope(change(3)).await.unwrap();
    /// two.scope(testing::assert_hit(square(3))).await; // nobody has told it
    /// # });
    /// ```
    pub fn drop_reports(&self) {
        self.0.line.set(State::Dropping);
    }

    /// Loses the reports of changes, and it is known ([`Watch::lost`](crate::store::Watch::lost)): no copies are kept.
    /// Operations are answered. Ends with [`heal`](Self::heal), from which on changes are reported again
    /// ([`Watch::restored`](crate::store::Watch::restored)).
    ///
    /// ```
    /// # use cache_runtime::{cached, invalidates, testing};
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
    /// let [one, two] = testing::nodes();
    /// one.scope(square(3)).await;
    /// two.scope(square(3)).await; // copies it
    /// two.store().lose_tracking();
    /// one.scope(change(3)).await.unwrap();
    /// two.scope(testing::assert_miss(square(3))).await; // it has asked the store
    /// # });
    /// ```
    pub fn lose_tracking(&self) {
        self.0.line.set(State::Down);
    }

    /// How many operations it was asked for since it was made, or its count was [reset](Self::reset_requests).
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let [node] = testing::nodes();
    /// node.scope(square(3)).await;
    /// node.store().reset_requests();
    /// node.scope(square(3)).await; // from the store
    /// node.scope(square(3)).await; // from the copy
    /// assert_eq!(node.store().requests().total(), 1);
    /// # });
    /// ```
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.0.faults.lock().requests
    }

    /// Begins to count operations anew.
    pub fn reset_requests(&self) {
        self.0.faults.lock().requests = Requests::default();
    }

    /// Makes an operation, with what is injected into those of its kind.
    pub(super) async fn run<T>(
        &self,
        operation: Operation,
        request: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        // Before the look at what is injected, so that no change of that is missed.
        let mut changed = self.0.changed.subscribe();
        let next = self.0.faults.lock().next(operation)?;
        match next {
            None | Some(Injection::Lie(_)) => request.await,
            Some(Injection::Fail | Injection::FailSometimes { .. }) => Err(told_to("fail")),
            Some(Injection::LoseAnswers) => {
                request.await?;
                Err(told_to("lose its answers"))
            }
            Some(Injection::Delay(time)) => {
                let answer = request.await;
                tokio::time::sleep(time).await;
                answer
            }
            Some(Injection::HoldRequests(gate)) => {
                gate.pass().await;
                request.await
            }
            Some(Injection::HoldAnswers(gate)) => {
                let answer = request.await;
                gate.pass().await;
                answer
            }
            Some(Injection::Hang) => {
                // Fails only if the sender is gone, which this store holds.
                let _ = changed.changed().await;
                Err(told_to("hang"))
            }
        }
    }

    /// The lie that a store tells of the values that it finds now.
    pub(super) fn lie(&self, operation: Operation) -> Option<Lie> {
        match self.0.faults.lock().on(operation)?.injection {
            Injection::Lie(lie) => Some(lie),
            _ => None,
        }
    }

    /// The health of the store behind it, and of the way to that.
    pub(super) fn reach(&self) -> Health {
        let Health { reachable, tracking, losses, timeouts, fault } = self.0.store.health();
        let faults = self.0.faults.lock();
        Health {
            reachable: reachable && !faults.disconnected,
            tracking: tracking && self.0.line.is_up(),
            losses: losses + faults.losses,
            timeouts,
            fault: if faults.disconnected { Some(Fault::Lost) } else { fault },
        }
    }
}

fn told_to(fail: &str) -> Error {
    Error::unavailable(format!("the test has told the store to {fail}"))
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore")
            .field("health", &self.reach())
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}
