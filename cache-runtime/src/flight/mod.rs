//! One load per key: later callers wait for the load that is under way.
//!
//! A flight may be joined only by callers that came before any invalidation of its key or of one of its tags. An
//! invalidation *detaches* it: those who wait get its value, nobody else joins.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use crate::key::Key;
use crate::store::memory::Stamp;
use crate::token::Token;
use crate::value::{Erased, Stored};

pub(crate) use beside::{Beside, Right, Unwaiting};
pub(crate) use pulse::Pulse;
pub(crate) use waiter::{Awaited, Waiter};
pub(crate) use waits::{Circle, Wait};

use waiter::Channel;

mod beside;
mod pulse;
mod waiter;
mod waits;

/// How a load ended, for those who waited.
#[derive(Clone)]
pub(crate) enum Landing {
    /// With a value, stored or not.
    Stored(Stored),
    /// With an error that everyone can be given.
    Error(Erased),
    /// With an error that cannot be shared, or a panic: whoever waited loads for itself.
    Failed,
    /// Its caller went away, or does not poll it any more. One of those who waited takes over.
    Abandoned,
}

/// What a caller is to do.
pub(crate) enum Joined {
    /// Load; the others wait.
    Lead(Lead),
    /// Wait for the flight with this id.
    Wait(Token, Waiter),
    /// There is a flight, but something has happened to the key in the shared tier since it was last known to hold.
    Doubt(Doubt),
    /// As many as may wait for one flight do.
    Full,
}

/// The lead of a flight that begins.
pub(crate) struct Lead {
    pub(crate) pulse: Arc<Pulse>,
    /// The flight that this one takes the place of, because its versions no longer hold or nobody polls it: what that one
    /// loads will not be stored.
    pub(crate) instead_of: Option<Token>,
}

/// A flight that may be joined if the shared tier still knows its lease.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt {
    pub(crate) flight: Token,
    /// The lease that stood under the key in the shared tier when the flight's load began. While it does, nobody has
    /// written the key: that ends every lease. Guards are no such witness: several writers may have one at a time, and
    /// that of one stays while another writes.
    pub(crate) witness: Token,
    seen: u32,
}

/// How many callers wait for one flight. Each costs a few hundred bytes in its own task; more than this many is no
/// longer a stampede but a leak of tasks, and those beyond are not made to wait as well.
const WAITERS: usize = 100_000;

const LANES: usize = 64;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

#[derive(Default)]
struct Lane {
    flights: Map<Key, Flight>,
    /// Flights that can't be joined any more, but are waited for.
    detached: Map<Token, Arc<Channel>>,
}

struct Flight {
    id: Token,
    /// How many had begun when this one did.
    number: u64,
    /// See [`Doubt`]. The flight's own lease, unless another has it.
    witness: Token,
    stamp: Stamp,
    pulse: Arc<Pulse>,
    /// Since when it is under way.
    since: Instant,
    /// Nobody polls it, or it seems to hang: the next who comes takes its place.
    is_given_up: bool,
    /// What its load may do, and whoever loads beside it; `None` until it has begun.
    right: Option<Right>,
    /// Made by the first who waits: most loads are alone, and need none.
    channel: Option<Arc<Channel>>,
    /// How often something happened to the key in the shared tier, and how many of these times are known to have been
    /// harmless: the flight's own lease is one of them.
    changes: u32,
    harmless: u32,
}

pub(crate) struct Flights {
    lanes: Box<[Mutex<Lane>]>,
    hasher: foldhash::fast::RandomState,
    /// How many flights have begun.
    begun: AtomicU64,
}

/// When a caller came: after so many flights had begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrived(u64);

impl Flights {
    pub(crate) fn new() -> Self {
        Self {
            lanes: std::iter::repeat_with(Mutex::default).take(LANES).collect(),
            hasher: foldhash::fast::RandomState::default(),
            begun: AtomicU64::new(0),
        }
    }

    /// Notes when a caller comes: a flight that begins after this is as good as the caller's own load.
    pub(crate) fn arrive(&self) -> Arrived {
        Arrived(self.begun.load(Ordering::Acquire))
    }

