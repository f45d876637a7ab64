//! Writers: guards are placed before a write, and ended after it.

use std::time::Duration;

use super::entries::Gone;
use super::holds::{Guards, Hold, Kept};
use super::store::{Incoming, MemoryStore};
use crate::clock::{Millis, millis};
use crate::key::Key;
use crate::store::{Begun, Filled};
use crate::token::Token;

impl<P: Clone + Send + Sync + 'static> MemoryStore<P> {
    pub(crate) fn begin(&self, key: &Key, token: Token, guard: Duration) -> Begun {
        let now = self.clock.now();
        let until = now.saturating_add(millis(guard));
        let mut shard = self.holds.lock(key);
        if let Some(Hold::Guards(guards)) = shard.get(key, now) {
            let again = guards.take(token);
            let alone = again && guards.writers.is_empty() && !guards.dirty;
            guards.add(token, until);
            if alone {
                return Begun::Alone;
            }
            guards.dirty = true;
            guards.kept = None;
            return self.without_entry(key, shard, Begun::Overlapping);
        }
        // A lease, if there is one, ends here: its load may read what is about to be overwritten.
        let (kept, old) = self.cut(key, until, now);
        let guards = Guards { writers: vec![(token, until)], dirty: false, kept };
        self.hold(shard, key, Hold::Guards(guards), now);
        drop(old);
        Begun::Alone
    }

    pub(crate) fn commit(&self, key: &Key, token: Token, value: Option<Incoming<P>>) -> Filled {
        let now = self.clock.now();
        let mut shard = self.holds.lock(key);
        let clean = match shard.get(key, now) {
            Some(Hold::Guards(guards)) => {
                let found = guards.take(token);
                let alone = guards.writers.is_empty();
                let clean = found && alone && !guards.dirty;
                guards.dirty = true;
                if alone {
                    shard.remove(key);
                }
                clean
            }
            // The guard ran out. A load may have begun since, so its lease ends too.
            Some(Hold::Lease { .. }) => {
                shard.remove(key);
                false
            }
            None => false,
        };
        self.tags.catch_up(now);
        match value {
            Some(value) if clean && self.tags.is_current(&value.stamp, now) => {
                self.store(shard, key, token, value, now)
            }
            _ => self.without_entry(key, shard, Filled::Refused),
        }
    }

    pub(crate) fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) {
        let now = self.clock.now();
        let mut shard = self.holds.lock(key);
        let writer = hold.map(|time| (token, now.saturating_add(millis(time))));
        match (shard.get(key, now), writer) {
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
                shard.set(key, Hold::Guards(guards), now);
            }
            (Some(Hold::Lease { .. }), None) => shard.remove(key),
            (None, None) => {}
        }
        self.without_entry(key, shard, ());
        if let Some((_, until)) = writer {
            self.ends_at(until);
        }
    }

    pub(crate) fn cancel(&self, key: &Key, token: Token) {
        let now = self.clock.now();
        let mut shard = self.holds.lock(key);
        let Some(Hold::Guards(guards)) = shard.get(key, now) else { return };
        guards.take(token);
        if !guards.writers.is_empty() {
            return;
        }
        let kept = guards.kept.filter(|_| !guards.dirty);
        let old = kept.map(|kept| {
            self.entries.update(key, |record| {
                if record.id == kept.id {
                    record.life = kept.life;
                }
            })
        });
        shard.remove(key);
        drop(shard);
        drop(old);
        if let Some(kept) = kept {
            self.ends_at(kept.life.over);
        }
    }

    pub(crate) fn invalidate(&self, key: &Key) {
        let mut shard = self.holds.lock(key);
        match shard.get(key, self.clock.now()) {
            Some(Hold::Guards(guards)) => guards.dirty = true,
            Some(Hold::Lease { .. }) => shard.remove(key),
            None => {}
        }
        self.without_entry(key, shard, ());
    }

    /// Shortens an entry's life; what it was before, and the old record, to be dropped without the shard.
    fn cut(&self, key: &Key, until: Millis, now: Millis) -> (Option<Kept>, Gone<P>) {
        let mut kept = None;
        let gone = self.entries.update(key, |record| {
            let (id, life) = (record.id, record.life);
            kept = (life.over > now).then_some(Kept { id, life });
            record.life = life.until(until);
        });
        (kept, gone)
    }
}
