//! A server that is away, full, or holds what nobody of us put there: callers get what they would get uncached.

mod away;
mod full;
mod garbage;
mod owed;
mod spared;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cache_runtime::testing::IsolatedCache;
use cache_runtime::{Cache, RemoteSnapshot, RemoteState, cached, entry, invalidates};

use super::{Site, another_id, of, until, until_it_answers};

const MS: Duration = Duration::from_millis(1);
/// What the first calls may spend on a server that does not answer.
const BUDGET: Duration = Duration::from_millis(50);
/// How much later than it should a busy machine may run something.
const DELAYED: Duration = Duration::from_millis(200);

static TABLE: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);

fn row(id: u64) -> u64 {
    TABLE.lock().unwrap().get_or_insert_default().get(&id).copied().unwrap_or(0)
}

fn set_row(id: u64, value: u64) {
    TABLE.lock().unwrap().get_or_insert_default().insert(id, value);
}

#[cached(key = "outage:<id>", ttl = "1h", tags = ["outage:<id>"])]
async fn read(id: u64) -> u64 {
    row(id)
}

#[invalidates(read(id))]
async fn write(id: u64, value: u64) -> Result<(), String> {
    set_row(id, value);
    Ok(())
}

#[invalidates(tags = ["outage:<id>"])]
async fn write_by_tag(id: u64, value: u64) -> Result<(), String> {
    set_row(id, value);
    Ok(())
}

impl Site {
    /// A process with the deadlines that caches have unless they are told otherwise.
    async fn impatient(&self) -> IsolatedCache {
        self.process_with(|builder| builder.connect_timeout(300 * MS).response_timeout(BUDGET))
            .await
    }
}

fn health(cache: &Cache) -> RemoteSnapshot {
    cache.health().remote.expect("there is a remote tier")
}

fn is_away(cache: &Cache) -> bool {
    health(cache).state == RemoteState::Away
}

/// Reads rows that no other test has, each twice; how long each call took, in order. Every answer is right.
async fn reads(cache: &IsolatedCache, rows: u32) -> Vec<Duration> {
    let mut took = Vec::new();
    for _ in 0..rows {
        let id = another_id();
        set_row(id, id);
        for _ in 0..2 {
            let start = Instant::now();
            let value = cache.scope(read(id)).await;
            took.push(start.elapsed());
            assert_eq!(value, id);
        }
    }
    took
}

/// The time that half of them stayed below.
fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

/// Waits until a process keeps a copy of a row.
async fn kept(cache: &IsolatedCache, id: u64) {
    until_it_answers(&true, || async {
        let before = of(cache, "read").hits;
        assert_eq!(cache.scope(read(id)).await, row(id));
        of(cache, "read").hits > before
    })
    .await;
}

/// Waits until everything is as it was before the outage; how long that took.
async fn recovered(cache: &IsolatedCache) -> Duration {
    let start = Instant::now();
    until("it is reached, told of changes, and owes nothing", || {
        let health = health(cache);
        health.is_healthy() && health.tracking
    })
    .await;
    let id = another_id();
    set_row(id, id);
    kept(cache, id).await;
    start.elapsed()
}
