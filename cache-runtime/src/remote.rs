//! The tier that processes share, as the layers above see it: a store that may be away.
//!
//! Nothing here waits for longer than its budget, and no invalidation is lost while the process lives: what the store
//! did not acknowledge is kept and sent again, and until then this process serves nothing that it concerns.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join;

use crate::entry::Key;
use crate::error::{Error, Result};
use crate::io::Io;
use crate::policy::Tier;
use crate::store::{Acquired, Begun, Envelope, Filled, Read, Scanned, Store, Versions};
use crate::tag::Tag;
use crate::timer::within;
use crate::token::Token;

use arrivals::Arrivals;
use journal::{Journal, Owed};

pub(crate) use arrivals::Arrival;

mod arrivals;
mod journal;

/// How long to wait before what could not be sent is tried again, while the store can be asked.
const RETRY: Duration = Duration::from_millis(100);

pub(crate) struct Remote {
    store: Arc<dyn Store>,
    /// The same store, for the entries that no process may copy.
    uncopied: Arc<dyn Store>,
    io: Io,
    journal: Journal,
    arrivals: Arrivals,
    max_value: usize,
    /// How long one call may spend here beside its load, all its requests together.
    budget: Duration,
    /// Changes are told to this process.
    told: AtomicBool,
}

/// One entry of the shared tier.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) tier: Tier,
    pub(crate) key: Key,
}

/// What is to happen to an entry that somebody writes or invalidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The write took place: the value goes, the guard too.
    Commit(Token),
    /// It may have: the value goes, the guard stays, to its deadline or so long.
    Abandon(Token, Option<Duration>),
    /// It did not.
    Lift(Token),
    /// No guard was placed: the value goes.
    Remove,
    /// The value's time is over.
    Soften,
}

/// The time that a call has left for the shared tier; `None` before its first request.
#[derive(Debug)]
pub(crate) struct Budget(Option<Duration>);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    /// Makes a request in the time that is left of `whole`.
    async fn spend<T>(
        &mut self,
        whole: Duration,
        request: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let answer = match self.0 {
            // The store's own deadline for a request is as long; a hit pays for no second timer.
            None => request.await,
            Some(Duration::ZERO) => {
                Err(Error::unavailable("the call has spent its time on the shared tier"))
            }
            Some(left) => {
                let slow = || Err(Error::unavailable("the shared tier did not answer in time"));
                within(left, request).await.unwrap_or_else(slow)
            }
        };
        self.0 = Some(self.0.unwrap_or(whole).saturating_sub(start.elapsed()));
        answer
    }
}

