//! Memory is given back: values are dropped soon after they have ended, whether anybody calls or not, and whatever their
//! `Drop` does.

mod drops;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Cache, cached, entry, invalidate};
use serde::{Deserialize, Serialize};

use crate::support::now;

/// A value that is counted from its making, its copying or its decoding until its drop. Those of each test by themselves.
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
struct Page<const TEST: usize>(u64);

static ALIVE: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

impl<const TEST: usize> From<u64> for Page<TEST> {
    fn from(id: u64) -> Self {
        ALIVE[TEST].fetch_add(1, Ordering::SeqCst);
        Self(id)
    }
}

impl<const TEST: usize> From<Page<TEST>> for u64 {
    fn from(page: Page<TEST>) -> Self {
        page.0
    }
}

impl<const TEST: usize> Clone for Page<TEST> {
    fn clone(&self) -> Self {
        self.0.into()
    }
}

impl<const TEST: usize> Drop for Page<TEST> {
    fn drop(&mut self) {
        ALIVE[TEST].fetch_sub(1, Ordering::SeqCst);
    }
}

fn alive(test: usize) -> usize {
    ALIVE[test].load(Ordering::SeqCst)
}

/// Waits without an executor: nobody calls, and nothing is polled.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_mins(1), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A test's cache on the system's clock.
fn on_the_systems_clock() -> IsolatedCache {
    testing::isolate_on(now(Cache::builder().build()).unwrap())
}

const MINUTE: Duration = Duration::from_mins(1);

#[cached(key = "moment:<id>", ttl = "50ms", tags = ["page"])]
async fn moment(id: u64) -> Page<0> {
    id.into()
}

#[cached(key = "page:<id>", ttl = "1h", tags = ["page"])]
async fn page(id: u64) -> Page<1> {
    id.into()
}

#[test]
fn an_idle_process_gives_back_what_has_expired() {
    let cache = on_the_systems_clock();
    (0..500).for_each(|id| drop(now(moment(id))));
    until("all have expired", || alive(0) == 0);
    assert_eq!(
        (cache.snapshot().entries, cache.snapshot().dead, cache.snapshot().bytes),
        (0, 0, 0)
    );
    drop(now(moment(1)));
    until("one more has expired", || alive(0) == 0);
}

#[test]
fn an_idle_process_gives_back_what_a_tag_has_ended() {
    let cache = on_the_systems_clock();
    (0..500).for_each(|id| drop(now(page(id))));
    assert_eq!((alive(1), cache.snapshot().entries), (500, 500));
    now(async { invalidate!(tags = ["page"]).await }).unwrap();
    assert_eq!(cache.snapshot().entries, 0, "dead from the moment on");
    until("the tag has ended all", || alive(1) == 0);
}

#[cached(key = "one:<id>", ttl = "1m", tags = ["one:<id>"])]
async fn one(id: u64) -> Page<2> {
    id.into()
}

#[test]
fn the_snapshot_tells_live_entries_from_dead_ones() {
    let cache = testing::isolate();
    (0..10).for_each(|id| drop(now(one(id))));
    let all = cache.snapshot();
    assert_eq!((all.entries, all.dead, alive(2)), (10, 0, 10));
    assert!(all.bytes >= 10 * 100, "{} bytes", all.bytes);
    for id in 0..3 {
        now(cache.invalidate_tag(&format!("one:{id}"))).unwrap();
    }
    let some = cache.snapshot();
    assert_eq!((some.entries, some.dead, some.bytes), (7, 3, all.bytes));

    cache.clock().advance(Duration::ZERO);
    let rest = cache.snapshot();
    assert_eq!((rest.entries, rest.dead, alive(2)), (7, 0, 7), "a test need not wait");
    assert_eq!(rest.bytes, all.bytes / 10 * 7);
    assert!(now(cache.peek(entry!(one(5)))).is_some());

    cache.clock().advance(MINUTE);
    let none = cache.snapshot();
    assert_eq!((none.entries, none.dead, none.bytes, alive(2)), (0, 0, 0, 0));
}

#[cached(key = "kept:<id>", ttl = "1m")]
async fn kept(id: u64) -> Page<3> {
    id.into()
}

#[test]
fn a_cache_that_is_dropped_takes_all_its_values_along() {
    let cache = on_the_systems_clock();
    (0..100).for_each(|id| drop(now(kept(id))));
    assert_eq!(alive(3), 100);
    drop(cache);
    until("they are gone", || alive(3) == 0);
}
