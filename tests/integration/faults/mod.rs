//! A store that fails at the worst moment. Two caches on it stand for two processes.

mod again;
mod budget;
mod clones;
mod dropped;
mod held;
mod outage;
mod puts;
mod shutdown;
mod silence;
mod threads;
mod writes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::store::InMemory;
use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Cache, CacheBuilder, PolicySnapshot, cached, invalidates};

use crate::support::rows::Rows;
use crate::support::store::{Faulty, Mode};

const MS: Duration = Duration::from_millis(1);
/// What a call may spend on the store: more than a busy machine is late by.
const BUDGET: Duration = Duration::from_millis(200);

#[cached(key = "row:<id>", ttl = "1h", tags = ["row:<id>"], skip(rows))]
async fn read(rows: &Rows, id: u64) -> u64 {
    rows.get(id)
}

#[cached(key = "row:<id>", ttl = "1h", tags = ["row:<id>"], skip(rows, gate))]
async fn read_slowly(rows: &Rows, id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    rows.get(id)
}

/// Writes when the gate lets it.
#[invalidates(read(id))]
async fn write(rows: &Rows, id: u64, value: u64, gate: &Gate) -> Result<(), String> {
    gate.pass().await;
    rows.set(id, value);
    Ok(())
}

#[invalidates(tags = ["row:<id>"])]
async fn fail_to_write(id: u64) -> Result<(), String> {
    Err(format!("row {id} is locked"))
}

/// Processes that share a store.
struct Site {
    shared: Arc<InMemory>,
}

impl Site {
    fn new() -> Self {
        Self { shared: Arc::new(InMemory::new(1_000)) }
    }

    async fn process(&self) -> (IsolatedCache, Arc<Faulty>) {
        self.process_with(|builder| builder).await
    }

    async fn process_with(
        &self,
        build: impl FnOnce(CacheBuilder) -> CacheBuilder,
    ) -> (IsolatedCache, Arc<Faulty>) {
        let store = Faulty::new(&self.shared);
        let builder = Cache::builder().store(Arc::clone(&store) as _).response_timeout(BUDGET);
        let cache = build(builder).build().await.expect("the store is there");
        (testing::isolate_on(cache), store)
    }
}

fn open() -> Gate {
    let gate = Gate::new();
    gate.open();
    gate
}

fn of(cache: &Cache, name: &str) -> PolicySnapshot {
    let policies = cache.snapshot().policies;
    policies.into_iter().find(|policy| policy.name == name).unwrap_or_default()
}

/// Waits until the store has been told everything.
async fn told(cache: &Cache) {
    cache.shutdown(Duration::from_secs(20)).await.expect("the store answers");
}
