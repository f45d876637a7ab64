//! Holds on keys: the lease of a load, or the guards of writers.
//!
//! Kept beside the entries and not among them, because entries are evicted and these must not be.

use std::collections::{HashMap, HashSet};

use crate::clock::Millis;
use crate::key::Key;
use crate::policy::Life;
use crate::shards::{Shard, Shards};
use crate::token::Token;

/// The hold on a key, which stands beside its entry.
#[derive(Debug)]
pub(super) enum Hold {
    Lease { token: Token, until: Millis },
    Guards(Guards),
}

/// The writers of a key.
#[derive(Debug)]
pub(super) struct Guards {
    pub(super) writers: Vec<(Token, Millis)>,
    /// Writers overlapped, or the entry was invalidated: nothing may be stored when they end.
    pub(super) dirty: bool,
    /// The entry whose life was cut to the guard's, to be given its life back if the write does not take place.
    pub(super) kept: Option<Kept>,
}

/// An entry's life as it was before a guard cut it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) id: Token,
    pub(super) life: Life<Millis>,
}

impl Guards {
    /// Puts a writer on the list.
    ///
    /// Writers that are not heard of again stay to their deadlines, so on a busy key there may be any number. Of too many
    /// the oldest become one, which is nobody's: nobody ends it before the last of them would have ended.
    pub(super) fn add(&mut self, token: Token, until: Millis) {
        self.writers.push((token, until));
        if self.writers.len() > MOST {
            let (_, second) = self.writers.remove(1);
            let (first, until) = &mut self.writers[0];
            (*first, *until) = (Token::NOBODY, second.max(*until));
        }
    }

    /// Takes a writer off the list; false if it was not there.
    pub(super) fn take(&mut self, token: Token) -> bool {
        let before = self.writers.len();
        self.writers.retain(|(writer, _)| *writer != token);
        self.writers.len() < before
    }
}

impl Hold {
    /// When it does no more than take up room.
    pub(super) fn over(&self) -> Millis {
        match self {
            // An overdue lease is still good for a fill if nobody else has taken it, so that a load slower than
            // expected is not lost.
            Self::Lease { until, .. } => until.saturating_add(FORGET_LEASE),
            Self::Guards(guards) => {
                guards.writers.iter().map(|(_, until)| *until).max().unwrap_or(0)
            }
        }
    }
}

/// How many writers of one key are kept apart.
const MOST: usize = 64;

/// How long after its end a lease that nobody asked for is remembered, in milliseconds.
const FORGET_LEASE: Millis = 600_000;

const FIRST_SWEEP: usize = 256;

type Map = HashMap<Key, Hold, foldhash::fast::RandomState>;

/// The locked shard of a key's hold.
pub(super) type HoldShard<'s> = Shard<'s, HoldMap>;

/// A shard of the table of holds.
#[derive(Debug, Default)]
pub(super) struct HoldMap {
    map: Map,
    sweep_at: usize,
}

/// The table of holds.
#[derive(Debug)]
pub(super) struct Holds {
    shards: Shards<HoldMap>,
}

impl Holds {
    pub(super) fn new() -> Self {
        Self { shards: Shards::new() }
    }

    pub(super) fn lock(&self, key: &Key) -> HoldShard<'_> {
        self.shards.lock(key)
    }

    pub(super) fn keys(&self) -> HashSet<Key> {
        let keys = |shard: HoldShard<'_>| shard.map.keys().cloned().collect::<Vec<_>>();
        self.shards.each().flat_map(keys).collect()
    }

    /// Forgets what is over; tells when the next will be.
    pub(super) fn sweep(&self, now: Millis) -> Millis {
        self.shards.each().map(|mut shard| shard.sweep(now)).min().unwrap_or(Millis::MAX)
    }

    /// Ends every lease, so that no load under way is stored.
    pub(super) fn end_leases(&self) {
        for mut shard in self.shards.each() {
            shard.map.retain(|_, hold| !matches!(hold, Hold::Lease { .. }));
        }
    }
}

impl HoldMap {
    /// What holds a key now. Guards that are over are gone.
    pub(super) fn get(&mut self, key: &Key, now: Millis) -> Option<&mut Hold> {
        if let Some(Hold::Guards(guards)) = self.map.get_mut(key) {
            guards.writers.retain(|(_, until)| *until > now);
            if guards.writers.is_empty() {
                self.map.remove(key);
            }
        }
        self.map.get_mut(key)
    }

    pub(super) fn set(&mut self, key: &Key, hold: Hold, now: Millis) {
        if self.map.len() >= self.sweep_at.max(FIRST_SWEEP) {
            self.sweep(now);
        }
        self.map.insert(key.clone(), hold);
    }

    fn sweep(&mut self, now: Millis) -> Millis {
        let mut next = Millis::MAX;
        self.map.retain(|_, hold| {
            let over = hold.over();
            let stays = over > now;
            if stays {
                next = next.min(over);
            }
            stays
        });
        self.sweep_at = self.map.len() * 2;
        if self.map.capacity() / 4 > self.sweep_at.max(FIRST_SWEEP) {
            self.map.shrink_to(self.sweep_at);
        }
        next
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.map.remove(key);
    }

    /// Ends a lease if it is the given one; false if it is gone.
    pub(super) fn take_lease(&mut self, key: &Key, token: Token) -> bool {
        let held =
            matches!(self.map.get(key), Some(Hold::Lease { token: held, .. }) if *held == token);
        if held {
            self.map.remove(key);
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key::new(name.as_bytes()).unwrap()
    }

    #[test]
    fn of_too_many_writers_the_oldest_become_one_that_lasts_as_long_as_they() {
        for longest in [0, 1, 500, 936] {
            let mut guards = Guards { writers: Vec::new(), dirty: true, kept: None };
            let tokens: Vec<_> = (0..1_000).map(|_| Token::new()).collect();
            for (nth, token) in tokens.iter().enumerate() {
                guards.add(*token, if nth == longest { 90 } else { 20 });
            }
            assert_eq!(guards.writers.len(), MOST);
            let taken = tokens.iter().filter(|token| guards.take(**token));
            assert_eq!(taken.count(), MOST - 1);
            assert_eq!(guards.writers, [(Token::NOBODY, 90)], "{longest}");
        }
    }

    #[test]
    fn holds_that_are_over_are_forgotten_and_the_others_are_not() {
        let holds = Holds::new();
        let start = FORGET_LEASE;
        let lease = |until| Hold::Lease { token: Token::new(), until };
        let guard = |until| {
            let writers = vec![(Token::new(), until)];
            Hold::Guards(Guards { writers, dirty: false, kept: None })
        };
        holds.lock(&key("load")).set(&key("load"), lease(start), start);
        holds.lock(&key("write")).set(&key("write"), guard(start + 1), start);
        for id in 0..100_000 {
            let (one, two) = (key(&format!("load:{id}")), key(&format!("write:{id}")));
            holds.lock(&one).set(&one, lease(0), start);
            holds.lock(&two).set(&two, guard(start), start);
        }
        let held: usize = holds.shards.each().map(|shard| shard.map.len()).sum();
        assert!(held <= holds.shards.each().count() * (FIRST_SWEEP + 1), "{held} holds");
        for held in ["load", "write"] {
            assert!(holds.lock(&key(held)).get(&key(held), start).is_some(), "{held}");
        }
    }
}
