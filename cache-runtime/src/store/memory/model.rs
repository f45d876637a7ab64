//! What holds of leases, guards and versions in whatever order the steps of loads, writers and the clock come.
//!
//! Each scenario has one row and one key. `settled` is what is promised to who reads from now on: the newest version of the
//! row whose writer has been answered. A miss is allowed at any time, and the map evicts what it likes.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::delayed::DelayedBumps;
use super::*;
use crate::clock::{Clock, ManualClock};
use crate::key::{Key, Tag};
use crate::policy::Life;
use crate::store::{Begun, Filled};
use crate::sync::{AtomicU64, choose, explore, spawn, together};
use crate::token::Token;

/// How long leases and guards stand. The clock of a scenario moves by half of that.
const HOLD: Duration = Duration::from_secs(10);

const TTL: Duration = Duration::from_secs(60);

/// By when all has been forgotten that nobody asked for again.
const LATER: Duration = Duration::from_secs(7_200);

struct World {
    store: Arc<MemoryStore<u64>>,
    clock: ManualClock,
    key: Key,
    tag: Tag,
    /// The version of the row.
    row: AtomicU64,
    settled: AtomicU64,
}

fn incoming(payload: u64, stamp: Stamp) -> Incoming<u64> {
    Incoming { payload, life: Life::plain(TTL, Duration::ZERO), stamp, size: 8 }
}

impl World {
    fn new() -> Arc<Self> {
        let clock = ManualClock::new();
        let limits = Limits { entries: 10, bytes: None };
        Arc::new(Self {
            store: MemoryStore::new(limits, Clock::Manual(clock.clone())),
            clock,
            key: Key::new(b"row").unwrap(),
            tag: Tag::new(b"rows"),
            row: AtomicU64::new(0),
            settled: AtomicU64::new(0),
        })
    }

    fn stamp(&self) -> Stamp {
        self.store.stamp(std::slice::from_ref(&self.tag))
    }

    /// A hit, if there is one, is as new as was promised before the look.
    fn read(&self) -> Option<u64> {
        let least = self.settled.load(Ordering::SeqCst);
        let found = self.store.get_fresh(self.key.as_bytes());
        assert!(found.is_none_or(|version| version >= least), "{found:?} after {least}");
        found
    }

    /// A load, as a miss makes it.
    fn load(&self) {
        let (stamp, token) = (self.stamp(), Token::new());
        let least = self.settled.load(Ordering::SeqCst);
        match self.store.acquire(&self.key, token, HOLD, None) {
            Grant::Changed(record) => assert!(record.payload >= least),
            Grant::Granted => {
                let version = self.row.load(Ordering::SeqCst);
                self.store.fill(&self.key, token, incoming(version, stamp));
            }
            // Loads all the same, and stores nothing.
            Grant::Busy { .. } | Grant::Writing => {}
        }
        self.read();
    }

