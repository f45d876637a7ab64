//! A write: guards its entries while the source is written, and invalidates them however the function ends.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;

use crate::entry::Key;
use crate::error::Result;
use crate::key::KeyWriter;
use crate::outstanding::{Outstanding, all};
use crate::registry::tiers_with;
use crate::remote::Budget;
use crate::site::{Group, Reference};
use crate::strategy::rendered_tag;
use crate::tag::Tag;
use crate::tiers::{Bound, Tiers};
use crate::token::Token;
use crate::value::Ended;

use target::Target;
use through::Through;

pub use through::storage_of;
pub use transaction::transaction;

mod target;
mod through;
mod transaction;

/// How long a guard stands at most if nothing is said; it must exceed the source's statement timeout.
const GUARD: Duration = Duration::from_secs(30);

/// What a write invalidates, in the caches where it is.
#[derive(Default)]
#[must_use]
pub struct Selectors {
    entries: Vec<(Arc<Bound>, Key)>,
    tags: Vec<(Arc<Tiers>, Tag)>,
}

impl Selectors {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry of a cached function.
    pub fn entry<R, M>(mut self, reference: Reference<R, M>) -> Self {
        // A key that is too long was never stored under.
        if let Some(key) = reference.key {
            self.entries.push((reference.site.with(Arc::clone), key));
        }
        self
    }

    /// Adds a group of entries of a cached function.
    pub fn group(mut self, group: Group) -> Self {
        self.tags.push((group.site.with(|bound| Arc::clone(&bound.tiers)), group.tag));
        self
    }

    /// Adds a tag, in every cache with a policy that declares it.
    pub fn tag(mut self, render: impl FnOnce(&mut KeyWriter)) -> Self {
        let tag = rendered_tag(render);
        self.tags.extend(tiers_with(&tag).into_iter().map(|tiers| (tiers, tag.clone())));
        self
    }
}

/// A write that has not begun.
#[must_use]
pub struct Write {
    selectors: Selectors,
    through: Option<Through>,
    guard: Option<Duration>,
    hold: Option<Duration>,
    only_ok: bool,
}

impl Write {
    /// Prepares a write that invalidates these, whatever becomes of it.
    pub fn new(selectors: Selectors) -> Self {
        Self { selectors, through: None, guard: Some(GUARD), hold: None, only_ok: false }
    }

    /// Sets how long the guards stand at most, in milliseconds.
    pub fn guard_ms(mut self, ms: u64) -> Self {
        self.guard = Some(Duration::from_millis(ms));
        self
    }

    /// Places no guards.
    pub fn guard_off(mut self) -> Self {
        self.guard = None;
        self
    }

    /// Keeps the guards so long after the function, in milliseconds: for replicas that lag behind.
    pub fn hold_ms(mut self, ms: u64) -> Self {
        self.hold = Some(Duration::from_millis(ms));
        self
    }

    /// Takes an error to mean that nothing was written.
    pub fn only_ok(mut self) -> Self {
        self.only_ok = true;
        self
    }

    /// Places the guards. The body must not start before this is done.
    pub async fn begin(self) -> Writing {
        let mut writing = self.prepared();
        // A guard that the shared tier did not take is missing there: the write goes on, and invalidates at its end.
        if let Some(guards) = writing.place_guards() {
            let _ = guards.await;
        }
        writing.unended = End::Interrupted;
        writing
    }

    /// Places the guards, or says why they could not be placed.
    ///
    /// # Errors
    /// If the shared tier did not take one of them: [`Error::is_unavailable`](crate::Error::is_unavailable).
    pub async fn begin_required(self) -> Result<Writing> {
        let mut writing = self.prepared();
        let placed = match writing.place_guards() {
            Some(guards) => guards.await,
            None => Ok(()),
        };
        // If not, the body does not run, and nothing is written.
        placed?;
        writing.unended = End::Interrupted;
        Ok(writing)
    }

    /// Places the guards of this process.
    fn prepared(self) -> Writing {
        let Self { selectors, through, guard, hold, only_ok } = self;
        let mut writing = Writing {
            targets: Vec::with_capacity(selectors.entries.len()),
            through,
            tags: selectors.tags,
            guard: guard.unwrap_or(GUARD),
            hold,
            only_ok,
            budget: Budget::new(),
            known: 0,
            unended: End::NotWritten,
            ended: false,
        };
        if let Some(through) = &mut writing.through {
            through.target.begin(writing.guard);
        }
        for (bound, key) in selectors.entries {
            writing.add(bound, key, guard);
        }
        writing.known = writing.targets.len();
        writing
    }
}

/// A write under way. Dropped before its [`end`](Self::end) if the body panics or its caller is cancelled: then the
/// statement may still be running, and the guards stand to their deadline.
#[must_use]
pub struct Writing {
    targets: Vec<Target>,
    /// How many of the targets were known before the write.
    known: usize,
    through: Option<Through>,
    tags: Vec<(Arc<Tiers>, Tag)>,
    guard: Duration,
    hold: Option<Duration>,
    only_ok: bool,
    /// What the call has spent on the shared tier.
    budget: Budget,
    /// What it means if the write is dropped: until the body runs, nothing was written.
    unended: End,
    ended: bool,
}