    /// Joins the flight of a key, or starts one under the given id.
    ///
    /// `is_current` tells whether the versions that a flight's load began with still hold; `told`, whether changes in the
    /// shared tier are told to [`doubt`](Self::doubt). If they are not, every flight is doubtful that had begun when the
    /// caller came.
    pub(crate) fn join(
        &self,
        key: &Key,
        id: Token,
        stamp: &Stamp,
        arrived: Arrived,
        told: bool,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Joined {
        let mut lane = self.lane(key).lock();
        match lane.flights.get_mut(key) {
            Some(flight) if flight.is_current(is_current) => {
                let overlapped = flight.number <= arrived.0;
                if overlapped && (!told || flight.changes != flight.harmless) {
                    return Joined::Doubt(flight.doubt());
                }
                match flight.board() {
                    Some(waiter) => Joined::Wait(flight.id, waiter),
                    None => Joined::Full,
                }
            }
            _ => Joined::Lead(lane.start(key, self.flight(id, stamp))),
        }
    }

    /// Joins a flight that was in doubt and is known to hold, if its versions do; `None` if not, if it has ended, or has as
    /// many waiters as may be.
    pub(crate) fn join_after_all(
        &self,
        key: &Key,
        doubt: Doubt,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Option<Waiter> {
        let mut lane = self.lane(key).lock();
        let flight = lane.flights.get_mut(key).filter(|flight| flight.id == doubt.flight)?;
        flight.harmless = doubt.seen;
        if flight.is_current(is_current) { flight.board() } else { None }
    }

    /// A seat in the flight of a key, for its end and not for what it brings; `None` if it is not this one any more.
    pub(crate) fn outlast(&self, key: &Key, id: Token) -> Option<Seat> {
        let mut lane = self.lane(key).lock();
        let flight = lane.flights.get_mut(key).filter(|flight| flight.id == id)?;
        Some(flight.board().map_or(Seat::None, Seat::Some))
    }

    /// Joins the flight of a key if it is the one with this id and its versions still hold; `None` if there is none, or it
    /// has as many waiters as may be.
    pub(crate) fn join_by_id(
        &self,
        key: &Key,
        id: Token,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Option<Waiter> {
        let mut lane = self.lane(key).lock();
        let flight = lane.flights.get_mut(key).filter(|flight| flight.id == id)?;
        if flight.is_current(is_current) { flight.board() } else { None }
    }

    /// Notes whose lease stands under the key: its load's own, or that of the load that it waits for or begins beside.
    pub(crate) fn began_under(&self, key: &Key, id: Token, witness: Token) {
        let mut lane = self.lane(key).lock();
        if let Some(flight) = lane.flights.get_mut(key).filter(|flight| flight.id == id) {
            flight.witness = witness;
        }
    }

    /// Notes that something has happened to the key in the shared tier.
    pub(crate) fn doubt(&self, key: &Key) {
        if let Some(flight) = self.lane(key).lock().flights.get_mut(key) {
            flight.changes = flight.changes.wrapping_add(1);
        }
    }

    /// Starts a flight whether one is under way or not.
    pub(crate) fn lead(&self, key: &Key, id: Token, stamp: &Stamp) -> Lead {
        self.lane(key).lock().start(key, self.flight(id, stamp))
    }

    /// Starts a flight in the place of one that does not hold any more; `None` if another has taken that place already.
    pub(crate) fn lead_after(
        &self,
        key: &Key,
        outdated: Token,
        id: Token,
        stamp: &Stamp,
    ) -> Option<Lead> {
        let mut lane = self.lane(key).lock();
        if lane.flights.get(key).is_some_and(|flight| flight.id != outdated) {
            return None;
        }
        Some(lane.start(key, self.flight(id, stamp)))
    }

    /// Notes that a flight's load begins only now, with these versions: whatever has happened to the key before does not
    /// matter to it.
    pub(crate) fn began(&self, key: &Key, id: Token, stamp: &Stamp) {
        let mut lane = self.lane(key).lock();
        if let Some(flight) = lane.flights.get_mut(key).filter(|flight| flight.id == id) {
            flight.stamp = stamp.clone();
            flight.harmless = flight.changes;
        }
    }

    /// Sends those away who wait for a flight, to load for themselves. Who comes from now on may wait for it.
    pub(crate) fn free(&self, key: &Key, id: Token) {
        let channel = self.lane(key).lock().take_channel(key, id);
        Channel::land(channel, Landing::Failed);
    }

    /// Gives up a flight that nobody polls: one of those who wait takes over, or whoever comes next.
    pub(crate) fn pass_over(&self, key: &Key, id: Token) {
        let mut lane = self.lane(key).lock();
        lane.give_up(key, id);
        let channel = lane.take_channel(key, id);
        drop(lane);
        Channel::land(channel, Landing::Abandoned);
    }

    /// Ends a flight: those who wait get the landing.
    pub(crate) fn land(&self, key: &Key, id: Token, landing: Landing) {
        let mut lane = self.lane(key).lock();
        let channel = lane.take_channel(key, id);
        if lane.flights.get(key).is_some_and(|flight| flight.id == id) {
            lane.flights.remove(key);
        }
        drop(lane);
        Channel::land(channel, landing);
    }

    /// Lets nobody else join the flight of a key.
    pub(crate) fn detach(&self, key: &Key) {
        self.lane(key).lock().detach(key);
    }

    /// The keys that are being loaded.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.lanes
            .iter()
            .flat_map(|lane| lane.lock().flights.keys().cloned().collect::<Vec<_>>())
            .collect()
    }

    /// Lets nobody else join any flight.
    pub(crate) fn detach_all(&self) {
        for lane in &self.lanes {
            let mut lane = lane.lock();
            let keys: Vec<_> = lane.flights.keys().cloned().collect();
            for key in &keys {
                lane.detach(key);
            }
        }
    }

    /// A flight that begins now.
    fn flight(&self, id: Token, stamp: &Stamp) -> Flight {
        Flight {
            id,
            number: self.begun.fetch_add(1, Ordering::AcqRel) + 1,
            witness: id,
            stamp: stamp.clone(),
            pulse: Arc::default(),
            since: Instant::now(),
            is_given_up: false,
            right: None,
            channel: None,
            changes: 0,
            harmless: 0,
        }
    }

    fn lane(&self, key: &Key) -> &Mutex<Lane> {
        let lane = (self.hasher.hash_one(key) >> 32) as usize % LANES;
        &self.lanes[lane]
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| {
            let lane = lane.lock();
            lane.flights.is_empty() && lane.detached.is_empty()
        })
    }
}

impl Flight {
    fn doubt(&self) -> Doubt {
        Doubt { flight: self.id, witness: self.witness, seen: self.changes }
    }

