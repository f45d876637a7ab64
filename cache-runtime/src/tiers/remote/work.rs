//! What the cache's own thread does: changes that go on without their caller, what is owed, and what is to come later.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::budget::Budget;
use super::change::Change;
use super::delayed::{Delayed, Due};
use super::outbox::{Ending, Owed};
use super::tier::Remote;
use super::unacknowledged::Unacknowledged;
use crate::error::{Error, Result};
use crate::key::Pattern;
use crate::policy::Tier;
use crate::timer::until;
use crate::token::Token;

/// How long to wait before what could not be sent is tried again, while the store can be asked.
const RETRY: Duration = Duration::from_millis(100);

/// One of the futures that the thread has not ended yet.
struct Running(Arc<AtomicUsize>);

impl Running {
    fn begin(running: &Arc<AtomicUsize>) -> Self {
        running.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(running))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Remote {
    /// Runs something on the cache's own thread to its end, whether anybody awaits that or not; the cache is not settled
    /// before. It has begun when this returns. `None` if the thread ended first.
    pub(super) fn spawn<T, F>(
        &self,
        future: F,
    ) -> impl Future<Output = Option<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let running = Running::begin(&self.running);
        self.io.spawn(async move {
            let _running = running;
            future.await
        })
    }

    /// Runs a request to its end on the cache's own thread.
    fn run<F>(&self, future: F) -> impl Future<Output = Result<()>> + Send + use<F>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let task = self.spawn(future);
        async move { task.await.unwrap_or_else(|| Err(Error::unavailable("the cache is shut down"))) }
    }

    /// Begins a change on the cache's own thread; the future waits for its end as long as the budget lasts. From then on,
    /// or from when it is dropped, the change is owed, so that nobody in this process is answered with what it is about to
    /// end; `None` if it ends nothing.
    pub(crate) fn begin_change<F>(
        self: &Arc<Self>,
        mut budget: Budget,
        owed: Option<Owed>,
        change: F,
    ) -> impl Future<Output = Result<()>> + Send + use<F>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let unacknowledged = Unacknowledged::new(self, owed);
        let ended = unacknowledged.ended();
        let change = self.run(async move {
            let made = change.await;
            ended.set();
            made
        });
        let remote = Arc::clone(self);
        async move {
            let _unacknowledged = unacknowledged;
            remote.spend(&mut budget, change).await
        }
    }

    /// Begins to end every entry that matches, which takes many requests; the future waits for the end as long as the budget
    /// lasts. Nobody in this process is answered with such an entry before it is over.
    pub(crate) fn begin_sweep<F>(
        self: &Arc<Self>,
        mut budget: Budget,
        pattern: Pattern,
        sweep: F,
    ) -> impl Future<Output = Result<()>> + Send + use<F>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let under_way = self.sweeps.begin(pattern);
        let sweep = self.run(async move {
            let _under_way = under_way;
            sweep.await
        });
        let remote = Arc::clone(self);
        async move { remote.spend_on_many(&mut budget, sweep).await }
    }

    /// Runs something on the cache's own thread, without waiting for it.
    pub(crate) fn detach(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(self.run(async move {
            future.await;
            Ok(())
        }));
    }

    /// Forgets a lease that the store has heard of, once every read is over that was sent before.
    pub(super) fn forget_released(self: &Arc<Self>, token: Token) {
        let (remote, time) = (Arc::downgrade(self), self.budget);
        // Not among those that a shutdown waits for.
        drop(self.io.spawn(async move {
            tokio::time::sleep(time).await;
            if let Some(remote) = remote.upgrade() {
                remote.released.lock().remove(&token);
            }
        }));
    }

    /// Invalidates something once more, after a time.
    pub(super) fn delay(self: &Arc<Self>, again: Delayed, after: Duration) {
        if !self.delayed.add(again, after) {
            return;
        }
        let remote = Arc::clone(self);
        // Not among those that a shutdown waits for: it does itself what is not due yet.
        drop(self.io.spawn(async move {
            loop {
                let Due { again, everything, next } = remote.delayed.due();
                for again in again.into_iter().chain(everything.then_some(Delayed::Everything)) {
                    remote.invalidate_again(again).await;
                }
                let Some(next) = next else { break };
                remote.delayed.wait(next).await;
            }
        }));
    }

    async fn invalidate_again(self: &Arc<Self>, again: Delayed) {
        // A failure is kept in the outbox.
        let _ = match &again {
            Delayed::Tag(tag) => self.bump(tag).await,
            Delayed::Everything => self.clear().await,
            Delayed::Entry(address) => self.change(address, Change::Remove).await,
        };
        // This process has ended its own at that time, by its clock. Until now it may have copied the old value again.
        match again {
            Delayed::Tag(tag) => self.end_copies(&Owed::Tag(tag)),
            Delayed::Everything => self.end_copies(&Owed::Everything),
            Delayed::Entry(address) => self.end_copies(&Owed::Entry(address, Ending::default())),
        }
    }

    /// Ends what this process has copied from the store.
    fn end_copies(&self, of: &Owed) {
        match (self.watch.get(), of) {
            (Some(watch), Owed::Tag(tag)) => watch.bumped(tag),
            (Some(watch), Owed::Everything) => watch.cleared(),
            (Some(watch), Owed::Entry(address, _)) if address.tier != Tier::Local => {
                watch.changed(&address.key);
            }
            // Nobody copies what processes keep for themselves.
            (_, Owed::Entry(..)) | (None, _) => {}
        }
    }

    /// Notes a change that is under way and that nobody waits for any more.
    pub(super) fn owe_unawaited(self: &Arc<Self>, owed: &Owed) {
        self.owe(owed.clone());
        // Until now somebody may have copied the old value again. From now on nobody is answered with it.
        self.end_copies(owed);
    }

    /// Notes what the store has not acknowledged, and sees to it that it is sent.
    pub(crate) fn owe(self: &Arc<Self>, owed: Owed) {
        if self.outbox.add(owed) {
            // Kept alive until it has sent what it owes, whoever drops the cache.
            let remote = Arc::clone(self);
            self.detach(async move {
                while !remote.pay().await {
                    tokio::time::sleep(RETRY).await;
                }
            });
        }
    }

    /// Sends what is owed, in its order; true if nothing is left. What the store refuses is tried again with the next
    /// round, and keeps nothing else waiting.
    async fn pay(&self) -> bool {
        let mut last = None;
        while let Some((number, owed)) = self.outbox.after(last) {
            if !self.is_reachable() {
                return false;
            }
            if self.send(&owed).await.is_ok() {
                self.outbox.paid(number);
            }
            last = Some(number);
        }
        self.outbox.is_settled()
    }

    async fn send(&self, owed: &Owed) -> Result<()> {
        match owed {
            Owed::Entry(address, ending) => {
                for change in ending.changes() {
                    self.change_entry(address, change).await?;
                }
                Ok(())
            }
            Owed::Tag(tag) => self.store.bump(tag).await,
            Owed::Everything => self.store.clear().await,
        }
    }

    /// Waits until the store has acknowledged everything that was begun, for at most `timeout`. What is to be invalidated
    /// once more later is at once, and then, if there is a then.
    pub(crate) async fn settle(self: &Arc<Self>, timeout: Duration) -> Result<()> {
        for again in self.delayed.pending() {
            let remote = Arc::clone(self);
            self.detach(async move { remote.invalidate_again(again).await });
        }
        if until(timeout, || self.running.load(Ordering::Acquire) == 0).await {
            return Ok(());
        }
        let owed = self.owed();
        Err(Error::unavailable(format!(
            "the remote tier did not acknowledge everything in time; {owed} invalidation(s) could not be sent yet"
        )))
    }
}
