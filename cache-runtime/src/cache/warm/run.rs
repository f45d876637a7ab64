//! The warm: calls a cached function for many ids, so many at a time, and reports.

use std::collections::BTreeSet;
use std::fmt;
use std::iter::Fuse;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::call::{Ended, Watched};
use super::observers::{OnError, Progress};
use super::report::Warmed;
use crate::cache::Cache;
use crate::clock::Millis;

/// How many ids are under way at the same time, unless it is said.
const CONCURRENCY: usize = 16;
/// How many ids one poll finishes at most: entries that are there already are found without waiting, and other tasks of the
/// thread are to have their turn.
const TURN: usize = 64;

impl Cache {
    /// Warms the cache: calls a cached function for each id, before anybody else does.
    ///
    /// The calls are those of anybody: an entry that is there is a hit and stays as it is, and what is loaded is stored
    /// under a lease, so that a warm never overwrites what is newer than its load. Inside of
    /// [`refresh`](crate::refresh) all ids are loaded again. An id whose call returns an error is counted, reported to
    /// [`on_error`](Warm::on_error), and passed over.
    ///
    /// The closure makes one call of one cached function, of whatever it returns. What else the function calls is not
    /// counted. A function that takes many ids is warmed by chunks: `cache.warm(ids.chunks(500), |ids| …)`, and then a chunk
    /// is what is counted. The function has to use this cache: what is stored in another is
    /// [`unstored`](Warmed::unstored) here, and warned of in the log.
    ///
    /// The future runs in the task that awaits it, on any executor, and spawns nothing. Dropping it stops it: what was
    /// loaded is stored, what is under way is cancelled. The [report](Warmed::resume) says from where to go on. A panic of
    /// the function is one of the warm.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing, traced};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> Result<u64, String> {
    ///     n.checked_mul(n).ok_or_else(|| format!("the square of {n} is too large"))
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let ids = [1, 2, u64::MAX, 3];
    /// let warmed = cache
    ///     .warm(ids, square)
    ///     .concurrency(2)
    ///     .on_error(|id, error| eprintln!("{id}: {error}"))
    ///     .progress(|warmed| println!("{warmed}"))
    ///     .await;
    ///
    /// assert_eq!((warmed.loaded, warmed.failed), (3, 1));
    /// assert!(traced(square(3)).await.1.is_hit());
    /// # });
    /// ```
    #[doc(alias("preload", "prefetch", "prime"))]
    pub fn warm<'a, Ids, Load, Call>(
        &self,
        ids: Ids,
        load: Load,
    ) -> Warm<'a, Ids::IntoIter, Load, Call>
    where
        Ids: IntoIterator,
        Load: FnMut(Ids::Item) -> Call,
        Call: Future,
    {
        Warm {
            cache: self.clone(),
            ids: ids.into_iter().fuse(),
            load,
            concurrency: CONCURRENCY,
            start: None,
            begun: 0,
            under_way: BTreeSet::new(),
            calls: FuturesUnordered::new(),
            is_elsewhere: false,
            warmed: Warmed::default(),
            on_error: None,
            progress: None,
        }
    }
}

/// A warm that runs while it is awaited, and ends in its report; see [`Cache::warm`].
///
/// It is the future itself: `tokio::spawn(cache.warm(…))`, or `select!` with `&mut warm`, after which
/// [`warmed`](Self::warmed) says how far it came.
#[must_use = "nothing is called until it is awaited"]
pub struct Warm<'a, Ids, Load, Call>
where
    Ids: Iterator,
    Call: Future,
{
    cache: Cache,
    ids: Fuse<Ids>,
    load: Load,
    concurrency: usize,
    /// When it was polled first.
    start: Option<Millis>,
    /// How many ids the iterator has given, those that were skipped among them.
    begun: u64,
    /// The places of the ids that are under way. At most as many as are so at the same time; what is before the first of
    /// them is done.
    under_way: BTreeSet<u64>,
    calls: FuturesUnordered<Watched<Ids::Item, Call>>,
    is_elsewhere: bool,
    warmed: Warmed,
    on_error: Option<OnError<'a, Ids::Item, Call::Output>>,
    progress: Option<Progress<'a>>,
}

