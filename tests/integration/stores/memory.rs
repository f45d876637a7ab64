//! The contract on the store in this process's memory.

use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{Filled, InMemory, Store};
use cache_runtime::testing::{self, IsolatedCache};

use super::{Subject, fill, lease, on_every};

struct Memory {
    store: InMemory,
    /// For its clock.
    cache: IsolatedCache,
}

impl Memory {
    fn new() -> Self {
        let cache = testing::isolate();
        Self { store: InMemory::with_clock(1_000, cache.clock().clone()), cache }
    }
}

#[async_trait]
impl Subject for Memory {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn pass(&self, time: Duration) {
        self.cache.clock().advance(time);
    }
}

on_every! { [Memory::new()] }

#[tokio::test]
async fn clearing_ends_the_leases_of_memory_at_once() {
    let subject = Memory::new();
    let slow = lease(&subject, "a").await;
    subject.store.clear().await.unwrap();
    lease(&subject, "a").await;
    assert_eq!(fill(&subject, "a", slow, "old").await, Filled::Refused);
}