/// Guards that are being placed in the shared tier; `None` if there is none.
type Guards<'a> = Option<Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>>;

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The source was written.
    Written,
    /// The source was not written.
    NotWritten,
    /// Nobody knows whether it was, but it will not be any more.
    Failed,
    /// Nobody knows, and the statement may still be running.
    Interrupted,
}

impl Writing {
    /// Adds what is known only after the write.
    pub fn also(&mut self, selectors: Selectors) {
        // Inside of a transaction the write is not over: what it has touched is guarded from here on.
        let guard = transaction::is_open().then_some(self.guard);
        for (bound, key) in selectors.entries {
            self.add(bound, key, guard);
        }
        self.tags.extend(selectors.tags);
    }

    /// Ends the write: `ok` tells whether the function was successful. Inside of a transaction it is the transaction
    /// that ends it.
    pub async fn end(mut self, ok: bool) {
        let later = &self.targets[self.known..];
        if later.iter().any(|target| target.token.is_some() && target.bound.shared().is_some()) {
            // As in `begin`.
            let _ = Box::pin(self.place_later_guards()).await;
        }
        self.ended = true;
        let end = match ok {
            true => End::Written,
            false if self.only_ok => End::NotWritten,
            false => End::Failed,
        };
        if let Some(mut writing) = transaction::defer(self, end) {
            // What the shared tier did not acknowledge is sent again until it does.
            let budget = writing.budget;
            let _ = writing.finish(end).acknowledged(budget).await;
        }
    }

    fn add(&mut self, bound: Arc<Bound>, key: Key, guard: Option<Duration>) {
        transaction::note(&key);
        let mut target = Target { bound, key, token: guard.map(|_| Token::new()), until: 0 };
        if let Some(guard) = guard {
            target.begin(guard);
        }
        self.targets.push(target);
    }

    /// Places the guards in the shared tier, all at once.
    fn place_guards(&mut self) -> Guards<'_> {
        let bounds = self.targets.iter().chain(self.through.iter().map(|through| &through.target));
        let shared = bounds.into_iter().any(|target| target.bound.shared().is_some());
        // Boxed, so that the caller's future, which is there with and without a shared tier, stays small.
        shared.then(|| Box::pin(self.place_shared_guards()) as _)
    }

    /// Places the guards of what was known only after the write.
    async fn place_later_guards(&mut self) -> Result<()> {
        let (start, guard, budget) = (Instant::now(), self.guard, self.budget);
        let later = self.targets[self.known..].iter();
        let placed = all(later.map(|target| target.place_guard(guard, budget))).await;
        self.budget.add(start.elapsed());
        placed
    }

    async fn place_shared_guards(&mut self) -> Result<()> {
        let (start, guard, budget) = (Instant::now(), self.guard, self.budget);
        let placed = all(self.targets.iter().map(|target| target.place_guard(guard, budget)));
        let placed = match &mut self.through {
            None => placed.await,
            Some(through) => {
                let (placed, through) = join(placed, through.place_guard(guard, budget)).await;
                placed.and(through)
            }
        };
        self.budget.add(start.elapsed());
        placed
    }

    /// Ends the write in this process, and says what is left to be done in the shared tier.
    fn finish(&mut self, end: End) -> Outstanding {
        self.ended = true;
        let mut outstanding = Outstanding::default();
        if let Some(through) = self.through.take() {
            through.finish(end, self.hold, &mut outstanding);
        }
        for target in &self.targets {
            target.finish(end, self.hold, &mut outstanding);
        }
        let again = match end {
            End::NotWritten => return outstanding,
            End::Written => self.hold,
            // What the statement still writes after this must not stay hidden behind a value loaded before it.
            End::Failed | End::Interrupted => Some(self.hold.unwrap_or(self.guard)),
        };
        for (tiers, tag) in &self.tags {
            outstanding.tag(tiers, tag, again);
        }
        outstanding
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.ended {
            self.finish(self.unended).detach();
        }
    }
}

/// Invalidates outside of any annotated function: `invalidate!(...)`. Inside of a transaction, when it ends.
///
/// # Errors
/// If the shared tier did not acknowledge it: [`Error::is_unavailable`](crate::Error::is_unavailable). Then it is sent
/// again until it does.
pub async fn invalidate(selectors: Selectors) -> Result<()> {
    let write = Write::new(selectors);
    if transaction::is_open() {
        // The guard is for what is still being written.
        write.begin().await.end(true).await;
        return Ok(());
    }
    let mut writing = write.guard_off().prepared();
    writing.finish(End::Written).acknowledged(writing.budget).await
}

/// Fixes the type of a closure that names, after a successful write, what else is to be invalidated.
pub fn after<E, F>(_: &E, select: F) -> F
where
    E: Ended,
    F: FnOnce(&E::Success) -> Selectors,
{
    select
}
