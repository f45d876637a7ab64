//! The store in this process's memory.
//!
//! Holds payloads as they are: shared values for a cache, bytes where it stands in for a server. Gives the
//! guarantees of [`Store`](super::Store), by calls that do not wait.
//!
//! A read takes the map's shard lock only. Everything that changes a key takes the lock of the key's lane first, which
//! makes it atomic against the other changes; no user code runs under either lock.

use std::collections::HashSet;
use std::time::Duration;

pub use contract::InMemory;
use entries::{Entries, PushedOut};
pub(crate) use entries::{Limits, Record};
use holds::{Guards, Hold, Holds, Kept, Lane};
pub(crate) use tags::Stamp;
use tags::Tags;

use super::{Begun, Filled};
use crate::clock::{Clock, Millis, millis};
use crate::discard::discard;
use crate::entry::Key;
use crate::tag::Tag;
use crate::token::Token;

mod contract;
mod entries;
mod holds;
mod tags;

pub(crate) struct MemoryStore<P> {
    entries: Entries<P>,
    holds: Holds,
    tags: Tags,
    clock: Clock,
}

/// A value on its way into the store.
pub(crate) struct Incoming<P> {
    pub(crate) payload: P,
    pub(crate) fresh: Duration,
    pub(crate) ttl: Duration,
    pub(crate) stamp: Stamp,
    /// The bytes that the payload takes; counted only if the limits need it.
    pub(crate) size: usize,
}

/// What [`MemoryStore::acquire`] decided; see [`super::Acquired`].
pub(crate) enum Grant<P> {
    Granted,
    Busy { holder: Token, left: Duration },
    Writing,
    Changed(Record<P>),
}

/// What stands under a key, for people to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeldBy {
    Nobody,
    Load,
    Writers(usize),
}

