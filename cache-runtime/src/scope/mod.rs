//! What a call inherits from the future that it runs in: bypass, refresh, trace, the load under way.
//!
//! A thread-local that the wrapping future sets for the length of each poll: it works on every executor and
//! costs a hit one load. Tasks spawned inside do not inherit it.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use crate::key::Tag;
use crate::outcome::{Outcome, Reason};
use crate::token::Token;

pub(crate) use written::{CacheId, Standing, Written};

mod written;

const BYPASS: u8 = 1;
const REFRESH: u8 = 2;
const TRACED: u8 = 4;
const WRITING: u8 = 8;
const TRANSACTION: u8 = 16;
const WATCHED: u8 = 32;

thread_local! {
    static FLAGS: Cell<u8> = const { Cell::new(0) };
    static FLIGHT: Cell<Option<Token>> = const { Cell::new(None) };
    static SEEN: Cell<Outcome> = const { Cell::new(Outcome::NONE) };
    static WATCH: Cell<Watch> = const { Cell::new(Watch::on(0)) };
    /// What the writes around the call have touched, the innermost last.
    static WRITTEN: RefCell<Vec<Arc<Written>>> = const { RefCell::new(Vec::new()) };
}

/// How a call is to treat the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Normal,
    Bypass,
    Refresh,
}

/// Tells whether any scope is in force; a hit asks nothing else.
#[inline]
pub(crate) fn any() -> bool {
    FLAGS.get() != 0
}

pub(crate) fn mode() -> Mode {
    match FLAGS.get() {
        flags if flags & BYPASS != 0 => Mode::Bypass,
        flags if flags & REFRESH != 0 => Mode::Refresh,
        _ => Mode::Normal,
    }
}

/// Tells whether the call runs inside of a transaction, where nothing is stored: it may see what is not committed.
pub(crate) fn in_transaction() -> bool {
    FLAGS.get() & TRANSACTION != 0
}

/// How an entry stands to what the writes around the call have touched.
pub(crate) fn standing(cache: CacheId, key: &[u8]) -> Standing {
    if FLAGS.get() & WRITING == 0 {
        return Standing::Untouched;
    }
    let standing = WRITTEN.try_with(|written| {
        let written = written.borrow();
        written.iter().map(|written| written.standing(cache, key)).max()
    });
    standing.ok().flatten().unwrap_or(Standing::Untouched)
}

/// Tells whether the writes around the call have touched one of the tags.
pub(crate) fn has_written(cache: CacheId, tags: &[Tag]) -> bool {
    let has = |written: &RefCell<Vec<Arc<Written>>>| {
        written.borrow().iter().any(|written| written.has(cache, tags))
    };
    FLAGS.get() & WRITING != 0 && WRITTEN.try_with(has).unwrap_or(false)
}

/// Tells whether a call may have a task of its own for its load: what it inherits from around it would be missing there.
pub(crate) fn may_leave() -> bool {
    FLAGS.get() & !(TRACED | WATCHED) == 0
}

/// Tells whether the outcomes of calls are looked at.
pub(crate) fn is_traced() -> bool {
    FLAGS.get() & TRACED != 0
}

/// Adds the outcome of calls that were made in another task.
pub(crate) fn merge(outcome: Outcome) {
    if is_traced() {
        SEEN.set(SEEN.get().worse(outcome));
    }
}

/// Adds a call's outcome to the trace, if there is one.
pub(crate) fn record(reason: Reason) {
    let outcome = Outcome::of(reason);
    merge(outcome);
    if FLAGS.get() & WATCHED != 0 {
        let watch = WATCH.get();
        WATCH.set(Watch { outcome: watch.outcome.worse(outcome), ..watch });
    }
}

/// Says which cache a call looks into, for whoever watches it.
pub(crate) fn looks_into(cache: CacheId) {
    if FLAGS.get() & WATCHED != 0 {
        let watch = WATCH.get();
        WATCH.set(Watch { elsewhere: watch.elsewhere || cache != watch.cache, ..watch });
    }
}

/// A trace of the cached calls that a future makes itself: those that are made inside of their loads are left out, so
/// that a load which copes with an error of another counts as one that has not failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    cache: CacheId,
    /// What became of the calls; the one farthest from a hit.
    pub(crate) outcome: Outcome,
    /// A function looked into another cache.
    pub(crate) elsewhere: bool,
}

impl Watch {
    /// Begins a trace of calls that are expected to look into this cache.
    pub(crate) const fn on(cache: CacheId) -> Self {
        Self { cache, outcome: Outcome::NONE, elsewhere: false }
    }

    /// Runs one poll of the future.
    pub(crate) fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let _restore = Restore::flags(FLAGS.get() | WATCHED);
        let around = WATCH.replace(*self);
        let _watching = Watching { around, watch: self };
        poll()
    }
}

/// The load whose body is being polled on this thread.
pub(crate) fn flight() -> Option<Token> {
    FLIGHT.get()
}

