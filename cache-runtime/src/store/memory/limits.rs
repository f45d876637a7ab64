//! Limits of the store, and what an entry weighs against them.

use crate::key::Key;

/// The limits of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) entries: u64,
    /// Bytes of keys, values and bookkeeping; `None` if only entries are counted.
    pub(crate) bytes: Option<u64>,
}

/// Bookkeeping per entry, in bytes: the record in the map and the line in the ledger (both counted with the room that a
/// table keeps free), the headers of key and value, and what the allocator adds to these two.
pub(super) const OVERHEAD: u64 = 240;

/// One unit of weight is this share of the capacity when both limits count.
const SCALE: u64 = 1 << 32;

/// The fewest entries, and bytes, for which a shard of its own is worth it. A value heavier than a shard's share is refused,
/// and two that are heavier than half of it push each other out if they meet in one shard: so shards must not be small.
const SHARD_ENTRIES: u64 = 512;
const SHARD_BYTES: u64 = 16 << 20;

/// What the map takes of a shard's share, in percent: the rest it keeps for what has just come.
const ADMITTED: u64 = 96;

impl Limits {
    /// The bytes of an entry, with its bookkeeping.
    pub(super) fn size(key: &Key, payload_bytes: usize) -> u64 {
        (key.as_bytes().len() as u64 + OVERHEAD).saturating_add(payload_bytes as u64)
    }

    /// The weight of an entry of so many bytes. With both limits set it is the larger of its shares of the two, so that
    /// neither is exceeded.
    pub(super) fn weight(&self, size: u64) -> u32 {
        let Some(bytes) = self.bytes else { return 1 };
        let by_bytes = u128::from(size) * u128::from(SCALE) / u128::from(bytes.max(1));
        // Capped below what the map refuses, so that `max_entries(1)` still holds one.
        let by_count =
            u128::from((SCALE / self.entries.clamp(1, SCALE)).min(SCALE / 100 * ADMITTED));
        // More than there is room for is refused, however much more.
        u32::try_from(by_bytes.max(by_count).max(1)).unwrap_or(u32::MAX)
    }

    /// Tells whether weights depend on the values' sizes.
    pub(crate) fn needs_sizes(&self) -> bool {
        self.bytes.is_some()
    }

    /// How many bytes an entry may take, bookkeeping included, and be sure not to be refused.
    pub(crate) fn largest(&self) -> Option<u64> {
        self.bytes.map(|bytes| bytes / self.shards() as u64 / 100 * ADMITTED)
    }

    pub(super) fn capacity(&self) -> u64 {
        if self.bytes.is_some() { SCALE } else { self.entries }
    }

    pub(super) fn shards(&self) -> usize {
        let by_count = self.entries / SHARD_ENTRIES;
        let by_bytes = self.bytes.map_or(u64::MAX, |bytes| bytes / SHARD_BYTES);
        let threads = std::thread::available_parallelism().map_or(4, |n| n.get() as u64 * 4);
        let shards = by_count.min(by_bytes).min(threads).max(1);
        // The map rounds up to a power of two, which would make the shards smaller than they may be.
        1 << shards.ilog2()
    }
}
