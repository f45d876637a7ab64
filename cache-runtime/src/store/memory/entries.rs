//! The entries of the memory store: bounded, evicted by use.

use std::hash::{Hash, Hasher};
use std::sync::atomic::Ordering;

use quick_cache::{Equivalent, Lifecycle, OptionsBuilder, Weighter};

use super::ledger::{Counted, Ledger, Line, Place, Slot};
use super::limits::Limits;
use super::stamp::Stamp;
use crate::clock::Millis;
use crate::deferred_drop::discard;
use crate::key::Key;
use crate::policy::Life;
use crate::sync::{self, AtomicU64};
use crate::token::Token;

/// An entry: what is stored under a key.
#[derive(Clone, Debug)]
pub(crate) struct Record<P> {
    pub(crate) payload: P,
    /// The load or write that stored it.
    pub(crate) id: Token,
    /// When the phases of its life end.
    pub(crate) life: Life<Millis>,
    pub(crate) stamp: Stamp,
    /// Its share of what the store holds.
    weight: u32,
    /// Its line in the ledger.
    slot: Slot,
}

#[derive(Clone, Debug)]
struct ByRecord;

impl<P> Weighter<Key, Record<P>> for ByRecord {
    #[inline]
    fn weight(&self, _: &Key, record: &Record<P>) -> u64 {
        record.weight.into()
    }
}

/// Collects what was evicted, so that the values are dropped after every lock is released: a value's `Drop` is the
/// user's code.
#[derive(Clone, Debug)]
struct Collect;

impl<P> Lifecycle<Key, Record<P>> for Collect {
    type RequestState = Vec<(Key, Record<P>)>;

    fn on_evict(&self, out: &mut Vec<(Key, Record<P>)>, key: Key, record: Record<P>) {
        out.push((key, record));
    }
}

/// The bytes of a key that is looked up.
///
/// Not a plain `[u8]`, because that is compared by a call to `memcmp`: for the few bytes of a key the call, and the
/// registers saved around it, cost more than the comparison (5 % of a hit).
struct Sought<'k>(&'k [u8]);

impl Hash for Sought<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Key> for Sought<'_> {
    #[inline]
    fn equivalent(&self, key: &Key) -> bool {
        let (sought, key) = (self.0, key.as_bytes());
        if sought.len() != key.len() {
            return false;
        }
        match (ends(sought), ends(key)) {
            (Some(sought), Some(key)) => sought == key,
            _ => same(sought, key),
        }
    }
}

/// The first eight bytes and the last eight, or the first four and the last four, if they are all that there is.
#[inline]
fn ends(bytes: &[u8]) -> Option<(u64, u64)> {
    if let (8..=16, Some(first), Some(last)) =
        (bytes.len(), bytes.first_chunk(), bytes.last_chunk())
    {
        return Some((u64::from_le_bytes(*first), u64::from_le_bytes(*last)));
    }
    if let (4..8, Some(first), Some(last)) = (bytes.len(), bytes.first_chunk(), bytes.last_chunk())
    {
        return Some((u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()));
    }
    None
}

/// Called cold, although long keys are not rare, for the sake of the registers of those who do not call it.
#[cold]
#[inline(never)]
fn same(sought: &[u8], key: &[u8]) -> bool {
    sought == key
}

type Map<P> = sync::Map<Key, Record<P>, ByRecord, foldhash::fast::RandomState, Collect>;

pub(crate) struct Entries<P: Clone + Send + 'static> {
    map: Map<P>,
    ledger: Ledger,
    pub(crate) limits: Limits,
    evictions: AtomicU64,
}

/// Records that have left the store. To be dropped when no lock is held: the drop of a value is the user's code.
#[must_use = "to be dropped when no lock is held"]
pub(crate) struct Gone<P: Send + 'static> {
    records: Vec<(Key, Record<P>)>,
    /// Whether the record itself was refused, because it is heavier than a shard.
    pub(crate) refused: bool,
}

impl<P: Send + 'static> Drop for Gone<P> {
    fn drop(&mut self) {
        self.records.drain(..).for_each(discard);
    }
}

/// A new entry, without its place in the ledger.
pub(super) struct New<P> {
    pub(super) payload: P,
    pub(super) id: Token,
    pub(super) life: Life<Millis>,
    pub(super) stamp: Stamp,
    /// The bytes of the payload.
    pub(super) size: usize,
}

