//! Striped locks: state that is split by key into shards, each behind a lock of its own.

use std::hash::{BuildHasher, Hash};

use crate::sync::{Mutex, MutexGuard};

/// The number of shards: many times as many as threads that are inside of one at the same time.
const SHARDS: usize = 64;

/// Sharded state. What is done to a key while its shard is locked is atomic for all keys of the shard.
#[derive(Debug)]
pub(crate) struct Shards<T> {
    shards: Box<[Mutex<T>]>,
    hasher: foldhash::fast::RandomState,
}

/// A locked shard.
pub(crate) type Shard<'s, T> = MutexGuard<'s, T>;

impl<T: Default> Shards<T> {
    pub(crate) fn new() -> Self {
        Self {
            shards: std::iter::repeat_with(Mutex::default).take(SHARDS).collect(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }
}

impl<T> Shards<T> {
    /// Locks the shard of a key.
    pub(crate) fn lock(&self, key: &impl Hash) -> Shard<'_, T> {
        let shard = (self.hasher.hash_one(key) >> 32) as usize % SHARDS;
        self.shards[shard].lock()
    }

    /// Locks the shard of this number; `None` after the last.
    pub(crate) fn nth(&self, number: usize) -> Option<Shard<'_, T>> {
        self.shards.get(number).map(Mutex::lock)
    }

    /// Locks one shard after the other.
    pub(crate) fn each(&self) -> impl Iterator<Item = Shard<'_, T>> {
        self.shards.iter().map(Mutex::lock)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_always_in_one_shard_and_many_are_in_all_of_them() {
        let shards: Shards<Vec<u32>> = Shards::new();
        for key in (0..10_000).chain(0..10_000) {
            shards.lock(&key).push(key);
        }
        assert_eq!(shards.each().map(|shard| shard.len()).sum::<usize>(), 20_000);
        for mut shard in shards.each() {
            let pushed = shard.len();
            shard.sort_unstable();
            shard.dedup();
            assert_eq!(shard.len() * 2, pushed);
            assert!(!shard.is_empty());
        }
        assert!(shards.nth(SHARDS - 1).is_some() && shards.nth(SHARDS).is_none());
    }
}
