//! A write under way: guards its entries while the source is written, and invalidates them however it ends.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::future::join;

use crate::error::Result;
use crate::key::Key;
use crate::key::Tag;
use crate::scope::{self, Written};
use crate::tiers::remote::Budget;
use crate::tiers::{PolicyState, Tiers};
use crate::token::Token;
use crate::write::outstanding::{Outstanding, all};

use more::More;
use target::Target;
use through::Through;

pub use selectors::Selectors;
pub use transaction::{Transacted, transaction};

mod early;
mod more;
pub(crate) mod outstanding;
mod selectors;
mod target;
mod through;
mod transaction;

/// How long a guard stands at most if nothing is said; it must exceed the source's statement timeout.
const GUARD: Duration = Duration::from_secs(30);

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
        writing.body_begins();
        writing
    }

    /// Places the guards, or says why the `function` was not run: they could not be placed.
    ///
    /// # Errors
    /// If the shared tier did not take one of them: [`Error::is_unavailable`](crate::Error::is_unavailable).
    pub async fn begin_required(self, function: &str) -> Result<Writing> {
        let mut writing = self.prepared();
        let placed = match writing.place_guards() {
            Some(guards) => guards.await,
            None => Ok(()),
        };
        // If not, the body does not run, and nothing is written.
        placed.map_err(|error| {
            error.about(&format!(
                "`{function}` was not run, because its entries could not be guarded"
            ))
        })?;
        writing.body_begins();
        Ok(writing)
    }

    /// Places the guards of this process.
    fn prepared(self) -> Writing {
        let Self { selectors, through, guard, hold, only_ok } = self;
        let mut writing = Writing {
            targets: Vec::with_capacity(selectors.entries.len()),
            through,
            tags: selectors.tags,
            more: selectors.more,
            guard: guard.unwrap_or(GUARD),
            hold,
            only_ok,
            budget: Budget::new(),
            known: 0,
            unended: End::NotWritten,
            ended: false,
            written: None,
        };
        if let Some(through) = &mut writing.through {
            through.target.begin(writing.guard);
        }
        for (state, key) in selectors.entries {
            writing.add(state, key, guard);
        }
        writing.known = writing.targets.len();
        transaction::with_written(|written| writing.note(written));
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
    more: Vec<More>,
    guard: Duration,
    hold: Option<Duration>,
    only_ok: bool,
    /// What the call has spent on the shared tier.
    budget: Budget,
    /// What it means if the write is dropped: until the body runs, nothing was written.
    unended: End,
    ended: bool,
    /// What the body is known to write while it runs. Inside of a transaction that is the transaction's.
    written: Option<Arc<Written>>,
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
    fn body_begins(&mut self) {
        self.unended = End::Interrupted;
        let names_nothing = self.targets.is_empty() && self.tags.is_empty();
        if transaction::is_open() || (names_nothing && self.through.is_none()) {
            return;
        }
        let written = Arc::<Written>::default();
        self.note(&written);
        self.written = Some(written);
    }

    /// Polls the function's body. What the function writes is neither taken from the cache nor stored inside of it.
    pub fn poll<F: Future>(&self, body: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = self.written.as_ref().map(scope::writing);
        body.poll(context)
    }

    /// Adds what is known only after the write.
    pub fn also(&mut self, selectors: Selectors) {
        // Inside of a transaction the write is not over: what it has touched is guarded from here on.
        let guard = transaction::is_open().then_some(self.guard);
        for (state, key) in selectors.entries {
            self.add(state, key, guard);
        }
        self.tags.extend(selectors.tags);
        transaction::with_written(|written| self.note(written));
    }

    /// Ends the write: `ok` tells whether the function was successful. Inside of a transaction it is the transaction
    /// that ends it.
    pub async fn end(mut self, ok: bool) {
        let later = &self.targets[self.known..];
        if later.iter().any(|target| target.token.is_some() && target.state.remote().is_some()) {
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

    fn add(&mut self, state: Arc<PolicyState>, key: Key, guard: Option<Duration>) {
        let mut target = Target { state, key, token: guard.map(|_| Token::new()), until: 0 };
        if let Some(guard) = guard {
            target.begin(guard);
        }
        self.targets.push(target);
    }

    /// Notes what the write touches.
    fn note(&self, written: &Written) {
        for Target { state, key, .. } in
            self.targets.iter().chain(self.through.iter().map(|through| &through.target))
        {
            written.key(state.tiers.id(), key);
        }
        for (tiers, tag) in &self.tags {
            written.tag(tiers.id(), tag);
        }
        for more in &self.more {
            more.note(written);
        }
    }

    /// Places the guards in the shared tier, all at once.
    fn place_guards(&mut self) -> Guards<'_> {
        let bounds = self.targets.iter().chain(self.through.iter().map(|through| &through.target));
        let shared = bounds.into_iter().any(|target| target.state.remote().is_some());
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

    /// The write, of which nothing is left here.
    fn moved(&mut self) -> Self {
        self.ended = true;
        let nothing = Self {
            targets: Vec::new(),
            known: 0,
            through: None,
            tags: Vec::new(),
            more: Vec::new(),
            guard: self.guard,
            hold: self.hold,
            only_ok: self.only_ok,
            budget: self.budget,
            unended: self.unended,
            ended: true,
            written: None,
        };
        std::mem::replace(self, nothing)
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
        for more in &self.more {
            more.finish(end, again, &mut outstanding);
        }
        outstanding
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (writing, end) = (self.moved(), self.unended);
        // Inside of a transaction the rows change for others when that is committed, whatever became of the statement.
        if let Some(mut writing) = transaction::defer(writing, end) {
            writing.finish(end).detach();
        }
    }
}

/// Leaves it to the transaction around the call to invalidate these, when it ends; gives them back if there is none.
pub(crate) async fn deferred(selectors: Selectors) -> Option<Selectors> {
    if !transaction::is_open() {
        return Some(selectors);
    }
    // The guard is for what is still being written.
    Write::new(selectors).begin().await.end(true).await;
    None
}

/// Invalidates outside of any annotated function: `invalidate!(...)`. Inside of a transaction, when it ends.
///
/// # Errors
/// If the shared tier did not acknowledge it: [`Error::is_unavailable`](crate::Error::is_unavailable). Then it is sent
/// again until it does.
pub async fn invalidate(selectors: Selectors) -> Result<()> {
    let Some(selectors) = deferred(selectors).await else { return Ok(()) };
    let mut writing = Write::new(selectors).guard_off().prepared();
    writing.finish(End::Written).acknowledged(writing.budget).await
}
