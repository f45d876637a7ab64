//! The entries of the memory store: bounded, evicted by use.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::{Equivalent, Lifecycle, OptionsBuilder, Weighter};

use super::tags::Stamp;
use crate::clock::Millis;
use crate::discard::discard;
use crate::entry::Key;
use crate::token::Token;

/// What is stored under a key.
#[derive(Clone, Debug)]
pub(crate) struct Record<P> {
    pub(crate) payload: P,
    /// The load or write that stored it.
    pub(crate) id: Token,
    /// Until when it is served without question.
    pub(crate) fresh_until: Millis,
    /// Until when it exists.
    pub(crate) expires: Millis,
    pub(crate) stamp: Stamp,
    pub(crate) weight: u64,
}

/// How much the store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) entries: u64,
    /// Bytes of keys, values and bookkeeping; `None` if only entries are counted.
    pub(crate) bytes: Option<u64>,
}

/// Bookkeeping per entry, in bytes: the record, its key's and its value's headers, and the map's own share.
const OVERHEAD: u64 = 120;

/// One unit of weight is this share of the capacity when both limits count.
const SCALE: u64 = 1 << 32;

/// The fewest entries, and bytes, for which a shard of its own is worth it: a value heavier than a shard's share is
/// refused, so shards must not be small.
const SHARD_ENTRIES: u64 = 512;
const SHARD_BYTES: u64 = 8 << 20;

impl Limits {
    /// The weight of an entry. With both limits set it is the larger of its shares of the two, so that neither is
    /// exceeded.
    pub(crate) fn weight(&self, key: &Key, payload_bytes: usize) -> u64 {
        let Some(bytes) = self.bytes else { return 1 };
        let size = (key.as_bytes().len() + payload_bytes) as u64 + OVERHEAD;
        let by_bytes = u128::from(size) * u128::from(SCALE) / u128::from(bytes.max(1));
        // Capped below what the map refuses, so that `max_entries(1)` still holds one.
        let by_count = u128::from((SCALE / self.entries.clamp(1, SCALE)).min(SCALE / 100 * 96));
        u64::try_from(by_bytes.max(by_count).max(1)).unwrap_or(u64::MAX)
    }

    /// Tells whether weights depend on the values' sizes.
    pub(crate) fn needs_sizes(&self) -> bool {
        self.bytes.is_some()
    }

    fn capacity(&self) -> u64 {
        if self.bytes.is_some() { SCALE } else { self.entries }
    }

    fn shards(&self) -> usize {
        let by_count = self.entries / SHARD_ENTRIES;
        let by_bytes = self.bytes.map_or(u64::MAX, |bytes| bytes / SHARD_BYTES);
        let threads = std::thread::available_parallelism().map_or(4, |n| n.get() as u64 * 4);
        let shards = by_count.min(by_bytes).min(threads).max(1);
        // The map rounds up to a power of two, which would make the shards smaller than they may be.
        1 << shards.ilog2()
    }
}

#[derive(Clone, Debug)]
struct ByRecord;

impl<P> Weighter<Key, Record<P>> for ByRecord {
    #[inline]
    fn weight(&self, _: &Key, record: &Record<P>) -> u64 {
        record.weight
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

type Map<P> =
    quick_cache::sync::Cache<Key, Record<P>, ByRecord, foldhash::fast::RandomState, Collect>;

pub(crate) struct Entries<P> {
    map: Map<P>,
    pub(crate) limits: Limits,
    evictions: AtomicU64,
}

/// What an insertion pushed out. Dropped by the caller once no lock is held.
#[must_use = "to be dropped when no lock is held"]
pub(crate) struct PushedOut<P> {
    _records: Vec<(Key, Record<P>)>,
    /// Whether the record itself was refused, because it is heavier than a shard.
    pub(crate) refused: bool,
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
        Self { map, limits, evictions: AtomicU64::new(0) }
    }

    #[inline]
    pub(crate) fn get(&self, key: &[u8]) -> Option<Record<P>> {
        self.map.get(&Sought(key))
    }

    /// Looks without counting as a use.
    pub(crate) fn peek(&self, key: &Key) -> Option<Record<P>> {
        self.map.peek(key)
    }

    pub(crate) fn insert(&self, key: &Key, record: Record<P>) -> PushedOut<P> {
        let id = record.id;
        let mut out = Vec::new();
        self.map.insert_with_lifecycle(key.clone(), record, &mut out);
        // What comes out is the record itself if it was refused, the one that it replaces, and those evicted.
        let refused = out.iter().any(|(_, record)| record.id == id);
        let evicted = out.iter().filter(|(other, _)| other != key).count();
        self.evictions.fetch_add(evicted as u64, Ordering::Relaxed);
        PushedOut { _records: out, refused }
    }

    /// Changes a record where it is.
    pub(crate) fn update(&self, key: &Key, change: impl FnOnce(&mut Record<P>)) {
        if let Some(mut record) = self.map.peek(key) {
            change(&mut record);
            // Fails if the record was evicted meanwhile, which is what the change would have wanted at worst.
            let _ = self.map.replace(key.clone(), record, true);
        }
    }

    #[must_use = "to be dropped when no lock is held"]
    pub(crate) fn remove(&self, key: &Key) -> Option<(Key, Record<P>)> {
        self.map.remove(key)
    }

    pub(crate) fn clear(&self) {
        // One by one: of several in one place that panic, the second would end the process.
        self.map.drain().collect::<Vec<_>>().into_iter().for_each(discard);
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.map.iter().map(|(key, _)| key).collect()
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }
}
