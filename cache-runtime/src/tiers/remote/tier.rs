//! The remote tier as the layers above see it: a store that may be away.
//!
//! Nothing here waits for longer than its budget, and no invalidation is lost while the process lives: what the store
//! did not acknowledge is kept and sent again, and until then this process serves nothing that it concerns.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::join;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::arrivals::{Arrival, Arrivals};
use super::budget::Budget;
use super::change::EntryAddress;
use super::delayed::DelayedInvalidations;
use super::outbox::Outbox;
use super::sweeps::Sweeps;
use crate::error::{Error, Result};
use crate::io::Io;
use crate::key::{Key, Tag};
use crate::policy::Tier;
use crate::store::{Acquired, Envelope, Filled, Read, Scanned, Store, Versions, Watch};
use crate::token::Token;

/// How many values are stored by hand at a time. If thousands were, each would find that its time is up while the
/// requests of the others are written; so many keep a server busy that is a millisecond away.
const PUTS: usize = 32;

/// What becomes of the lease of a load that has ended, once the store hears of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Released {
    /// The next load need not respect it.
    Freed,
    /// The next load waits, if there is a value that may be served meanwhile.
    Paused,
}

/// The remote tier of one cache.
pub(crate) struct Remote {
    pub(super) store: Arc<dyn Store>,
    /// The same store, for the entries that no process may copy.
    pub(super) uncopied: Arc<dyn Store>,
    pub(super) io: Io,
    pub(super) outbox: Outbox,
    pub(super) sweeps: Arc<Sweeps>,
    pub(super) delayed: DelayedInvalidations,
    /// How many of its futures the thread has not ended yet.
    pub(super) running: Arc<AtomicUsize>,
    pub(super) arrivals: Arrivals,
    pub(super) puts: Semaphore,
    /// What it announces by: it is told of that as well.
    pub(super) own: Token,
    /// Leases of loads of this process that have ended, as long as a read may find one that the store had not heard of.
    pub(super) released: Mutex<HashMap<Token, Released>>,
    pub(super) max_value: usize,
    /// How long one call may spend here beside its load, all its requests together.
    pub(super) budget: Duration,
    /// The store ends each request within that time by itself.
    pub(super) is_punctual: bool,
    /// How many requests were given up because the time of their calls was over.
    pub(super) late: AtomicU64,
    /// Changes are told to this process.
    pub(super) tracking: AtomicBool,
    /// Who is told of others' changes. A store may keep to itself what this process has changed.
    pub(super) watch: OnceLock<Arc<dyn Watch>>,
}

