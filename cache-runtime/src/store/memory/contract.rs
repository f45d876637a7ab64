//! The memory store behind the contract that every store keeps.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::entries::Record;
use super::holds::Hold;
use super::limits::Limits;
use super::store::{Grant, Incoming, MemoryStore};
use crate::clock::{Clock, ManualClock, Millis, millis};
use crate::contained::contained;
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::policy::Life;
use crate::store::{
    Acquired, Begun, Envelope, Filled, Found, Health, Read, Scanned, Store, Versions, Watch,
    Watchers,
};
use crate::token::Token;

/// A [`Store`] in this process's memory.
///
/// Made for tests of what is built on [`Store`], and as the model that other implementations are held against. A
/// [`Cache`](crate::Cache) without a server uses the same code on values instead of bytes.
///
/// As a server does, it reports every change to all who [watch](Store::watch) it, whoever makes it, before it answers: so
/// caches on one of these keep copies, as processes do that share a server. What ends by itself is not reported, because
/// no copy lives longer.
///
/// ```
/// # use cache_runtime::{Cache, cached, entry};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::Arc;
///
/// use cache_runtime::store::InMemory;
///
/// let store = Arc::new(InMemory::new(1_000));
/// let cache = Cache::builder().store(store).build().await?;
/// cache.put(entry!(square(3)), 9).await?;
/// assert_eq!(cache.peek(entry!(square(3))).await, Some(9));
/// # Ok::<(), cache_runtime::Error>(())
/// # }).unwrap();
/// ```
pub struct InMemory(Arc<MemoryStore<Arc<Stored>>>, Watchers);

/// An envelope in the store.
struct Stored {
    envelope: Envelope,
    /// When it came.
    since: Millis,
}

impl InMemory {
    /// Makes an empty store for so many entries.
    #[must_use]
    pub fn new(entries: u64) -> Self {
        Self::on(entries, Clock::System)
    }

    /// Makes an empty store on a clock that moves only when it is told to.
    #[must_use]
    pub fn with_clock(entries: u64, clock: ManualClock) -> Self {
        Self::on(entries, Clock::Manual(clock))
    }

    fn on(entries: u64, clock: Clock) -> Self {
        let limits = Limits { entries: entries.max(1), bytes: None };
        Self(MemoryStore::new(limits, clock), Watchers::default())
    }

    fn incoming(&self, tags: &[Tag], value: Envelope) -> Incoming<Arc<Stored>> {
        let now = self.0.clock.now();
        let Envelope { fresh, ttl, .. } = value;
        // Which of the windows a moment is in is the reader's to tell.
        let life = Life { over: ttl, on_error: ttl, ..Life::plain(fresh, Duration::ZERO) };
        Incoming {
            life,
            stamp: self.0.tags.stamp_of(tags, &value.versions, now),
            size: value.bytes.len(),
            payload: Arc::new(Stored { envelope: value, since: now }),
        }
    }

    /// Reports a change. If somebody who is told panics, all have to conclude that they may have missed it.
    fn report(&self, change: impl Fn(&dyn Watch)) {
        if contained(|| self.1.tell(change)).is_none() {
            self.1.lost();
            self.1.restored();
        }
    }

    /// Reports that something under the key has changed, were it only a lease.
    fn changed<T>(&self, key: &Key, answer: T) -> T {
        self.report(|watch| watch.changed(key));
        answer
    }
}

fn envelope(record: &Record<Arc<Stored>>, now: Millis) -> Envelope {
    let between = |from: Millis, to: Millis| Duration::from_millis(to.saturating_sub(from));
    let Stored { envelope, since } = &*record.payload;
    let life = record.life;
    Envelope {
        id: Some(record.id),
        fresh: between(now, life.stale),
        stale: between(life.stale, now),
        ttl: between(now, life.over),
        age: envelope.age.saturating_add(between(*since, now)),
        ..envelope.clone()
    }
}