impl Remote {
    /// Values of more than `max_value` bytes, uncompressed, are neither stored nor read. One call may spend `budget`,
    /// which is also the store's deadline for a request.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        uncopied: Arc<dyn Store>,
        io: Io,
        max_value: usize,
        budget: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            max_value,
            budget,
            store,
            uncopied,
            io,
            journal: Journal::default(),
            arrivals: Arrivals::default(),
            told: AtomicBool::new(false),
        })
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    fn store_of(&self, tier: Tier) -> &dyn Store {
        if tier == Tier::Remote { &*self.uncopied } else { &*self.store }
    }

    pub(crate) fn max_value(&self) -> usize {
        self.max_value
    }

    /// Tells whether changes are told to this process: whether it may keep copies.
    pub(crate) fn is_told(&self) -> bool {
        self.told.load(Ordering::Acquire)
    }

    pub(crate) fn set_told(&self, told: bool) {
        self.told.store(told, Ordering::Release);
    }

    pub(crate) fn is_reachable(&self) -> bool {
        self.store.health().reachable
    }

    /// The invalidations that the store has not acknowledged.
    pub(crate) fn owed(&self) -> usize {
        self.journal.len()
    }

    pub(crate) async fn read(
        &self,
        budget: &mut Budget,
        place: &Place,
        tags: &[Tag],
    ) -> Result<Read> {
        // A value that should be gone must not be served, nor the store asked for a lease that would outlive that.
        if self.journal.concerns(place, tags) {
            return Err(Error::unavailable("an invalidation of the entry is still to be sent"));
        }
        budget.spend(self.budget, self.store_of(place.tier).read(&place.key, tags)).await
    }

    /// Reads several entries of one tier; each is `None` if it cannot be told.
    pub(crate) async fn read_many(
        &self,
        tier: Tier,
        entries: Vec<(Key, Vec<Tag>)>,
    ) -> Vec<Option<Read>> {
        let places: Vec<_> = entries
            .iter()
            .map(|(key, tags)| self.journal.concerns(&Place { tier, key: key.clone() }, tags))
            .collect();
        let Ok(reads) = self.store_of(tier).read_many(&entries).await else {
            return entries.iter().map(|_| None).collect();
        };
        let reads = reads.into_iter().zip(places);
        reads.map(|(read, concerned)| (!concerned).then_some(read)).collect()
    }

    /// The keys of entries that begin with `prefix`, as [`Store::scan`] gives them.
    pub(crate) async fn scan(&self, tier: Tier, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        self.store_of(tier).scan(prefix, cursor).await
    }

    /// Asks for a lease, and makes the versions that are missing, in one round trip.
    pub(crate) async fn acquire(
        &self,
        budget: &mut Budget,
        place: &Place,
        lease: (Token, Duration),
        observed: Option<Token>,
        tags: &[Tag],
        versions: &mut Versions,
    ) -> Result<Acquired> {
        let store = self.store_of(place.tier);
        let (token, time) = lease;
        let acquire = store.acquire(&place.key, token, time, observed);
        budget
            .spend(self.budget, async {
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
        place: &Place,
        token: Token,
        tags: &[Tag],
        value: Envelope,
    ) -> Result<Filled> {
        budget
            .spend(self.budget, self.store_of(place.tier).fill(&place.key, token, tags, value))
            .await
    }

    /// Lengthens a lease while its load goes on; false if it is gone.
    pub(crate) async fn extend(&self, place: &Place, token: Token, lease: Duration) -> bool {
        // An extension that fails is tried again with the next beat.
        self.store_of(place.tier).extend(&place.key, token, lease).await.unwrap_or(true)
    }

    /// Ends the lease of a load that nobody joins any more.
    pub(crate) async fn give_up(&self, place: &Place, token: Token) {
        // If it fails the lease ends by itself.
        let _ = self.store_of(place.tier).release(&place.key, token).await;
    }

    /// Ends a lease without a value, without waiting for it. If that fails the lease ends by itself.
    pub(crate) fn release(self: &Arc<Self>, place: Place, token: Token) {
        let remote = Arc::clone(self);
        self.detach(async move {
            remote.give_up(&place, token).await;
        });
    }

    /// Places a guard.
    pub(crate) async fn begin(
        &self,
        budget: &mut Budget,
        place: &Place,
        token: Token,
        guard: Duration,
    ) -> Result<Begun> {
        budget.spend(self.budget, self.store_of(place.tier).begin(&place.key, token, guard)).await
    }

    /// The versions that a value written from now on is to carry.
    pub(crate) async fn versions(&self, budget: &mut Budget, tags: &[Tag]) -> Result<Versions> {
        budget.spend(self.budget, self.store.versions(tags)).await
    }

    /// Ends a guard with a value. If the store does not acknowledge it, the value is removed as soon as it does.
    pub(crate) async fn commit(
        self: &Arc<Self>,
        place: &Place,
        token: Token,
        tags: &[Tag],
        value: Envelope,
    ) -> Result<Filled> {
        let committed =
            self.store_of(place.tier).commit(&place.key, token, tags, Some(value)).await;
        if committed.is_err() {
            self.owe(Owed::Entry(place.clone(), Some(token)));
        }
        committed
    }

    /// Makes a change; what the store does not acknowledge is sent again until it does.
    pub(crate) async fn change(self: &Arc<Self>, place: &Place, change: Change) -> Result<()> {
        let made = if place.tier == Tier::Local {
            // No entry is there; the other processes are told.
            match change {
                Change::Lift(_) => Ok(()),
                _ => self.store.announce(&place.key).await,
            }
        } else {
            self.change_entry(place, change).await
        };
        if made.is_err() {
            match change {
                // The guard ends by itself, and the value is as it was.
                Change::Lift(_) => {}
                Change::Commit(token) => self.owe(Owed::Entry(place.clone(), Some(token))),
                Change::Abandon(..) | Change::Remove | Change::Soften => {
                    self.owe(Owed::Entry(place.clone(), None));
                }
            }
        }
        made
    }

    async fn change_entry(&self, place: &Place, change: Change) -> Result<()> {
        let (store, key) = (self.store_of(place.tier), &place.key);
        match change {
            Change::Commit(token) => store.commit(key, token, &[], None).await.map(drop),
            Change::Abandon(token, hold) => store.abandon(key, token, hold).await,
            Change::Lift(token) => store.lift(key, token).await,
            Change::Remove => store.invalidate(key).await,
            Change::Soften => store.soften(key).await,
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
        let remote = Arc::clone(self);
        self.detach(async move {
            tokio::time::sleep(after).await;
            // A failure is kept in the journal.
            let _ = remote.bump(&tag).await;
        });
    }

    /// Ends every entry of the namespace.
    pub(crate) async fn clear(self: &Arc<Self>) -> Result<()> {
        let cleared = self.store.clear().await;
        if cleared.is_err() {
            self.owe(Owed::Everything);
        }
        cleared
    }

    /// Runs something on the cache's own thread to its end, also if the caller goes away.
    pub(crate) async fn run(
        &self,
        future: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Result<()> {
        let gone = || Err(Error::unavailable("the cache is shut down"));
        self.io.spawn(future).await.unwrap_or_else(gone)
    }

    /// Runs something on the cache's own thread, without waiting for it.
    pub(crate) fn detach(&self, future: impl Future<Output = ()> + Send + 'static) {
        drop(self.io.spawn(future));
    }

    /// Registers a wait for the next change of a key.
    pub(crate) fn arrival(&self, key: &Key) -> Arrival<'_> {
        self.arrivals.wait(key)
    }

    /// Something has happened to the key: wakes those who wait for that.
    pub(crate) fn arrived(&self, key: &Key) {
        self.arrivals.arrived(key);
    }

    /// Notes what the store has not acknowledged, and sees to it that it is sent.
    fn owe(self: &Arc<Self>, owed: Owed) {
        if self.journal.add(owed) {
            let remote = Arc::downgrade(self);
            // Not kept alive by what it owes: a cache that is dropped is shut down first if that matters.
            self.detach(async move {
                while let Some(remote) = remote.upgrade() {
                    if remote.pay().await {
                        break;
                    }
                    drop(remote);
                    tokio::time::sleep(RETRY).await;
                }
            });
        }
    }

    /// Sends what is owed, in its order; true if nothing is left. What the store refuses is tried again with the next
    /// round, and keeps nothing else waiting.
    async fn pay(&self) -> bool {
        let mut last = None;
        while let Some((number, owed)) = self.journal.after(last) {
            if !self.is_reachable() {
                return false;
            }
            if self.send(&owed).await.is_ok() {
                self.journal.paid(number);
            }
            last = Some(number);
        }
        self.journal.is_settled()
    }

    async fn send(&self, owed: &Owed) -> Result<()> {
        match owed {
            Owed::Entry(Place { tier: Tier::Local, key }, _) => self.store.announce(key).await,
            Owed::Entry(place, Some(token)) => {
                self.change_entry(place, Change::Commit(*token)).await
            }
            Owed::Entry(place, None) => self.change_entry(place, Change::Remove).await,
            Owed::Tag(tag) => self.store.bump(tag).await,
            Owed::Everything => self.store.clear().await,
        }
    }

    /// Waits until nothing is owed, for at most `timeout`.
    pub(crate) async fn settle(&self, timeout: Duration) -> Result<()> {
        let settled = within(timeout, async {
            while !self.journal.is_empty() {
                futures_timer::Delay::new(RETRY / 10).await;
            }
        });
        settled.await.ok_or_else(|| {
            let owed = self.owed();
            Error::unavailable(format!(
                "{owed} invalidation(s) could not be sent to the shared tier in time"
            ))
        })
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("health", &self.store.health())
            .field("told", &self.is_told())
            .field("owed", &self.owed())
            .finish_non_exhaustive()
    }
}
