//! One shard of the table of flights: the flights of some keys, under one lock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::joined::{Lead, Right, Unverified, Witness};
use super::pulse::Pulse;
use super::waiter::{Channel, Waiter};
use crate::key::Key;
use crate::store::memory::Stamp;
use crate::token::Token;

/// How many callers wait for one flight. Each costs a few hundred bytes in its own task; more than this many is no
/// longer a stampede but a leak of tasks, and those beyond are not made to wait as well.
pub(super) const WAITERS: usize = 100_000;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The flights of the keys of one shard.
#[derive(Default)]
pub(super) struct FlightsOfShard {
    pub(super) flights: Map<Key, Flight>,
    /// Flights that can't be joined any more, but are waited for.
    pub(super) detached: Map<Token, Arc<Channel>>,
}

/// A load under way that callers may join.
pub(super) struct Flight {
    pub(super) id: Token,
    pub(super) witness: Option<Witness>,
    pub(super) stamp: Stamp,
    pub(super) pulse: Arc<Pulse>,
    /// Since when it is under way.
    pub(super) since: Instant,
    /// Nobody polls it, or it seems to hang: the next who comes takes its place.
    pub(super) is_given_up: bool,
    /// What its load may do, and whoever loads beside it; `None` until it has begun.
    pub(super) right: Option<Right>,
    /// Made by the first who waits: most loads are alone, and need none.
    pub(super) channel: Option<Arc<Channel>>,
    /// How often something happened to the key in the remote tier, and how many of these times are known to have been
    /// harmless: the flight's own lease is one of them.
    pub(super) changes: u32,
    pub(super) harmless: u32,
}

impl Flight {
    /// A flight that begins now, as the one with this number.
    pub(super) fn new(id: Token, number: u64, stamp: &Stamp) -> Self {
        let pulse = Arc::<Pulse>::default();
        pulse.begins(number);
        Self {
            id,
            witness: None,
            stamp: stamp.clone(),
            pulse,
            since: Instant::now(),
            is_given_up: false,
            right: None,
            channel: None,
            changes: 0,
            harmless: 0,
        }
    }

    pub(super) fn unverified(&self) -> Unverified {
        Unverified { flight: self.id, witness: self.witness.clone(), seen: self.changes }
    }

    /// Tells whether it may be joined as far as this process knows.
    pub(super) fn is_current(&self, is_current: impl FnOnce(&Stamp) -> bool) -> bool {
        !self.is_given_up && is_current(&self.stamp)
    }

    /// Tells whether its load is still to be reckoned with.
    pub(super) fn is_younger(&self, age: Duration) -> bool {
        !self.is_given_up && self.since.elapsed() < age
    }

    /// A wait for the flight, if it has not as many waiters as may be.
    pub(super) fn waiter(&mut self) -> Option<Waiter> {
        let pulse = &self.pulse;
        let channel = self.channel.get_or_insert_with(|| Channel::new(pulse));
        // One reference is the table's.
        (Arc::strong_count(channel) <= WAITERS).then(|| Waiter::new(channel))
    }
}

impl FlightsOfShard {
    /// The flight of a key, if it is the one with this id.
    pub(super) fn flight(&mut self, key: &Key, id: Token) -> Option<&mut Flight> {
        self.flights.get_mut(key).filter(|flight| flight.id == id)
    }

    /// Starts a flight in the place of the one that is under way, if there is one.
    pub(super) fn start(&mut self, key: &Key, flight: Flight) -> Lead {
        let instead_of = self.flights.get(key).map(|before| before.id);
        self.detach(key);
        let pulse = Arc::clone(&flight.pulse);
        self.flights.insert(key.clone(), flight);
        Lead { pulse, instead_of }
    }

    /// Lets the next caller take the flight's place.
    pub(super) fn give_up(&mut self, key: &Key, id: Token) {
        if let Some(flight) = self.flight(key, id) {
            flight.is_given_up = true;
        }
    }

    /// Takes the flight's channel, on which callers wait for it.
    pub(super) fn take_channel(&mut self, key: &Key, id: Token) -> Option<Arc<Channel>> {
        match self.flights.get_mut(key) {
            Some(flight) if flight.id == id => flight.channel.take(),
            _ => self.detached.remove(&id),
        }
    }

    /// Keeps the flight for its waiters alone.
    pub(super) fn detach(&mut self, key: &Key) {
        if let Some(flight) = self.flights.remove(key)
            && let Some(channel) = flight.channel
        {
            self.detached.insert(flight.id, channel);
        }
    }
}
