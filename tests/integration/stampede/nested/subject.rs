//! Functions that call each other through a cache, so that one scenario runs on a naive cache and on ours.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Ambient, CacheSlot, cached};

/// Counts down, so that circles of calls end; and lets several callers into a circle before any goes on.
#[derive(Clone, Debug)]
pub(super) struct Depth(Arc<AtomicUsize>, pub(super) Gate);

impl Ambient for Depth {}

impl Depth {
    pub(super) fn new(calls: usize) -> Self {
        let depth = Self::closed(calls);
        depth.1.open();
        depth
    }

    pub(super) fn closed(calls: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(calls)), Gate::new())
    }

    /// False once all calls are spent.
    pub(super) async fn take(&self) -> bool {
        self.1.pass().await;
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |calls| calls.checked_sub(1))
            .is_ok()
    }
}

/// An error that cannot be shared: who waited for it loads.
#[derive(Debug)]
pub(super) struct Down;

/// Whose turn it is in the load of `inner` and in that of `outer`.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    inner: Arc<AtomicUsize>,
    outer: Arc<AtomicUsize>,
    /// Where the load of `inner` that fails waits.
    pub(super) gate: Gate,
}

impl Ambient for Turns {}

impl Turns {
    pub(super) fn new() -> Self {
        Self { inner: Arc::default(), outer: Arc::default(), gate: Gate::new() }
    }

    pub(super) async fn fail_once(&self) -> Result<(), Down> {
        if self.inner.fetch_add(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        self.gate.pass().await;
        Err(Down)
    }

    pub(super) fn is_first_of_outer(&self) -> bool {
        self.outer.fetch_add(1, Ordering::SeqCst) == 0
    }
}

/// The functions that call each other until the depth is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Function {
    Itself,
    Ping,
    Pong,
}

impl Function {
    /// The one that it calls.
    pub(super) fn callee(self) -> Self {
        match self {
            Self::Itself => Self::Itself,
            Self::Ping => Self::Pong,
            Self::Pong => Self::Ping,
        }
    }
}

pub(super) type Call<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A cache through which functions call each other.
pub(super) trait Subject: Clone + Send + Sync + 'static {
    fn new() -> Self;
    /// Calls another function, while the depth allows it.
    fn call<'a>(&'a self, function: Function, depth: &'a Depth, id: u64) -> Call<'a, u64>;
    /// Fails once; after that it calls `outer`.
    fn inner<'a>(&'a self, turns: &'a Turns) -> Call<'a, Result<u64, Down>>;
    /// Calls `inner` once; after that it has no need to.
    fn outer<'a>(&'a self, turns: &'a Turns) -> Call<'a, u64>;
}

static OTHER: CacheSlot = CacheSlot::new("other");

#[cached(key = "itself:<id>", ttl = "1h")]
async fn itself(depth: &Depth, id: u64) -> u64 {
    if depth.take().await { itself(depth, id).await } else { 7 }
}

#[cached(key = "ping:<id>", ttl = "1h")]
async fn ping(depth: &Depth, id: u64) -> u64 {
    if depth.take().await { pong(depth, id).await } else { 7 }
}

#[cached(key = "pong:<id>", ttl = "1h", cache = OTHER)]
async fn pong(depth: &Depth, id: u64) -> u64 {
    if depth.take().await { ping(depth, id).await } else { 7 }
}

#[cached(key = "inner", ttl = "1h")]
async fn inner(turns: &Turns) -> Result<u64, Down> {
    turns.fail_once().await?;
    Ok(outer(turns).await)
}

#[cached(key = "outer", ttl = "1h")]
async fn outer(turns: &Turns) -> u64 {
    if turns.is_first_of_outer() { inner(turns).await.unwrap_or_default() } else { 7 }
}

/// The library, through annotated functions.
#[derive(Clone, Debug)]
pub(super) struct Ours(pub(super) Arc<IsolatedCache>);

impl Subject for Ours {
    fn new() -> Self {
        // Its waits are long, so that one that should not be is seen.
        let patient = testing::isolate_with(|builder| builder.max_wait(Duration::from_mins(1)));
        Self(Arc::new(patient))
    }

    fn call<'a>(&'a self, function: Function, depth: &'a Depth, id: u64) -> Call<'a, u64> {
        match function {
            Function::Itself => Box::pin(self.0.scope(itself(depth, id))),
            Function::Ping => Box::pin(self.0.scope(ping(depth, id))),
            Function::Pong => Box::pin(self.0.scope(pong(depth, id))),
        }
    }

    fn inner<'a>(&'a self, turns: &'a Turns) -> Call<'a, Result<u64, Down>> {
        Box::pin(self.0.scope(inner(turns)))
    }

    fn outer<'a>(&'a self, turns: &'a Turns) -> Call<'a, u64> {
        Box::pin(self.0.scope(outer(turns)))
    }
}