#[async_trait]
impl Store for InMemory {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        let now = self.0.clock.now();
        let mut shard = self.0.holds.lock(key);
        let hold = shard.get(key, now);
        let guarded = matches!(hold, Some(Hold::Guards(_)));
        let lease = match hold {
            // What a failed load has left is of no use beside nothing.
            Some(Hold::Lease { token: Token::NOBODY, .. }) if !self.0.has(key, now) => None,
            Some(Hold::Lease { token, until }) if *until > now => Some(*token),
            _ => None,
        };
        let found = match self.0.entries.peek(key).filter(|record| record.life.over > now) {
            Some(record) if !self.0.tags.is_current(&record.stamp, now) => {
                Found::Dead(Envelope { guarded, ..envelope(&record, now) })
            }
            Some(record) if record.life.stale > now => {
                Found::Fresh(Envelope { guarded, ..envelope(&record, now) })
            }
            Some(record) => Found::Stale(Envelope { guarded, ..envelope(&record, now) }),
            None => match (lease, hold) {
                (Some(token), _) => Found::Loading(token),
                (None, Some(Hold::Guards(guards))) => guards
                    .writers
                    .first()
                    .map_or(Found::Nothing, |(token, _)| Found::Writing(*token)),
                (None, _) => Found::Nothing,
            },
        };
        Ok(Read { found, lease, versions: self.0.tags.versions(tags, now) })
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        match self.0.acquire(key, token, lease, observed) {
            Grant::Granted => Ok(self.changed(key, Acquired::Granted)),
            Grant::Busy { holder, left } => Ok(Acquired::Busy { holder, left }),
            Grant::Writing => Ok(Acquired::Writing),
            Grant::Changed(record) => Ok(Acquired::Changed(envelope(&record, self.0.clock.now()))),
        }
    }

    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled> {
        Ok(self.changed(key, self.0.fill(key, token, self.incoming(tags, value))))
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.0.release(key, token);
        self.changed(key, ());
        Ok(())
    }

    async fn back_off(&self, key: &Key, token: Token, pause: Duration) -> Result<()> {
        self.0.back_off(key, token, pause);
        self.changed(key, Ok(()))
    }

    // Not reported: copies end sooner than the value, which harms nobody.
    async fn renew(&self, key: &Key, ttl: Duration, most: Duration) -> Result<()> {
        self.0.renew(key, (ttl, ttl), |record| {
            let Stored { envelope, since } = &*record.payload;
            since.saturating_add(millis(most)).saturating_sub(millis(envelope.age))
        });
        Ok(())
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        Ok(self.changed(key, self.0.extend(key, token, lease)))
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        Ok(self.changed(key, self.0.begin(key, token, guard)))
    }

    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled> {
        let value = value.map(|value| self.incoming(tags, value));
        Ok(self.changed(key, self.0.commit(key, token, value)))
    }

    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()> {
        self.0.abandon(key, token, hold);
        self.changed(key, ());
        Ok(())
    }

    async fn cancel(&self, key: &Key, token: Token) -> Result<()> {
        self.0.cancel(key, token);
        self.changed(key, ());
        Ok(())
    }

    async fn invalidate(&self, key: &Key) -> Result<()> {
        self.0.invalidate(key);
        self.changed(key, ());
        Ok(())
    }

    async fn announce(&self, key: &Key, by: Token) -> Result<()> {
        self.report(|watch| watch.announced(key, by));
        Ok(())
    }

    async fn mark_stale(&self, key: &Key) -> Result<()> {
        self.0.mark_stale(key);
        self.changed(key, ());
        Ok(())
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        Ok(self.0.tags.versions(tags, self.0.clock.now()))
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.0.bump(tag, None);
        self.report(|watch| watch.bumped(tag));
        Ok(())
    }

    async fn clear(&self) -> Result<()> {
        self.0.clear();
        self.report(|watch| watch.cleared());
        Ok(())
    }

    async fn scan(&self, prefix: &[u8], _: u64) -> Result<Scanned> {
        let keys = self.0.keys().into_iter().filter(|key| key.as_bytes().starts_with(prefix));
        Ok(Scanned { keys: keys.collect(), cursor: 0 })
    }
    fn health(&self) -> Health {
        Health { tracking: true, ..Health::ALWAYS }
    }

    fn watch(&self, watch: Arc<dyn Watch>) {
        self.1.add(&watch, true);
    }
}
