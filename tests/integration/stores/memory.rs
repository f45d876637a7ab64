//! The contract on the store in this process's memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{Filled, InMemory, Store, Token};
use cache_runtime::testing::{self, IsolatedCache};

use super::watcher::Watcher;
use super::watchers::Panicking;
use super::{Subject, begin, fill, key, lease, on_every, stored, tag};

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

    async fn age(&self, _: &str, time: Duration) {
        self.pass(time).await;
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

#[tokio::test]
async fn every_change_in_memory_is_told_before_its_answer_to_everyone_who_watches() {
    let subject = Memory::new();
    let watchers = [Arc::new(Watcher::default()), Arc::default()];
    for watcher in &watchers {
        subject.store.watch(watcher.clone());
    }
    assert!(subject.store.health().tracking);
    stored(&subject, "loaded", "x").await;
    subject.store.invalidate(&key("loaded")).await.unwrap();
    let token = begin(&subject, "written").await;
    subject.store.cancel(&key("written"), token).await.unwrap();
    subject.store.mark_stale(&key("marked")).await.unwrap();
    subject.store.announce(&key("elsewhere"), Token::new()).await.unwrap();
    subject.store.versions(&[tag("t")]).await.unwrap();
    subject.store.bump(&tag("t")).await.unwrap();
    subject.store.clear().await.unwrap();
    for watcher in watchers {
        let told = [
            "restored",
            // The lease, the value, and its end.
            "changed loaded",
            "changed loaded",
            "changed loaded",
            "changed written",
            "changed written",
            "changed marked",
            "announced elsewhere",
            "bumped t",
            "cleared",
        ];
        assert_eq!(watcher.told(), told);
    }
}

#[tokio::test]
async fn a_panic_of_who_watches_memory_is_a_loss_and_ends_no_operation() {
    let subject = Memory::new();
    let watcher = Arc::new(Panicking::new("changed a", 1));
    subject.store.watch(watcher.clone());
    subject.store.invalidate(&key("a")).await.unwrap();
    subject.store.invalidate(&key("a")).await.unwrap();
    assert_eq!(watcher.told(), ["restored", "changed a", "lost", "restored", "changed a"]);
}
