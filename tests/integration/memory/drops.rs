//! The `Drop` of a value is the user's code: it runs with no lock held, and its panic concerns nobody else.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Ambient, Cache, cached, entry, invalidates};

use super::{MINUTE, on_the_systems_clock, until};
use crate::support::now;

/// What becomes of the values of one test.
#[derive(Clone, Default)]
struct Fate(Arc<Shared>);

#[derive(Default)]
struct Shared {
    dropped: AtomicUsize,
    /// They panic when the cache drops them.
    panics: AtomicBool,
    /// They use this when the cache drops them.
    cache: std::sync::Mutex<Option<Cache>>,
}

impl Ambient for Fate {}

impl Fate {
    fn dropped(&self) -> usize {
        self.0.dropped.load(Ordering::SeqCst)
    }
}

#[derive(Clone)]
struct Fragile(Fate);

impl Drop for Fragile {
    fn drop(&mut self) {
        let shared = &self.0.0;
        shared.dropped.fetch_add(1, Ordering::SeqCst);
        let cache = shared.cache.lock().unwrap().clone();
        if let Some(cache) = cache {
            // Every lock there is: all lanes, all shards, the tags.
            for id in 0..300 {
                now(cache.invalidate(entry!(other(id)))).unwrap();
                now(cache.invalidate_tag(&format!("other:{id}"))).unwrap();
            }
            let _ = cache.snapshot();
        }
        if shared.panics.load(Ordering::SeqCst) {
            // Without the message that a panic prints.
            resume_unwind(Box::new("on purpose"));
        }
    }
}

#[cached(key = "other:<id>", ttl = "1m", tags = ["other:<id>"])]
async fn other(id: u64) -> u64 {
    id
}

#[cached(key = "fragile:<id>", ttl = "1m", tags = ["fragile"], tier = "local")]
async fn fragile(fate: &Fate, id: u64) -> Arc<Fragile> {
    Arc::new(Fragile(fate.clone()))
}

#[cached(key = "short:<id>", ttl = "50ms", tier = "local")]
async fn short(fate: &Fate, id: u64) -> Arc<Fragile> {
    Arc::new(Fragile(fate.clone()))
}

#[invalidates(fragile(1), fragile(2), tags = ["fragile"])]
async fn write() -> Result<(), String> {
    Ok(())
}

fn fill(fate: &Fate, ids: std::ops::Range<u64>) {
    ids.for_each(|id| drop(now(fragile(fate, id))));
}

/// Ends entries in every way there is, each time those with these numbers.
fn end_in_every_way(cache: &IsolatedCache, fate: &Fate) {
    let mut dropped = 0;
    let mut ended = |count, how: &str| {
        dropped += count;
        assert_eq!(fate.dropped(), dropped, "{how}");
    };
    fill(fate, 0..3);
    cache.clock().advance(MINUTE);
    ended(3, "expiry");
    fill(fate, 0..3);
    now(write()).unwrap();
    ended(2, "a write, by key");
    cache.clock().advance(MINUTE);
    ended(1, "a write, by tag");
    fill(fate, 0..3);
    now(cache.clear()).unwrap();
    ended(3, "clear");
    fill(fate, 0..1);
    now(cache.put(entry!(fragile(0)), Arc::new(Fragile(fate.clone())))).unwrap();
    ended(1, "another value");
    fill(fate, 0..1_000);
    ended(1_000 - usize::try_from(cache.snapshot().entries).unwrap(), "eviction");
}

#[test]
fn a_value_that_panics_when_it_is_dropped_concerns_nobody_else() {
    let (cache, fate) = (testing::isolate_with(|build| build.max_entries(10)), Fate::default());
    fate.0.panics.store(true, Ordering::SeqCst);
    end_in_every_way(&cache, &fate);
    let left = usize::try_from(cache.snapshot().entries).unwrap();
    assert!(left > 2, "{left}");
    let dropped = fate.dropped();
    drop(cache);
    assert_eq!(fate.dropped(), dropped + left, "of a cache that is dropped");
}

#[test]
fn a_value_may_use_the_cache_when_it_is_dropped() {
    let (cache, fate) = (testing::isolate_with(|build| build.max_entries(10)), Fate::default());
    *fate.0.cache.lock().unwrap() = Some(Cache::clone(&cache));
    for id in 0..300 {
        now(other(id));
    }
    now(cache.clear()).unwrap();
    end_in_every_way(&cache, &fate);
    // Else each would keep the other alive.
    *fate.0.cache.lock().unwrap() = None;
}

#[test]
fn values_that_panic_keep_the_thread_from_nothing() {
    let (cache, fate) = (on_the_systems_clock(), Fate::default());
    fate.0.panics.store(true, Ordering::SeqCst);
    for round in 1..=3 {
        (0..10).for_each(|id| drop(now(short(&fate, id))));
        until("all have expired", || fate.dropped() == round * 10);
    }
    assert_eq!(cache.snapshot().entries, 0);
}