impl Remote {
    /// Values of more than `max_value` bytes, uncompressed, are neither stored nor read. One call may spend `budget`; a
    /// store that is punctual ends each request within that by itself.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        uncopied: Arc<dyn Store>,
        io: Io,
        max_value: usize,
        budget: Duration,
        is_punctual: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            max_value,
            budget,
            is_punctual,
            late: AtomicU64::new(0),
            store,
            uncopied,
            io,
            outbox: Outbox::default(),
            sweeps: Arc::default(),
            delayed: DelayedInvalidations::default(),
            running: Arc::default(),
            arrivals: Arrivals::default(),
            puts: Semaphore::new(PUTS),
            own: Token::new(),
            released: Mutex::default(),
            tracking: AtomicBool::new(false),
            watch: OnceLock::new(),
        })
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(super) fn store_of(&self, tier: Tier) -> &dyn Store {
        if tier == Tier::Remote { &*self.uncopied } else { &*self.store }
    }

    pub(crate) fn max_value(&self) -> usize {
        self.max_value
    }

    /// Has somebody told of every change: of others' by the store, and of what is changed here later.
    pub(crate) fn watch(&self, watch: Arc<dyn Watch>) {
        if self.watch.set(Arc::clone(&watch)).is_ok() {
            self.store.watch(watch);
        }
    }

    /// Tells whether it is this cache that has announced something.
    pub(crate) fn announces_by(&self, by: Token) -> bool {
        by == self.own
    }

    /// Tells whether changes are told to this process: whether it may keep copies.
    pub(crate) fn is_tracking(&self) -> bool {
        self.tracking.load(Ordering::Acquire)
    }

    pub(crate) fn set_tracking(&self, tracking: bool) {
        self.tracking.store(tracking, Ordering::Release);
    }

    pub(crate) fn is_reachable(&self) -> bool {
        self.store.health().reachable
    }

    /// How often there was too much to remember, so that everything was invalidated instead.
    pub(crate) fn overflows(&self) -> u64 {
        self.outbox.overflows() + self.delayed.overflows()
    }

    /// The invalidations that the store has not acknowledged.
    pub(crate) fn owed(&self) -> usize {
        self.outbox.len()
    }

    /// Tells whether the store may still have an entry that was invalidated here.
    fn is_to_be_invalidated(&self, address: &EntryAddress, tags: &[Tag]) -> bool {
        self.outbox.concerns(address, tags) || self.sweeps.concern(&address.key)
    }

    pub(crate) async fn read(
        &self,
        budget: &mut Budget,
        address: &EntryAddress,
        tags: &[Tag],
    ) -> Result<Read> {
        // A value that should be gone must not be served, nor the store asked for a lease that would outlive that.
        if self.is_to_be_invalidated(address, tags) {
            return Err(Error::unavailable("an invalidation of the entry is still to be sent"));
        }
        self.spend(budget, self.store_of(address.tier).read(&address.key, tags)).await
    }

    /// Reads several entries of one tier; each is `None` if it cannot be told.
    pub(crate) async fn read_many(
        &self,
        tier: Tier,
        entries: Vec<(Key, Vec<Tag>)>,
    ) -> Vec<Option<Read>> {
        let places: Vec<_> = entries
            .iter()
            .map(|(key, tags)| {
                self.is_to_be_invalidated(&EntryAddress { tier, key: key.clone() }, tags)
            })
            .collect();
        let reads = self.spend(&mut Budget::new(), self.store_of(tier).read_many(&entries)).await;
        let Ok(reads) = reads else {
            return entries.iter().map(|_| None).collect();
        };
        let reads = reads.into_iter().zip(places);
        reads.map(|(read, concerned)| (!concerned).then_some(read)).collect()
    }

    /// The keys of entries that begin with `prefix`, as [`Store::scan`] gives them.
    pub(crate) async fn scan(&self, tier: Tier, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        self.spend(&mut Budget::new(), self.store_of(tier).scan(prefix, cursor)).await
    }

    /// Asks for a lease, and makes the versions that are missing, in one round trip.
    pub(crate) async fn acquire(
        &self,
        budget: &mut Budget,
        address: &EntryAddress,
        lease: (Token, Duration),
        observed: Option<Token>,
        tags: &[Tag],
        versions: &mut Versions,
    ) -> Result<Acquired> {
        let store = self.store_of(address.tier);
        let (token, time) = lease;
        let acquire = store.acquire(&address.key, token, time, observed);
        self.spend(budget, async {
            if versions.are_known() {
                return acquire.await;
            }
            let (acquired, made) = join(acquire, store.versions(tags)).await;
            *versions = made?;
            acquired
        })
        .await
    }

    pub(crate) async fn fill(
        &self,
        budget: &mut Budget,
        address: &EntryAddress,
        token: Token,
        tags: &[Tag],
        value: Envelope,
    ) -> Result<Filled> {
        self.spend(budget, self.store_of(address.tier).fill(&address.key, token, tags, value)).await
    }

    /// Lengthens a lease while its load goes on; false if it is gone.
    pub(crate) async fn extend(
        &self,
        address: &EntryAddress,
        token: Token,
        lease: Duration,
    ) -> bool {
        // An extension that fails is tried again with the next beat.
        self.store_of(address.tier).extend(&address.key, token, lease).await.unwrap_or(true)
    }

    /// Ends the lease of a load that nobody joins any more.
    pub(crate) async fn give_up(&self, budget: &mut Budget, address: &EntryAddress, token: Token) {
        // If it fails the lease ends by itself.
        let _ = self.spend(budget, self.store_of(address.tier).release(&address.key, token)).await;
    }

    /// Ends a lease without a value, without waiting for it; with a pause, no other is granted for so long beside a value.
    /// If that fails the lease ends by itself.
    pub(crate) fn release(
        self: &Arc<Self>,
        address: EntryAddress,
        token: Token,
        pause: Option<Duration>,
    ) {
        let remote = Arc::clone(self);
        let released = if pause.is_some() { Released::Paused } else { Released::Freed };
        self.released.lock().insert(token, released);
        self.detach(async move {
            match pause {
                None => remote.give_up(&mut Budget::new(), &address, token).await,
                Some(pause) => {
                    let store = remote.store_of(address.tier);
                    let paused = store.back_off(&address.key, token, pause);
                    let _ = remote.spend(&mut Budget::new(), paused).await;
                }
            }
            remote.forget_released(token);
        });
    }

    /// Renews the ttl of a value, without waiting for it. If that fails the next who is due to tries again.
    pub(crate) fn renew(self: &Arc<Self>, address: EntryAddress, ttl: Duration, most: Duration) {
        let remote = Arc::clone(self);
        self.detach(async move {
            let renewed = remote.store_of(address.tier).renew(&address.key, ttl, most);
            let _ = remote.spend(&mut Budget::new(), renewed).await;
        });
    }

    /// What becomes of a lease if it is that of a load of this process that has ended.
    pub(crate) fn released(&self, token: Token) -> Option<Released> {
        self.released.lock().get(&token).copied()
    }

    /// Registers a wait for the next change of a key.
    pub(crate) fn arrival(&self, key: &Key) -> Arrival<'_> {
        self.arrivals.wait(key)
    }

    /// Something has happened to the key: wakes those who wait for that.
    pub(crate) fn arrived(&self, key: &Key) {
        self.arrivals.arrived(key);
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("health", &self.store.health())
            .field("tracking", &self.is_tracking())
            .field("owed", &self.owed())
            .finish_non_exhaustive()
    }
}