impl<P: Clone + Send + 'static> MemoryStore<P> {
    pub(crate) fn new(limits: Limits, clock: Clock) -> Self {
        Self { entries: Entries::new(limits), holds: Holds::new(), tags: Tags::new(), clock }
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
        let Some(Record { payload, fresh_until, stamp, .. }) = self.entries.get(key) else {
            return None;
        };
        let now = self.clock.now();
        (fresh_until > now && self.tags.is_current(&stamp, now)).then_some(payload)
    }

    /// Reads an entry that exists, with whether it is fresh; does not count as a use.
    pub(crate) fn peek(&self, key: &Key) -> Option<(Record<P>, bool)> {
        let record = self.entries.peek(key)?;
        let now = self.clock.now();
        let fresh = record.fresh_until > now && self.tags.is_current(&record.stamp, now);
        (record.expires > now).then_some((record, fresh))
    }

    pub(crate) fn stamp(&self, tags: &[Tag]) -> Stamp {
        self.tags.stamp(tags, self.clock.now())
    }

    pub(crate) fn is_current(&self, stamp: &Stamp) -> bool {
        self.tags.is_current(stamp, self.clock.now())
    }

    pub(crate) fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Grant<P> {
        let now = self.clock.now();
        let mut lane = self.holds.lock(key);
        match lane.get(key, now) {
            Some(Hold::Guards(_)) => return Grant::Writing,
            Some(Hold::Lease { token: held, until }) if *held != token && *until > now => {
                let left = Duration::from_millis(*until - now);
                return Grant::Busy { holder: *held, left };
            }
            _ => {}
        }
        if let Some((record, true)) = self.peek(key)
            && Some(record.id) != observed
        {
            return Grant::Changed(record);
        }
        lane.set(key, Hold::Lease { token, until: now.saturating_add(millis(lease)) }, now);
        Grant::Granted
    }

    pub(crate) fn fill(&self, key: &Key, token: Token, value: Incoming<P>) -> Filled {
        let now = self.clock.now();
        let mut lane = self.holds.lock(key);
        if !lane.take_lease(key, token) {
            return Filled::Refused;
        }
        if !self.tags.is_current(&value.stamp, now) {
            return Filled::Outdated;
        }
        let pushed_out = self.insert(key, token, value, now);
        drop(lane);
        if pushed_out.refused { Filled::TooLarge } else { Filled::Stored }
    }

    pub(crate) fn release(&self, key: &Key, token: Token) {
        self.holds.lock(key).take_lease(key, token);
    }

    /// Ends whatever lease there is: the load under way will not be stored.
    pub(crate) fn end_lease(&self, key: &Key) {
        let mut lane = self.holds.lock(key);
        if let Some(Hold::Lease { .. }) = lane.get(key, self.clock.now()) {
            lane.remove(key);
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

    pub(crate) fn begin(&self, key: &Key, token: Token, guard: Duration) -> Begun {
        let now = self.clock.now();
        let until = now.saturating_add(millis(guard));
        let mut lane = self.holds.lock(key);
        if let Some(Hold::Guards(guards)) = lane.get(key, now) {
            let again = guards.take(token);
            let alone = again && guards.writers.is_empty() && !guards.dirty;
            guards.add(token, until);
            if alone {
                return Begun::Alone;
            }
            guards.dirty = true;
            guards.kept = None;
            return self.without_entry(key, lane, Begun::Overlapping);
        }
        // A lease, if there is one, ends here: its load may read what is about to be overwritten.
        let kept = self.peek(key).map(|(record, _)| Kept {
            id: record.id,
            fresh_until: record.fresh_until,
            expires: record.expires,
        });
        self.cut(key, until);
        let guards = Guards { writers: vec![(token, until)], dirty: false, kept };
        lane.set(key, Hold::Guards(guards), now);
        Begun::Alone
    }

    pub(crate) fn commit(&self, key: &Key, token: Token, value: Option<Incoming<P>>) -> Filled {
        let now = self.clock.now();
        let mut lane = self.holds.lock(key);
        let clean = match lane.get(key, now) {
            Some(Hold::Guards(guards)) => {
                let found = guards.take(token);
                let alone = guards.writers.is_empty();
                let clean = found && alone && !guards.dirty;
                guards.dirty = true;
                if alone {
                    lane.remove(key);
                }
                clean
            }
            // The guard ran out. A load may have begun since, so its lease ends too.
            Some(Hold::Lease { .. }) => {
                lane.remove(key);
                false
            }
            None => false,
        };
        match value {
            Some(value) if clean && self.tags.is_current(&value.stamp, now) => {
                let pushed_out = self.insert(key, token, value, now);
                drop(lane);
                if pushed_out.refused { Filled::TooLarge } else { Filled::Stored }
            }
            _ => self.without_entry(key, lane, Filled::Refused),
        }
    }

    pub(crate) fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) {
        let now = self.clock.now();
        let mut lane = self.holds.lock(key);
        let writer = hold.map(|time| (token, now.saturating_add(millis(time))));
        match (lane.get(key, now), writer) {
            (Some(Hold::Guards(guards)), writer) => {
                guards.dirty = true;
                if let Some((token, until)) = writer {
                    guards.take(token);
                    guards.add(token, until);
                }
            }
            // The guard has run out. A load may have begun since, so its lease ends in either case.
            (_, Some(writer)) => {
                let guards = Guards { writers: vec![writer], dirty: true, kept: None };
                lane.set(key, Hold::Guards(guards), now);
            }
            (Some(Hold::Lease { .. }), None) => lane.remove(key),
            (None, None) => {}
        }
        self.without_entry(key, lane, ());
    }

    pub(crate) fn lift(&self, key: &Key, token: Token) {
        let now = self.clock.now();
        let mut lane = self.holds.lock(key);
        let Some(Hold::Guards(guards)) = lane.get(key, now) else { return };
        guards.take(token);
        if !guards.writers.is_empty() {
            return;
        }
        if let (false, Some(kept)) = (guards.dirty, guards.kept) {
            self.entries.update(key, |record| {
                if record.id == kept.id {
                    record.fresh_until = kept.fresh_until;
                    record.expires = kept.expires;
                }
            });
        }
        lane.remove(key);
    }

    pub(crate) fn invalidate(&self, key: &Key) {
        let mut lane = self.holds.lock(key);
        match lane.get(key, self.clock.now()) {
            Some(Hold::Guards(guards)) => guards.dirty = true,
            Some(Hold::Lease { .. }) => lane.remove(key),
            None => {}
        }
        self.without_entry(key, lane, ());
    }

    pub(crate) fn soften(&self, key: &Key) {
        let mut lane = self.holds.lock(key);
        match lane.get(key, self.clock.now()) {
            // The old value would outlive the write that is under way.
            Some(Hold::Guards(guards)) => {
                guards.dirty = true;
                return self.without_entry(key, lane, ());
            }
            Some(Hold::Lease { .. }) => lane.remove(key),
            None => {}
        }
        self.entries.update(key, |record| record.fresh_until = 0);
    }

    pub(crate) fn bump(&self, tag: &Tag, again: Option<Duration>) {
        let now = self.clock.now();
        self.tags.bump(tag, again.map(|again| now.saturating_add(millis(again))), now);
    }

    pub(crate) fn clear(&self) {
        self.tags.bump_epoch();
        self.holds.end_leases();
        self.entries.clear();
    }

    pub(crate) fn held_by(&self, key: &Key) -> HeldBy {
        match self.holds.lock(key).get(key, self.clock.now()) {
            None => HeldBy::Nobody,
            Some(Hold::Lease { .. }) => HeldBy::Load,
            Some(Hold::Guards(guards)) => HeldBy::Writers(guards.writers.len()),
        }
    }

    pub(crate) fn needs_sizes(&self) -> bool {
        self.entries.limits.needs_sizes()
    }

    /// The keys under which anything stands: entries, leases and guards.
    pub(crate) fn keys(&self) -> HashSet<Key> {
        let mut keys = self.holds.keys();
        keys.extend(self.entries.keys());
        keys
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.entries.evictions()
    }

    fn insert(&self, key: &Key, id: Token, value: Incoming<P>, now: Millis) -> PushedOut<P> {
        let weight = self.entries.limits.weight(key, value.size);
        let fresh_until = now.saturating_add(millis(value.fresh));
        let expires = now.saturating_add(millis(value.ttl));
        let Incoming { payload, stamp, .. } = value;
        self.entries.insert(key, Record { payload, id, fresh_until, expires, stamp, weight })
    }

    /// Shortens an entry's life.
    fn cut(&self, key: &Key, until: Millis) {
        self.entries.update(key, |record| {
            record.fresh_until = record.fresh_until.min(until);
            record.expires = record.expires.min(until);
        });
    }

    /// Removes the entry, then releases the lane, then drops the value.
    fn without_entry<T>(&self, key: &Key, lane: parking_lot::MutexGuard<'_, Lane>, answer: T) -> T {
        let removed = self.entries.remove(key);
        drop(lane);
        if let Some(removed) = removed {
            discard(removed);
        }
        answer
    }
}