impl<P: Clone + Send + 'static> Entries<P> {
    pub(crate) fn new(limits: Limits) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(usize::try_from(limits.entries.min(1 << 20)).unwrap_or(1024))
            .weight_capacity(limits.capacity())
            .shards(limits.shards())
            .build();
        let hasher = foldhash::fast::RandomState::default();
        let map = match options {
            Ok(options) => Map::with_options(options, ByRecord, hasher, Collect),
            // Only a missing capacity is refused, and both are given above.
            Err(_) => Map::with(1024, limits.capacity(), ByRecord, hasher, Collect),
        };
        Self { map, ledger: Ledger::new(), limits, evictions: AtomicU64::new(0) }
    }

    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<Record<P>> {
        self.map.get(&Sought(key))
    }

    /// Looks without counting as a use.
    pub(crate) fn peek(&self, key: &Key) -> Option<Record<P>> {
        self.map.peek(key)
    }

    /// Looks at a record where it is. For those who hold a lock: a record that they cloned might be the last by the time
    /// they drop it. `look` must not run user code.
    pub(super) fn look<T>(&self, key: &Key, look: impl FnOnce(&Record<P>) -> T) -> Option<T> {
        let mut seen = None;
        let _ = self.map.remove_if(key, |record| {
            seen = Some(look(record));
            false
        });
        seen
    }

    pub(super) fn insert(&self, key: &Key, new: New<P>) -> Gone<P> {
        let New { payload, id, life, stamp, size } = new;
        let bytes = Limits::size(key, size);
        let line = Line { key: key.clone(), expires: life.over, stamp: stamp.clone(), bytes };
        let (slot, weight) = (self.ledger.list(line), self.limits.weight(bytes));
        let record = Record { payload, id, life, stamp, weight, slot };
        let mut out = Vec::new();
        self.map.insert_with_lifecycle(key.clone(), record, &mut out);
        // What comes out is the record itself if it was refused, the one that it replaces, and those evicted.
        let refused = out.iter().any(|(_, record)| record.id == id);
        let evicted = out.iter().filter(|(other, _)| other != key).count();
        self.evictions.fetch_add(evicted as u64, Ordering::Relaxed);
        for (key, record) in &out {
            self.ledger.strike(key, record.slot);
        }
        Gone { records: out, refused }
    }

    /// Changes a record's life where it is.
    pub(super) fn update(&self, key: &Key, change: impl FnOnce(&mut Record<P>)) -> Gone<P> {
        let mut out = Vec::new();
        if let Some(mut record) = self.map.peek(key) {
            change(&mut record);
            let (slot, expires) = (record.slot, record.life.over);
            // Fails if the record was evicted meanwhile, which is what the change would have wanted at worst.
            match self.map.replace_with_lifecycle(key.clone(), record, true, &mut out) {
                Ok(()) => self.ledger.expires(key, slot, expires),
                Err(record) => out.push(record),
            }
            // The changed record has the line of the one that it was. Others that made room have their own.
            for (key, record) in out.iter().filter(|(other, _)| other != key) {
                self.ledger.strike(key, record.slot);
            }
        }
        Gone { records: out, refused: false }
    }

    pub(super) fn remove(&self, key: &Key) -> Gone<P> {
        self.remove_if(key, |_| true)
    }

    fn remove_if(&self, key: &Key, is_to_go: impl FnOnce(&Record<P>) -> bool) -> Gone<P> {
        let removed = self.map.remove_if(key, is_to_go);
        if let Some((key, record)) = &removed {
            self.ledger.strike(key, record.slot);
        }
        Gone { records: removed.into_iter().collect(), refused: false }
    }

    /// Removes those of the next few entries that have ended; of the others, tells `lives` until when they live. False if
    /// all were looked at.
    pub(super) fn sweep(
        &self,
        place: &mut Place,
        most: Slot,
        now: Millis,
        is_current: impl Fn(&Stamp) -> bool,
        mut lives: impl FnMut(Millis),
    ) -> bool {
        let mut ended = Vec::new();
        let more = self.ledger.read(place, most, |line, slot| {
            if line.expires > now && is_current(&line.stamp) {
                lives(line.expires);
            } else {
                ended.push((line.key.clone(), slot));
            }
        });
        for (key, slot) in ended {
            // There may be another one by now, or the same one with a longer life.
            let is_to_go = |record: &Record<P>| {
                record.slot == slot && (record.life.over <= now || !is_current(&record.stamp))
            };
            drop(self.remove_if(&key, is_to_go));
        }
        more
    }

    pub(crate) fn clear(&self) {
        for (key, record) in self.map.drain() {
            self.ledger.strike(&key, record.slot);
            discard((key, record));
        }
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.map.iter().map(|(key, _)| key).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(super) fn count(&self, now: Millis, is_current: impl Fn(&Stamp) -> bool) -> Counted {
        self.ledger.count(|line| line.expires > now && is_current(&line.stamp))
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }
}

/// One by one: of several values in one place that panic when they are dropped, the second would end the process.
impl<P: Clone + Send + 'static> Drop for Entries<P> {
    fn drop(&mut self) {
        self.clear();
    }
}