    fn write_row(&self) -> u64 {
        self.row.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The caller of the writer of this version is answered.
    fn settle(&self, version: u64) {
        self.settled.fetch_max(version, Ordering::SeqCst);
        self.read();
    }

    /// A write that names the entry only when it is over.
    fn invalidate(&self) {
        let version = self.write_row();
        self.store.invalidate(&self.key);
        self.settle(version);
    }

    fn bump(&self) {
        let version = self.write_row();
        self.store.bump(&self.tag, None);
        self.settle(version);
    }

    /// A write whose statement may still take effect when its caller is answered, within a hold's time.
    fn bump_again(&self) {
        self.store.bump(&self.tag, Some(HOLD));
        let version = self.write_row();
        self.clock.advance(HOLD);
        self.settle(version);
    }

    fn clear(&self) {
        let version = self.write_row();
        self.store.clear();
        self.settle(version);
    }

    /// A write under a guard, whose value is stored if no other writer was there.
    fn write_through(&self) {
        let token = Token::new();
        self.store.begin(&self.key, token, HOLD);
        let stamp = self.stamp();
        let version = self.write_row();
        self.store.commit(&self.key, token, Some(incoming(version, stamp)));
        self.settle(version);
    }

    /// A write under a guard that ends in an error which says that nothing was written.
    fn cancel(&self) {
        let token = Token::new();
        self.store.begin(&self.key, token, HOLD);
        self.store.cancel(&self.key, token);
    }

    /// A write under a guard whose caller goes away before the statement has taken effect.
    fn go_away(&self) {
        let token = Token::new();
        self.store.begin(&self.key, token, HOLD);
        self.store.abandon(&self.key, token, Some(HOLD));
        let version = self.write_row();
        self.settle(version);
    }

    fn let_time_pass(&self) {
        for _ in 0..3 {
            self.clock.advance(HOLD / 2);
            self.read();
        }
    }

    fn run(self: Arc<Self>, all: &[fn(&Self)]) {
        together(&self, all);
        self.is_over();
    }

    /// Nothing is left that keeps a load from being stored, nothing that nobody gives back, and nothing that is old.
    fn is_over(&self) {
        if let Some(version) = self.read() {
            assert!(version <= self.row.load(Ordering::SeqCst));
        }
        let counted = self.store.count();
        assert_eq!(counted.live + counted.dead, self.store.len() as u64, "the ledger and the map");
        self.clock.advance(LATER);
        assert_eq!(self.store.keys().len(), 0, "something is kept for good");
        assert_eq!(self.store.count(), Counted::default());
        let (stamp, token) = (self.stamp(), Token::new());
        let grant = self.store.acquire(&self.key, token, HOLD, None);
        assert!(matches!(grant, Grant::Granted), "no load would be stored any more");
        let filled = self.store.fill(&self.key, token, incoming(7, stamp));
        assert!(matches!(filled, Filled::Stored | Filled::TooLarge), "{filled:?}");
    }
}

#[test]
fn a_load_that_an_invalidation_overtakes_is_not_stored() {
    explore(|| {
        let end = [World::invalidate, World::bump, World::clear][choose(3)];
        World::new().run(&[World::load, end, World::load]);
    });
}

#[test]
fn a_lease_that_was_taken_over_stores_nothing_that_is_old() {
    explore(|| {
        let both: fn(&World) = |world| {
            world.let_time_pass();
            world.load();
        };
        World::new().run(&[World::load, both, World::invalidate, World::load]);
    });
}

#[test]
fn no_load_that_overlaps_a_write_is_stored() {
    explore(|| {
        World::new().run(&[World::load, World::write_through, World::load]);
    });
}

#[test]
fn of_writers_that_overlap_none_leaves_an_older_value() {
    explore(|| {
        let write = World::write_through;
        World::new().run(&[write, write, World::load, write]);
    });
}

#[test]
fn a_write_that_outlives_its_caller_lets_no_load_be_stored_before_it() {
    explore(|| {
        World::new().run(&[World::load, World::go_away, World::load]);
    });
}

#[test]
fn a_tag_that_ends_again_ends_what_was_loaded_in_between() {
    explore(|| {
        World::new().run(&[World::load, World::bump_again, World::load]);
    });
}

#[test]
fn whoever_finds_no_bump_due_finds_the_version_changed() {
    explore(|| {
        let version = Arc::new((DelayedBumps::default(), AtomicU64::new(0)));
        version.0.add(5);
        let look: fn(&(DelayedBumps, AtomicU64)) = |(delayed, version)| {
            delayed.catch_up(5, || _ = version.fetch_add(1, Ordering::SeqCst));
            assert_eq!(version.load(Ordering::SeqCst), 1);
        };
        together(&version, &[look; 3]);
    });
}

#[test]
fn a_guard_that_is_cancelled_gives_the_entry_back_and_nobody_elses() {
    explore(|| {
        let world = World::new();
        world.load();
        world.run(&[World::cancel, World::write_through, World::load, World::cancel]);
    });
}

#[test]
fn whoever_is_first_of_two_loads_has_the_lease_alone() {
    explore(|| {
        let world = World::new();
        let granted = |world: &World| {
            let grant = world.store.acquire(&world.key, Token::new(), HOLD, None);
            matches!(grant, Grant::Granted)
        };
        let other = {
            let world = Arc::clone(&world);
            spawn(move || granted(&world))
        };
        let here = granted(&world);
        assert!(here != other.join().unwrap(), "one of them, and not both");
    });
}

#[test]
fn of_two_writers_one_at_most_is_alone() {
    explore(|| {
        let world = World::new();
        let alone =
            |world: &World| world.store.begin(&world.key, Token::new(), HOLD) == Begun::Alone;
        let other = {
            let world = Arc::clone(&world);
            spawn(move || alone(&world))
        };
        let here = alone(&world);
        assert!(here != other.join().unwrap(), "the first is, and the second is told of it");
    });
}

#[test]
fn anything_at_once_serves_nothing_that_is_old() {
    explore(|| {
        let all: [fn(&World); 9] = [
            World::load,
            World::load,
            World::load,
            World::invalidate,
            World::bump,
            World::clear,
            World::write_through,
            World::cancel,
            World::let_time_pass,
        ];
        let world = World::new();
        let some: [fn(&World); 4] = std::array::from_fn(|_| all[choose(all.len())]);
        world.run(&some);
    });
}
