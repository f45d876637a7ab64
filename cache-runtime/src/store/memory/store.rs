//! Entries, holds and tags put together: what a read, a load and an invalidation do.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::entries::{Entries, New, Record};
use super::holds::{Hold, HoldShard, Holds};
use super::ledger::Counted;
use super::limits::Limits;
use super::stamp::Stamp;
use super::sweeper::Sweeper;
use super::tags::Tags;
use crate::clock::{Clock, Millis, Ticking, millis};
use crate::key::{Key, Tag};
use crate::policy::{Life, Phase};
use crate::store::Filled;
use crate::token::Token;

/// The memory store. Reads take the lock of a shard of the map; what changes a key takes that of its holds first.
pub(crate) struct MemoryStore<P: Clone + Send + Sync + 'static> {
    pub(super) entries: Entries<P>,
    pub(super) holds: Holds,
    pub(super) tags: Tags,
    pub(super) clock: Clock,
    pub(super) sweeper: Arc<Sweeper>,
    /// For the thread that gives back what has ended.
    pub(super) this: Weak<Self>,
}

/// A value on its way into the store.
pub(crate) struct Incoming<P> {
    pub(crate) payload: P,
    /// From now on.
    pub(crate) life: Life<Duration>,
    pub(crate) stamp: Stamp,
    /// The bytes that the payload takes; counted only if the limits need it.
    pub(crate) size: usize,
}

/// The answer of [`MemoryStore::acquire`]; see [`Acquired`](crate::store::Acquired).
pub(crate) enum Grant<P> {
    Granted,
    Busy { holder: Token, left: Duration },
    Writing,
    Changed(Record<P>),
}

/// The holder of a key, for people to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeldBy {
    Nobody,
    Load,
    /// A load failed lately, and the next is to wait.
    BackOff,
    Writers(usize),
}