/// Runs a future with the cache left aside: its cached calls look nothing up and store nothing.
///
/// Invalidations inside still take effect. Tasks that the future spawns are not covered.
///
/// ```
/// # use cache_runtime::{bypass, cached};
/// #[cached(key = "now:<zone>", ttl = "1h")]
/// async fn now(zone: u8) -> std::time::SystemTime {
///     std::time::SystemTime::now()
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # let _cache = cache_runtime::testing::isolate();
/// let cached = now(1).await;
/// assert_eq!(now(1).await, cached);
/// assert_ne!(bypass(now(1)).await, cached);
/// # });
/// ```
#[doc(alias("no-cache", "skip"))]
pub async fn bypass<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(move |context| {
        let _restore = Restore::flags((FLAGS.get() & !REFRESH) | BYPASS);
        future.as_mut().poll(context)
    })
    .await
}

/// Runs a future whose cached calls load afresh and store what they loaded.
///
/// Other callers keep the old value until the new one is there. A load that was under way before is not
/// joined. If the load fails, the old value stays.
///
/// ```
/// # use cache_runtime::{cached, refresh};
/// #[cached(key = "now:<zone>", ttl = "1h")]
/// async fn now(zone: u8) -> std::time::SystemTime {
///     std::time::SystemTime::now()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let _cache = cache_runtime::testing::isolate();
/// let old = now(1).await;
/// let new = refresh(now(1)).await;
/// assert_ne!(new, old);
/// assert_eq!(now(1).await, new);
/// # });
/// ```
#[doc(alias("force", "reload", "revalidate"))]
pub async fn refresh<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(move |context| {
        let _restore = Restore::flags((FLAGS.get() & !BYPASS) | REFRESH);
        future.as_mut().poll(context)
    })
    .await
}

/// Runs a future and tells what became of its cached calls.
///
/// Scopes nest: an outer one sees the calls of the inner one too.
///
/// ```
/// # use cache_runtime::{cached, traced};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let _cache = cache_runtime::testing::isolate();
/// let (nine, outcome) = traced(square(3)).await;
/// assert_eq!((nine, outcome.reason()), (9, "loaded and stored"));
/// assert!(traced(square(3)).await.1.is_hit());
/// # });
/// ```
#[doc(alias = "x-cache")]
pub async fn traced<F: Future>(future: F) -> (F::Output, Outcome) {
    let mut future = pin!(future);
    let mut seen = Outcome::NONE;
    let output = poll_fn(|context| {
        let outer = SEEN.replace(seen);
        let _restore = Restore::flags(FLAGS.get() | TRACED);
        let _merge = Merge { outer, seen: &mut seen };
        future.as_mut().poll(context)
    })
    .await;
    (output, seen)
}

/// Makes the calls inside of a load's body known as that load's, until the guard is dropped.
pub(crate) fn loading(flight: Token) -> impl Drop + use<> {
    let flags = FLAGS.get();
    FLAGS.set(flags & !WATCHED);
    Restore { flags, flight: FLIGHT.replace(Some(flight)) }
}

/// Lets calls know what the write that they run inside of has touched, until the guard is dropped.
pub(crate) fn writing(written: &Arc<Written>) -> impl Drop + use<> {
    within(written, WRITING)
}

/// The same inside of a transaction.
pub(crate) fn transaction(written: &Arc<Written>) -> impl Drop + use<> {
    within(written, WRITING | TRANSACTION)
}

fn within(written: &Arc<Written>, flags: u8) -> Within {
    let flags = Restore::flags(FLAGS.get() | flags);
    // In vain on a thread that ends and has no such list any more.
    let _ = WRITTEN.try_with(|around| around.borrow_mut().push(Arc::clone(written)));
    Within { _flags: flags }
}

/// Takes the innermost write away again.
struct Within {
    _flags: Restore,
}

impl Drop for Within {
    fn drop(&mut self) {
        // Dropped out here: the last reference may be this one.
        let _innermost = WRITTEN.try_with(|around| around.borrow_mut().pop());
    }
}

/// Puts the thread's scope back when a poll ends, also by a panic.
struct Restore {
    flags: u8,
    flight: Option<Token>,
}

impl Restore {
    fn flags(flags: u8) -> Self {
        Self { flags: FLAGS.replace(flags), flight: FLIGHT.get() }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        FLAGS.set(self.flags);
        FLIGHT.set(self.flight);
    }
}

/// Takes what a traced poll saw, and passes it on to the scope around.
struct Merge<'a> {
    outer: Outcome,
    seen: &'a mut Outcome,
}

impl Drop for Merge<'_> {
    fn drop(&mut self) {
        *self.seen = SEEN.get();
        SEEN.set(self.outer.worse(*self.seen));
    }
}

/// Takes what a watched poll saw.
struct Watching<'a> {
    around: Watch,
    watch: &'a mut Watch,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        *self.watch = WATCH.replace(self.around);
    }
}
