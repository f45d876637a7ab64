//! What writes and invalidations ask of the remote tier. What it does not acknowledge is owed.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::oneshot;

use super::budget::Budget;
use super::change::{Change, EntryAddress};
use super::delayed::Delayed;
use super::outbox::{Ending, Owed};
use super::tier::Remote;
use super::unacknowledged::Unacknowledged;
use crate::error::Result;
use crate::key::Tag;
use crate::policy::Tier;
use crate::store::{Begun, Envelope, Filled, Versions};
use crate::token::Token;

impl Remote {
    /// Places a guard.
    pub(crate) async fn begin(
        &self,
        budget: &mut Budget,
        address: &EntryAddress,
        token: Token,
        guard: Duration,
    ) -> Result<Begun> {
        self.spend(budget, self.store_of(address.tier).begin(&address.key, token, guard)).await
    }

    /// The versions that a value written from now on is to carry.
    pub(crate) async fn versions(&self, budget: &mut Budget, tags: &[Tag]) -> Result<Versions> {
        self.spend(budget, self.store.versions(tags)).await
    }

    /// Ends a guard with a value. If that is not stored, the guard stands for `hold`. If the store does not acknowledge it, the
    /// value is removed as soon as it does.
    pub(crate) async fn commit(
        self: &Arc<Self>,
        address: &EntryAddress,
        token: Token,
        tags: &[Tag],
        value: Envelope,
        hold: Option<Duration>,
    ) -> Result<Filled> {
        let committed =
            self.store_of(address.tier).commit(&address.key, token, tags, Some(value)).await;
        let change = Change::end(token, hold);
        match &committed {
            Err(_) => self.owe_change(address, change),
            Ok(Filled::Stored) => {}
            // A failure is kept to be sent again.
            Ok(_) if hold.is_some() => drop(self.change(address, change).await),
            Ok(_) => {}
        }
        committed
    }

    /// Makes a change; what the store does not acknowledge is sent again until it does.
    pub(crate) async fn change(
        self: &Arc<Self>,
        address: &EntryAddress,
        change: Change,
    ) -> Result<()> {
        if let Change::Abandon(_, Some(hold)) = change {
            // What is stored meanwhile may still be overwritten. Other processes have no guard for what they keep for
            // themselves, and a server may lose the one that it has: by an eviction, or a restart.
            self.delay(Delayed::Entry(address.clone()), hold);
        }
        let owed = Owed::Entry(address.clone(), Ending::of(change));
        let unacknowledged = Unacknowledged::new(self, owed);
        let made = self.change_entry(address, change).await;
        unacknowledged.ended().set();
        if made.is_err() {
            self.owe_change(address, change);
        }
        made
    }

    fn owe_change(self: &Arc<Self>, address: &EntryAddress, change: Change) {
        self.owe(Owed::Entry(address.clone(), Ending::of(change)));
    }

    pub(super) async fn change_entry(&self, address: &EntryAddress, change: Change) -> Result<()> {
        let (store, key) = (self.store_of(address.tier), &address.key);
        match change {
            // No entry is there; the other processes are told.
            Change::Cancel(_) if address.tier == Tier::Local => Ok(()),
            _ if address.tier == Tier::Local => store.announce(key, self.own).await,
            Change::Commit(token) => store.commit(key, token, &[], None).await.map(drop),
            Change::Abandon(token, hold) => store.abandon(key, token, hold).await,
            Change::Cancel(token) => store.cancel(key, token).await,
            Change::Remove => store.invalidate(key).await,
            Change::MarkStale => store.mark_stale(key).await,
        }
    }

    /// Ends every entry with the tag; what the store does not acknowledge is sent again until it does.
    pub(crate) async fn bump(self: &Arc<Self>, tag: &Tag) -> Result<()> {
        let bumped = self.store.bump(tag).await;
        if bumped.is_err() {
            self.owe(Owed::Tag(tag.clone()));
        }
        bumped
    }

    /// Ends every entry with the tag once more, after a time.
    pub(crate) fn bump_later(self: &Arc<Self>, tag: Tag, after: Duration) {
        self.delay(Delayed::Tag(tag), after);
    }

    /// Ends every entry of the namespace.
    pub(crate) async fn clear(self: &Arc<Self>) -> Result<()> {
        let cleared = self.store.clear().await;
        if cleared.is_err() {
            self.owe(Owed::Everything);
        }
        cleared
    }

    /// Runs what stores a value by hand once few enough others do. Each of them has one budget, and all run on the cache's own
    /// thread, so the wait ends, whoever polls their callers. What its caller drops is dropped there; `None` if the thread
    /// ended before.
    pub(crate) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        storing: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (mut answer, answered) = oneshot::channel();
        let remote = Arc::clone(self);
        drop(self.spawn(async move {
            let storing = async {
                // Never closed.
                let _turn = remote.puts.acquire().await.ok();
                storing.await
            };
            // In this order: what its caller has dropped goes no step further.
            let stored = match select(pin!(answer.closed()), pin!(storing)).await {
                Either::Left(_) => None,
                Either::Right((stored, _)) => Some(stored),
            };
            // Whoever is gone misses nothing.
            let _ = stored.map(|stored| answer.send(stored));
        }));
        answered.await.ok()
    }

    /// The same once more, after a time.
    pub(crate) fn clear_later(self: &Arc<Self>, after: Duration) {
        self.delay(Delayed::Everything, after);
    }
}