    /// Tells whether it may be joined as far as this process knows.
    fn is_current(&self, is_current: impl FnOnce(&Stamp) -> bool) -> bool {
        !self.is_given_up && is_current(&self.stamp)
    }

    /// A seat, if there is one left.
    fn board(&mut self) -> Option<Waiter> {
        let pulse = &self.pulse;
        let channel = self.channel.get_or_insert_with(|| Channel::new(pulse));
        // One reference is the table's.
        (Arc::strong_count(channel) <= WAITERS).then(|| Waiter::new(channel))
    }
}

impl Lane {
    fn start(&mut self, key: &Key, flight: Flight) -> Lead {
        let instead_of = self.flights.get(key).map(|before| before.id);
        self.detach(key);
        let pulse = Arc::clone(&flight.pulse);
        self.flights.insert(key.clone(), flight);
        Lead { pulse, instead_of }
    }

    fn give_up(&mut self, key: &Key, id: Token) {
        if let Some(flight) = self.flights.get_mut(key).filter(|flight| flight.id == id) {
            flight.is_given_up = true;
        }
    }

    /// Takes what those wait on who wait for a flight.
    fn take_channel(&mut self, key: &Key, id: Token) -> Option<Arc<Channel>> {
        match self.flights.get_mut(key) {
            Some(flight) if flight.id == id => flight.channel.take(),
            _ => self.detached.remove(&id),
        }
    }

    fn detach(&mut self, key: &Key) {
        if let Some(flight) = self.flights.remove(key)
            && let Some(channel) = flight.channel
        {
            self.detached.insert(flight.id, channel);
        }
    }
}

/// A seat to wait in until a flight has ended.
pub(crate) enum Seat {
    Some(Waiter),
    /// As many as may wait for one flight do.
    None,
}

#[cfg(test)]
mod tests;
