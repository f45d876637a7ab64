//! The flights of one cache, by key.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::joined::{EndWait, Joined, Lead, Unverified, Witness};
use super::pulse::{Arrived, Pulse};
use super::result::LoadResult;
use super::shard::{Flight, FlightsOfShard};
use super::waiter::{Channel, Waiter};
use crate::key::Key;
use crate::shards::{Shard, Shards};
use crate::store::memory::Stamp;
use crate::sync::AtomicU64;
use crate::token::Token;

/// The flights of one cache. Each key is in one shard, under its lock.
pub(crate) struct Flights {
    shards: Shards<FlightsOfShard>,
    /// How many flights have begun, those that began anew counted again.
    begun: AtomicU64,
}

impl Flights {
    pub(crate) fn new() -> Self {
        Self { shards: Shards::new(), begun: AtomicU64::new(0) }
    }

    /// Notes when a caller comes: a flight that begins after this is as good as the caller's own load.
    pub(crate) fn arrive(&self) -> Arrived {
        Arrived(self.begun.load(Ordering::Acquire))
    }

    /// Joins the flight of a key, or starts one under the given id.
    ///
    /// `is_current` tells whether the versions that a flight's load began with still hold; `tracking`, whether changes in the
    /// remote tier are reported to [`mark_unverified`](Self::mark_unverified). If they are not, every flight is unverified that had begun when the
    /// caller came. One whose load has not begun to run is waited for all the same: it may still read what the caller wants.
    pub(crate) fn join(
        &self,
        key: &Key,
        id: Token,
        stamp: &Stamp,
        arrived: Arrived,
        tracking: bool,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Joined {
        let mut shard = self.shard(key);
        match shard.flights.get_mut(key) {
            Some(flight) if flight.is_current(is_current) => {
                let overlapped = !arrived.is_before(flight.pulse.begun());
                let unverified = overlapped && (!tracking || flight.changes != flight.harmless);
                if unverified && flight.right.is_some() {
                    return Joined::Unverified(flight.unverified());
                }
                match flight.waiter() {
                    Some(waiter) if unverified => Joined::WaitForAsking(flight.id, waiter),
                    Some(waiter) => Joined::Wait(flight.id, waiter),
                    None => Joined::Full,
                }
            }
            _ => Joined::Lead(shard.start(key, self.flight(id, stamp))),
        }
    }

    /// Joins an unverified flight that is known to hold, if its versions do; `None` if not, if it has ended, or has as
    /// many waiters as may be.
    pub(crate) fn join_verified(
        &self,
        key: &Key,
        unverified: &Unverified,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Option<Waiter> {
        let mut shard = self.shard(key);
        let flight = shard.flight(key, unverified.flight)?;
        flight.harmless = unverified.seen;
        if flight.is_current(is_current) { flight.waiter() } else { None }
    }

    /// Waits for a flight's end, and not for its result.
    pub(crate) fn wait_for_end(&self, key: &Key, id: Token) -> EndWait {
        let mut shard = self.shard(key);
        let Some(flight) = shard.flight(key, id) else { return EndWait::Over };
        flight.waiter().map_or(EndWait::Full, EndWait::Wait)
    }

    /// Joins the flight of a key if it is the one with this id and its versions still hold; `None` if there is none, or it
    /// has as many waiters as may be.
    pub(crate) fn join_by_id(
        &self,
        key: &Key,
        id: Token,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Option<Waiter> {
        let mut shard = self.shard(key);
        let flight = shard.flight(key, id)?;
        if flight.is_current(is_current) { flight.waiter() } else { None }
    }

    /// Sets the witness of a flight.
    pub(crate) fn set_witness(&self, key: &Key, id: Token, witness: Witness) {
        let mut shard = self.shard(key);
        if let Some(flight) = shard.flight(key, id) {
            flight.witness = Some(witness);
        }
    }

    /// Marks the flight of a key unverified: something has happened to the key in the remote tier.
    pub(crate) fn mark_unverified(&self, key: &Key) {
        if let Some(flight) = self.shard(key).flights.get_mut(key) {
            flight.changes = flight.changes.wrapping_add(1);
        }
    }

    /// Starts a flight whether one is under way or not.
    pub(crate) fn lead(&self, key: &Key, id: Token, stamp: &Stamp) -> Lead {
        self.shard(key).start(key, self.flight(id, stamp))
    }

    /// Starts a flight if none is under way that others may join, or one that is older than that and seems to hang.
    pub(crate) fn lead_alone(
        &self,
        key: &Key,
        id: Token,
        stamp: &Stamp,
        age: Duration,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Option<Lead> {
        let mut shard = self.shard(key);
        let other = shard.flights.get(key).filter(|flight| flight.is_younger(age));
        if other.is_some_and(|flight| flight.is_current(is_current)) {
            return None;
        }
        Some(shard.start(key, self.flight(id, stamp)))
    }

    /// Tells whether a flight is still the one of its key, and its versions hold: nothing in this process has ended the entry
    /// since it began.
    pub(crate) fn stands(
        &self,
        key: &Key,
        id: Token,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> bool {
        self.shard(key).flight(key, id).is_some_and(|flight| is_current(&flight.stamp))
    }

    /// Tells whether a load of the key is under way that is not older than that.
    pub(crate) fn has(&self, key: &Key, age: Duration) -> bool {
        self.shard(key).flights.get(key).is_some_and(|flight| flight.is_younger(age))
    }

    /// Waits for whatever flight of a key is under way, which may have begun before the caller came.
    pub(crate) fn wait_for_any(&self, key: &Key) -> Option<Waiter> {
        self.shard(key).flights.get_mut(key)?.waiter()
    }

    /// Starts a flight in the place of one that does not hold any more; `None` if another has taken that place already.
    pub(crate) fn lead_after(
        &self,
        key: &Key,
        outdated: Token,
        id: Token,
        stamp: &Stamp,
    ) -> Option<Lead> {
        let mut shard = self.shard(key);
        if shard.flights.get(key).is_some_and(|flight| flight.id != outdated) {
            return None;
        }
        Some(shard.start(key, self.flight(id, stamp)))
    }

    /// Notes that a flight begins anew: whatever it brings is read from now on, and so it is as good as the own load of
    /// whoever has come until now.
    pub(crate) fn begins_anew(&self, pulse: &Pulse) {
        pulse.begins(self.begun.fetch_add(1, Ordering::AcqRel) + 1);
    }

    /// Notes that a flight's load begins only now, with these versions: whatever has happened to the key before does not
    /// matter to it.
    pub(crate) fn began(&self, key: &Key, id: Token, stamp: &Stamp) {
        let mut shard = self.shard(key);
        if let Some(flight) = shard.flight(key, id) {
            flight.stamp = stamp.clone();
            flight.harmless = flight.changes;
        }
    }

    /// Sends the waiters of a flight away, to load for themselves. Later callers may wait for it.
    pub(crate) fn release_waiters(&self, key: &Key, id: Token) {
        let channel = self.shard(key).take_channel(key, id);
        Channel::send(channel, LoadResult::Failed);
    }

    /// Gives up a flight whose load nobody polls: one of its waiters takes over, or the next caller.
    pub(crate) fn pass_over(&self, key: &Key, id: Token) {
        let mut shard = self.shard(key);
        shard.give_up(key, id);
        let channel = shard.take_channel(key, id);
        drop(shard);
        Channel::send(channel, LoadResult::Abandoned);
    }

    /// Ends a flight: its waiters get the result.
    pub(crate) fn end(&self, key: &Key, id: Token, result: LoadResult) {
        let mut shard = self.shard(key);
        let channel = shard.take_channel(key, id);
        if shard.flight(key, id).is_some() {
            shard.flights.remove(key);
        }
        drop(shard);
        Channel::send(channel, result);
    }

    /// Lets nobody else join the flight of a key.
    pub(crate) fn detach(&self, key: &Key) {
        self.shard(key).detach(key);
    }

    /// The keys that are being loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let keys = |shard: Shard<'_, FlightsOfShard>| shard.flights.keys().cloned().collect();
        self.shards.each().flat_map::<Vec<_>, _>(keys).collect()
    }

    /// Lets nobody else join any flight.
    pub(crate) fn detach_all(&self) {
        for mut shard in self.shards.each() {
            let keys: Vec<_> = shard.flights.keys().cloned().collect();
            for key in &keys {
                shard.detach(key);
            }
        }
    }

    /// A flight that begins now.
    pub(super) fn flight(&self, id: Token, stamp: &Stamp) -> Flight {
        Flight::new(id, self.begun.fetch_add(1, Ordering::AcqRel) + 1, stamp)
    }

    pub(super) fn shard(&self, key: &Key) -> Shard<'_, FlightsOfShard> {
        self.shards.lock(key)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.shards.each().all(|shard| shard.flights.is_empty() && shard.detached.is_empty())
    }
}