impl<'a, Ids, Load, Call> Warm<'a, Ids, Load, Call>
where
    Ids: Iterator,
    Load: FnMut(Ids::Item) -> Call,
    Call: Future,
{
    /// Has so many ids under way at the same time, one at least; 16 unless it is said.
    pub fn concurrency(mut self, ids: usize) -> Self {
        self.concurrency = ids.max(1);
        self
    }

    /// Skips so many of the first ids: what an earlier report has as [`resume`](Warmed::resume). The ids have to come in
    /// the same order as then. Without effect once the warm was polled.
    ///
    /// No id is left out that was under way when the earlier warm was stopped, and none is loaded again that was stored:
    /// those that were done beyond this number are hits. Ids that failed count as done.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let first = cache.warm(0..40, square).await;
    /// let then = cache.warm(0..100, square).resume(first.resume).await;
    /// assert_eq!((then.skipped, then.loaded, then.done), (40, 60, 100));
    /// # });
    /// ```
    pub fn resume(mut self, from: u64) -> Self {
        if self.start.is_none() {
            self.warmed.resume = from;
        }
        self
    }

    /// Calls this with the report after each id, in the task that awaits the warm, which waits for it meanwhile.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let mut seen = Vec::new();
    /// cache.warm(0..3, square).progress(|warmed| seen.push((warmed.done, warmed.total))).await;
    /// assert_eq!(seen, [(1, Some(3)), (2, Some(3)), (3, Some(3))]);
    /// # });
    /// ```
    pub fn progress(mut self, progress: impl FnMut(&Warmed) + Send + 'a) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// The report so far, as of a warm that is polled beside something else.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let mut warm = cache.warm(0..1_000_000, square);
    /// tokio::select! {
    ///     _ = &mut warm => {}
    ///     () = async { tokio::task::yield_now().await } => {} // somebody wants it to stop
    /// }
    /// let from = warm.warmed().resume;
    /// assert!(from < 1_000_000);
    /// # });
    /// ```
    #[must_use]
    pub fn warmed(&self) -> &Warmed {
        &self.warmed
    }

    /// Starts the clock and skips what was done before, when it is polled first.
    fn start(&mut self) -> Millis {
        if let Some(start) = self.start {
            return start;
        }
        let total = match self.ids.size_hint() {
            (least, Some(most)) if least == most => u64::try_from(most).ok(),
            _ => None,
        };
        while self.begun < self.warmed.resume && self.ids.next().is_some() {
            self.begun += 1;
        }
        let skipped = self.begun;
        self.warmed =
            Warmed { total, skipped, done: skipped, resume: skipped, ..Warmed::default() };
        let now = self.cache.clock().now();
        self.start = Some(now);
        now
    }

    /// Begins as many calls as may be under way.
    fn begin(&mut self) {
        while self.calls.len() < self.concurrency {
            let Some(id) = self.ids.next() else {
                self.warmed.total = Some(self.begun);
                return;
            };
            let kept = self.on_error.as_ref().map(|on_error| on_error.keep(&id));
            let call = (self.load)(id);
            self.calls.push(Watched::new(self.begun, kept, self.cache.0.tiers.id(), call));
            self.under_way.insert(self.begun);
            self.begun += 1;
        }
    }

    /// Counts an id, and tells of it.
    fn end(&mut self, ended: Ended<Ids::Item, Call::Output>, start: Millis) {
        let Ended { at, id, watch, returned } = ended;
        let is_error = match (&mut self.on_error, id) {
            (Some(on_error), Some(id)) => on_error.tell(id, returned),
            _ => false,
        };
        if watch.elsewhere && !self.is_elsewhere {
            self.is_elsewhere = true;
            tracing::warn!(
                "a cache is warmed with a function that uses another one: call `warm` on the cache of the function's slot"
            );
        }
        self.under_way.remove(&at);
        self.warmed.count(&watch, is_error);
        self.warmed.resume = self.under_way.first().copied().unwrap_or(self.begun);
        let elapsed = self.cache.clock().now().saturating_sub(start);
        self.warmed.elapsed = Duration::from_millis(elapsed);
        if let Some(progress) = &mut self.progress {
            progress(&self.warmed);
        }
    }
}

impl<'a, Ids, Load, Call, T, E> Warm<'a, Ids, Load, Call>
where
    Ids: Iterator<Item: Clone>,
    Load: FnMut(Ids::Item) -> Call,
    Call: Future<Output = Result<T, E>>,
{
    /// Calls this with each id whose call returned an error, and the error.
    ///
    /// With it every error is told from a success. Without, those of calls that leave the cache aside are not, as where the
    /// policy is switched off or the closure fails before it calls the function: their ids are
    /// [`unstored`](Warmed::unstored) then.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "even:<n>", ttl = "1m")]
    /// async fn half(n: u64) -> Result<u64, &'static str> {
    ///     if n % 2 == 0 { Ok(n / 2) } else { Err("odd") }
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let mut again = Vec::new();
    /// cache.warm(1..=4, half).on_error(|id, error| again.push((id, error))).await;
    /// assert_eq!(again, [(1, "odd"), (3, "odd")]);
    /// # });
    /// ```
    pub fn on_error(mut self, on_error: impl FnMut(Ids::Item, E) + Send + 'a) -> Self {
        self.on_error = Some(OnError::new(on_error));
        self
    }
}

impl<Ids, Load, Call> Future for Warm<'_, Ids, Load, Call>
where
    Ids: Iterator,
    Load: FnMut(Ids::Item) -> Call,
    Call: Future,
{
    type Output = Warmed;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Warmed> {
        let start = self.start();
        for _ in 0..TURN {
            self.begin();
            match ready!(self.calls.poll_next_unpin(context)) {
                Some(ended) => self.end(ended, start),
                None => return Poll::Ready(self.warmed.clone()),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Nothing of it is pinned: the calls are in boxes.
impl<Ids, Load, Call> Unpin for Warm<'_, Ids, Load, Call>
where
    Ids: Iterator,
    Call: Future,
{
}

impl<Ids, Load, Call> fmt::Debug for Warm<'_, Ids, Load, Call>
where
    Ids: Iterator,
    Call: Future,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Warm")
            .field("concurrency", &self.concurrency)
            .field("warmed", &self.warmed)
            .finish_non_exhaustive()
    }
}
