//! Entries as they age: served past their ttl, renewed, marked stale, left alone after a load that failed.

use std::time::Duration;

use super::entries::Record;
use super::holds::Hold;
use super::store::MemoryStore;
use crate::clock::{Millis, millis};
use crate::key::Key;
use crate::policy::Phase;
use crate::token::Token;

impl<P: Clone + Send + Sync + 'static> MemoryStore<P> {
    /// Reads an entry that [`get_fresh`](Self::get_fresh) does not give, with what is to be done with it.
    ///
    /// Not counted as a use: a second caller of what counts it, and the compiler would keep that apart from the hit, which then
    /// takes 25 instructions more.
    pub(crate) fn get_aged(&self, key: &Key) -> Option<(Record<P>, Phase)> {
        let record = self.entries.peek(key)?;
        let now = self.clock.now();
        let phase = record.life.phase(now);
        (phase < Phase::Over && self.tags.is_current(&record.stamp, now)).then_some((record, phase))
    }

    /// Tells whether there is an entry that is alive.
    pub(super) fn has(&self, key: &Key, now: Millis) -> bool {
        let is_alive =
            |record: &Record<P>| record.life.over > now && self.tags.is_current(&record.stamp, now);
        self.entries.look(key, is_alive).unwrap_or(false)
    }

    /// Renews the ttl of an entry that is fresh. It is due again after `due`, and both are from now on; until when it may be
    /// renewed is what `most` says of it.
    pub(crate) fn renew(
        &self,
        key: &Key,
        (due, ttl): (Duration, Duration),
        most: impl FnOnce(&Record<P>) -> Millis,
    ) {
        let now = self.clock.now();
        let after = |time: Duration| now.saturating_add(millis(time));
        let mut over = now;
        let mut shard = self.holds.lock(key);
        if let Some(Hold::Guards(_)) = shard.get(key, now) {
            return;
        }
        let gone = self.entries.update(key, |record| {
            let mut life = record.life;
            if life.phase(now) >= Phase::Stale {
                return;
            }
            let most = most(record);
            let stale = after(ttl).min(most).max(life.stale);
            let more = stale - life.stale;
            // At its end there is nothing to renew any more.
            let due = if stale < most { after(due).min(stale) } else { stale };
            (life.stale, life.due) = (stale, due);
            life.on_error = life.on_error.saturating_add(more);
            life.over = life.over.saturating_add(more);
            over = life.over;
            record.life = life;
        });
        drop(shard);
        drop(gone);
        self.ends_at(over);
    }

    /// Ends the lease of a load that has failed. If there is a value for which the next load can wait, it does so for `pause`.
    pub(crate) fn back_off(&self, key: &Key, token: Token, pause: Duration) {
        let now = self.clock.now();
        let mut shard = self.holds.lock(key);
        if !shard.take_lease(key, token) {
            return;
        }
        if self.has(key, now) {
            let until = now.saturating_add(millis(pause));
            self.hold(shard, key, Hold::Lease { token: Token::NOBODY, until }, now);
        }
    }

    pub(crate) fn mark_stale(&self, key: &Key) {
        let mut shard = self.holds.lock(key);
        match shard.get(key, self.clock.now()) {
            // The old value would outlive the write that is under way.
            Some(Hold::Guards(guards)) => {
                guards.dirty = true;
                return self.without_entry(key, shard, ());
            }
            Some(Hold::Lease { .. }) => shard.remove(key),
            None => {}
        }
        let now = self.clock.now();
        let mut over = Millis::MAX;
        let gone = self.entries.update(key, |record| {
            let mut life = record.life;
            let sooner = life.stale.saturating_sub(now);
            // Without a window it stays where it is: whoever loads has seen it.
            if life.over > life.stale {
                life.over = life.over.saturating_sub(sooner);
            }
            life.on_error = life.on_error.saturating_sub(sooner);
            (life.due, life.stale) = (0, life.stale.min(now));
            over = life.over;
            record.life = life;
        });
        drop(shard);
        drop(gone);
        self.ends_at(over);
    }
}
