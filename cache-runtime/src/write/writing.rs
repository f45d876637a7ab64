//! A write under way: guards its entries while the source is written, and ends them however that ends.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::future::join;

use super::end::End;
use super::open;
use super::remote_changes::all;
use super::selectors::Selectors;
use super::through::Through;
use super::touched::Touched;
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::load::{Outgoing, Plan};
use crate::outcome::Refusal;
use crate::scope::{self, Written};
use crate::tiers::PolicyState;
use crate::tiers::remote::Budget;
use crate::value::ErasedCodec;

/// How long a guard stands at most if nothing is said; it must exceed the source's statement timeout.
const GUARD: Duration = Duration::from_secs(30);

/// A write that has not begun.
#[must_use]
pub struct Write {
    pub(super) selectors: Selectors,
    pub(super) through: Option<Through>,
    guard: Option<Duration>,
    hold: Option<Duration>,
    only_ok: bool,
}

impl Write {
    /// Prepares a write that invalidates these, whatever becomes of it.
    pub fn new(selectors: Selectors) -> Self {
        Self { selectors, through: None, guard: Some(GUARD), hold: None, only_ok: false }
    }

    /// Writes through to an entry.
    pub(crate) fn through_to(
        mut self,
        state: Arc<PolicyState>,
        key: Option<Key>,
        tags: &[Tag],
    ) -> Self {
        match key {
            Some(key) => self.through = Some(Through::new(state, key, tags)),
            // Nothing is ever stored under it, so there is nothing to guard either.
            None if !state.settings.off => state.key_too_long(),
            None => {}
        }
        self
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
        // A guard that the remote tier did not take is missing there: the write goes on, and invalidates at its end.
        if let Some(guards) = writing.place_guards() {
            let _ = guards.await;
        }
        writing.body_begins();
        writing
    }

    /// Places the guards, or says why the `function` was not run: they could not be placed.
    ///
    /// # Errors
    /// If the remote tier did not take one of them: [`Error::is_unavailable`](crate::Error::is_unavailable).
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

    /// Places the guard of a value that is stored by hand, in its turn.
    pub(crate) async fn begin_by_hand(self) -> Writing {
        let mut writing = self.prepared();
        if let Some(through) = &mut writing.touched.through {
            // As in `begin`.
            through.place_guard_in_turn(writing.touched.guard).await;
        }
        writing.body_begins();
        writing
    }

    /// Places the guards of this process.
    pub(super) fn prepared(self) -> Writing {
        let Self { selectors, through, guard, hold, only_ok } = self;
        let Selectors { entries, tags, more } = selectors;
        let targets = Vec::with_capacity(entries.len());
        let standing = guard.unwrap_or(GUARD);
        let mut touched = Touched { targets, through, tags, more, guard: standing, hold };
        if let Some(through) = &mut touched.through {
            through.target.begin(standing);
        }
        for (state, key) in entries {
            touched.add(state, key, guard);
        }
        open::with_written(|written| touched.note(written));
        Writing {
            known: touched.targets.len(),
            touched,
            only_ok,
            budget: Budget::new(),
            unended: Some(End::NotWritten),
            written: None,
        }
    }
}

/// A write under way. Dropped before its [`end`](Self::end) if the body panics or its caller is cancelled: then the
/// statement may still be running, and the guards stand to their deadline.
#[must_use]
pub struct Writing {
    touched: Touched,
    /// How many of the targets were known before the write.
    known: usize,
    only_ok: bool,
    /// What the call has spent on the remote tier.
    budget: Budget,
    /// What it means if the write is dropped: until the body runs, nothing was written. `None` once the write has ended.
    unended: Option<End>,
    /// What the body is known to write while it runs. Inside of a transaction that is the transaction's.
    written: Option<Arc<Written>>,
}

/// Guards that are being placed in the remote tier; `None` if there is none.
type Guards<'a> = Option<Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>>;

