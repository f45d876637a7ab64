//! The contract on a store that could fail and does not: every operation reaches the store behind it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{InMemory, Store, Token};
use cache_runtime::testing::{self, FaultyStore, IsolatedCache};

use super::watcher::Watcher;
use super::{Subject, key, on_every, stored};

struct Healthy {
    store: FaultyStore,
    /// For its clock.
    cache: IsolatedCache,
}

impl Healthy {
    fn new() -> Self {
        let cache = testing::isolate();
        let store = Arc::new(InMemory::with_clock(1_000, cache.clock().clone()));
        Self { store: FaultyStore::new(store), cache }
    }
}

#[async_trait]
impl Subject for Healthy {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn pass(&self, time: Duration) {
        self.cache.clock().advance(time);
    }

    async fn age(&self, _: &str, time: Duration) {
        self.pass(time).await;
    }
}

on_every! { [Healthy::new()] }

#[tokio::test]
async fn methods_with_a_body_of_their_own_reach_the_store_behind_too() {
    let subject = Healthy::new();
    let watcher = Arc::new(Watcher::default());
    subject.store.watch(watcher.clone());
    subject.store.announce(&key("a"), Token::new()).await.unwrap();
    assert_eq!(watcher.told(), ["restored", "announced a"]);
    assert!(subject.store.health().tracking);

    stored(&subject, "b", "x").await;
    subject.store.reset_requests();
    let reads = subject.store.read_many(&[(key("b"), Vec::new()), (key("c"), Vec::new())]).await;
    assert_eq!(reads.unwrap().len(), 2);
    assert_eq!(subject.store.requests().reads, 1, "one request, not one for each");
}