impl<P: Clone + Send + Sync + 'static> MemoryStore<P> {
    pub(crate) fn new(limits: Limits, clock: Clock) -> Arc<Self> {
        let (entries, holds, tags) = (Entries::new(limits), Holds::new(), Tags::new());
        let sweeper = Sweeper::new();
        let store = Arc::new_cyclic(|this| Self {
            entries,
            holds,
            tags,
            clock,
            sweeper,
            this: Weak::clone(this),
        });
        if let Clock::Manual(clock) = &store.clock {
            let told: Weak<dyn Ticking> = store.this.clone();
            clock.tell(told);
        }
        store
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Reads a fresh entry. The hit path: no allocation, no lock but the shard's.
    #[inline]
    pub(crate) fn get_fresh(&self, key: &[u8]) -> Option<P> {
        #[expect(
            clippy::question_mark,
            reason = "`?` would copy the whole record before it is taken apart"
        )]
        let Some(Record { payload, life, stamp, .. }) = self.entries.get(key) else {
            return None;
        };
        let now = self.clock.now();
        (life.due > now && self.tags.is_current(&stamp, now)).then_some(payload)
    }

    /// Reads an entry that exists, with the phase that it is in; does not count as a use.
    pub(crate) fn peek(&self, key: &Key) -> Option<(Record<P>, Phase)> {
        let record = self.entries.peek(key)?;
        let now = self.clock.now();
        if record.life.over <= now {
            return None;
        }
        let current = self.tags.is_current(&record.stamp, now);
        let phase = if current { record.life.phase(now) } else { Phase::Over };
        Some((record, phase))
    }

    pub(crate) fn stamp(&self, tags: &[Tag]) -> Stamp {
        self.tags.stamp(tags, self.clock.now())
    }

    pub(crate) fn is_current(&self, stamp: &Stamp) -> bool {
        let now = self.clock.now();
        self.tags.catch_up(now);
        self.tags.is_current(stamp, now)
    }

    pub(crate) fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Grant<P> {
        let now = self.clock.now();
        let mut shard = self.holds.lock(key);
        match shard.get(key, now) {
            Some(Hold::Guards(_)) => return Grant::Writing,
            // What a failed load has left is of no use beside nothing: the value may have been evicted.
            Some(Hold::Lease { token: Token::NOBODY, .. }) if !self.has(key, now) => {}
            Some(Hold::Lease { token: held, until }) if *held != token && *until > now => {
                let left = Duration::from_millis(*until - now);
                return Grant::Busy { holder: *held, left };
            }
            _ => {}
        }
        // What is cloned goes to the caller.
        let changed = self.entries.look(key, |record| {
            let fresh = record.life.stale > now && self.tags.is_current(&record.stamp, now);
            (fresh && Some(record.id) != observed).then(|| record.clone())
        });
        if let Some(Some(record)) = changed {
            return Grant::Changed(record);
        }
        let hold = Hold::Lease { token, until: now.saturating_add(millis(lease)) };
        self.hold(shard, key, hold, now);
        Grant::Granted
    }

    pub(crate) fn fill(&self, key: &Key, token: Token, value: Incoming<P>) -> Filled {
        let now = self.clock.now();
        let mut shard = self.holds.lock(key);
        if !shard.take_lease(key, token) {
            return Filled::Refused;
        }
        self.tags.catch_up(now);
        if !self.tags.is_current(&value.stamp, now) {
            return Filled::Outdated;
        }
        self.store(shard, key, token, value, now)
    }

    pub(crate) fn release(&self, key: &Key, token: Token) {
        self.holds.lock(key).take_lease(key, token);
    }

    /// Ends whatever lease there is: the load under way will not be stored.
    pub(crate) fn end_lease(&self, key: &Key) {
        let mut shard = self.holds.lock(key);
        if let Some(Hold::Lease { .. }) = shard.get(key, self.clock.now()) {
            shard.remove(key);
        }
    }

    pub(crate) fn extend(&self, key: &Key, token: Token, lease: Duration) -> bool {
        let now = self.clock.now();
        match self.holds.lock(key).get(key, now) {
            Some(Hold::Lease { token: held, until }) if *held == token => {
                *until = now.saturating_add(millis(lease));
                true
            }
            _ => false,
        }
    }

    pub(crate) fn bump(&self, tag: &Tag, again: Option<Duration>) {
        let now = self.clock.now();
        let again = again.map(|again| now.saturating_add(millis(again)));
        if self.tags.bump(tag, again, now) {
            self.ends_at(now);
        }
        if let Some(again) = again {
            self.ends_at(again);
        }
    }

    pub(crate) fn clear(&self) {
        self.tags.bump_epoch();
        self.holds.end_leases();
        self.entries.clear();
        // A fill that was under way may have come after.
        self.ends_at(self.clock.now());
    }

    /// Ends everything once more, after a time. What is stored until then lives no longer, because nobody may come to end
    /// it. To be called before everything is ended for the first time: what is stored between the two would live on until
    /// somebody comes.
    pub(crate) fn clear_again(&self, after: Duration) {
        let at = self.clock.now().saturating_add(millis(after));
        self.tags.bump_epoch_again(at);
        self.ends_at(at);
    }

    pub(crate) fn held_by(&self, key: &Key) -> HeldBy {
        let now = self.clock.now();
        match self.holds.lock(key).get(key, now) {
            None => HeldBy::Nobody,
            Some(Hold::Lease { token: Token::NOBODY, until }) if *until <= now => HeldBy::Nobody,
            Some(Hold::Lease { token: Token::NOBODY, .. }) => HeldBy::BackOff,
            Some(Hold::Lease { .. }) => HeldBy::Load,
            Some(Hold::Guards(guards)) => HeldBy::Writers(guards.writers.len()),
        }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.entries.limits
    }

    /// The keys under which anything stands: entries, leases and guards.
    pub(crate) fn keys(&self) -> HashSet<Key> {
        let mut keys = self.holds.keys();
        keys.extend(self.entries.keys());
        keys
    }

    /// How many entries there are, dead or alive.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many of them are alive, and what they take. Looks at each.
    pub(crate) fn count(&self) -> Counted {
        let now = self.clock.now();
        self.entries.count(now, |stamp| self.tags.is_current(stamp, now))
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.entries.evictions()
    }

    /// Stores a value, then releases the shard, then drops what had to make room.
    pub(super) fn store(
        &self,
        shard: HoldShard<'_>,
        key: &Key,
        id: Token,
        value: Incoming<P>,
        now: Millis,
    ) -> Filled {
        let Incoming { payload, life, stamp, size } = value;
        let most = self.tags.epoch_ends();
        let life = life.map(|time| now.saturating_add(millis(time))).until(most);
        let gone = self.entries.insert(key, New { payload, id, life, stamp, size });
        drop(shard);
        self.ends_at(life.over);
        if gone.refused { Filled::TooLarge } else { Filled::Stored }
    }

    /// Holds a key, and releases the shard.
    pub(super) fn hold(&self, mut shard: HoldShard<'_>, key: &Key, hold: Hold, now: Millis) {
        let over = hold.over();
        shard.set(key, hold, now);
        drop(shard);
        self.ends_at(over);
    }

    /// Removes the entry, then releases the shard, then drops the value.
    pub(super) fn without_entry<T>(&self, key: &Key, shard: HoldShard<'_>, answer: T) -> T {
        let gone = self.entries.remove(key);
        drop(shard);
        drop(gone);
        answer
    }
}

impl<P: Clone + Send + Sync + 'static> Drop for MemoryStore<P> {
    fn drop(&mut self) {
        self.sweeper.end();
    }
}