impl Writing {
    fn body_begins(&mut self) {
        self.unended = Some(End::Interrupted);
        if open::is_open() || self.touched.names_nothing() {
            return;
        }
        let written = Arc::<Written>::default();
        self.touched.note(&written);
        self.written = Some(written);
    }

    /// Polls the function's body. What the function writes is neither taken from the cache nor stored inside of it.
    pub fn poll<F: Future>(&self, body: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = self.written.as_ref().map(scope::writing);
        body.poll(context)
    }

    /// Sets the value that the write leaves in the cache if it is successful.
    pub fn store<R, V, I, T, C>(&mut self, plan: &Plan<R, V, I, T, C>, value: &R) {
        if let Some(through) = &mut self.touched.through {
            through.store(plan, value);
        }
    }

    /// Sets a value that is there already.
    pub(crate) fn store_by_hand(
        &mut self,
        value: Outgoing,
        erased_codec: &ErasedCodec,
    ) -> Result<(), Refusal> {
        let through = self.touched.through.as_mut();
        through.map_or(Ok(()), |through| through.store_by_hand(value, erased_codec))
    }

    /// Adds what is known only after the write.
    pub fn also(&mut self, selectors: Selectors) {
        // Inside of a transaction the write is not over: what it has touched is guarded from here on.
        let guard = open::is_open().then_some(self.touched.guard);
        for (state, key) in selectors.entries {
            self.touched.add(state, key, guard);
        }
        self.touched.tags.extend(selectors.tags);
        open::with_written(|written| self.touched.note(written));
    }

    /// Ends the write: `ok` tells whether the function was successful. Inside of a transaction it is the transaction
    /// that ends it.
    pub async fn end(mut self, ok: bool) {
        let later = &self.touched.targets[self.known..];
        if later.iter().any(|target| target.token.is_some() && target.state.remote().is_some()) {
            // As in `begin`.
            let _ = Box::pin(self.place_later_guards()).await;
        }
        let end = match ok {
            true => End::Written,
            false if self.only_ok => End::NotWritten,
            false => End::Failed,
        };
        self.unended = None;
        let budget = self.budget;
        if let Some(touched) = open::defer(std::mem::take(&mut self.touched), end) {
            // What the remote tier did not acknowledge is sent again until it does.
            let _ = touched.finish(end).acknowledged(budget).await;
        }
    }

    /// Ends a write that has no body, outside of any transaction.
    pub(super) async fn end_now(mut self) -> Result<()> {
        self.unended = None;
        std::mem::take(&mut self.touched).finish(End::Written).acknowledged(self.budget).await
    }

    /// Places the guards in the remote tier, all at once.
    fn place_guards(&mut self) -> Guards<'_> {
        // Boxed, so that the caller's future, which is there with and without a remote tier, stays small.
        self.touched.is_remote().then(|| Box::pin(self.place_remote_guards()) as _)
    }

    /// Places the guards of what was known only after the write.
    async fn place_later_guards(&mut self) -> Result<()> {
        let (start, guard, budget) = (Instant::now(), self.touched.guard, self.budget);
        let later = self.touched.targets[self.known..].iter();
        let placed = all(later.map(|target| target.place_guard(guard, budget))).await;
        self.budget.add(start.elapsed());
        placed
    }

    async fn place_remote_guards(&mut self) -> Result<()> {
        let (start, guard, budget) = (Instant::now(), self.touched.guard, self.budget);
        let Touched { targets, through, .. } = &mut self.touched;
        let placed = all(targets.iter().map(|target| target.place_guard(guard, budget)));
        let placed = match through {
            None => placed.await,
            Some(through) => {
                let (placed, through) = join(placed, through.place_guard(guard, budget)).await;
                placed.and(through)
            }
        };
        self.budget.add(start.elapsed());
        placed
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some(end) = self.unended.take() else { return };
        // Inside of a transaction the rows change for others when that is committed, whatever became of the statement.
        if let Some(touched) = open::defer(std::mem::take(&mut self.touched), end) {
            touched.finish(end).detach();
        }
    }
}
