//! Who is told: everyone who asks, and whatever they do then.

use std::sync::Arc;

use cache_runtime::store::{Key, RedisStore, Store, Tag, Token, Watch};

use super::servers::patient;
use super::tracking::{run, watched};
use super::watcher::Watcher;
use crate::support::server::{Server, servers};

#[tokio::test]
async fn everyone_who_watches_a_store_is_told() {
    for kind in servers() {
        let server = Server::start(kind);
        let (store, first) = watched(&server, "shop").await;
        let second = Arc::new(Watcher::default());
        store.watch(second.clone());
        second.until("restored", 1).await;
        let mut outside = server.connection().await;
        run(&mut outside, "SET shop:v:a x").await;
        for watcher in [&first, &second] {
            watcher.until("changed a", 1).await;
        }
        run(&mut outside, "CLIENT KILL TYPE normal SKIPME yes").await;
        for watcher in [&first, &second] {
            watcher.until("restored", 2).await;
        }
        assert_eq!(first.told(), second.told());
    }
}

/// Notes what it is told, and panics when it is told something for so many times.
pub(super) struct Panicking(Watcher, &'static str, usize);

impl Panicking {
    pub(super) fn new(fatal: &'static str, times: usize) -> Self {
        Self(Watcher::default(), fatal, times)
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.0.told()
    }

    fn after(&self, what: &str) {
        let Self(watcher, fatal, times) = self;
        assert!(what != *fatal || watcher.count(what) != *times, "on purpose");
    }
}

impl Watch for Panicking {
    fn restored(&self) {
        self.0.restored();
        self.after("restored");
    }

    fn changed(&self, key: &Key) {
        self.0.changed(key);
        self.after("changed a");
    }

    fn announced(&self, key: &Key, by: Token) {
        self.0.announced(key, by);
    }

    fn bumped(&self, tag: &Tag) {
        self.0.bumped(tag);
    }

    fn cleared(&self) {
        self.0.cleared();
    }

    fn lost(&self) {
        self.0.lost();
        self.after("lost");
    }
}

#[tokio::test]
async fn a_panic_of_who_is_told_is_a_loss_and_keeps_nothing_from_being_told_later() {
    for kind in servers() {
        for (fatal, times) in [("changed a", 1), ("lost", 1), ("restored", 2), ("restored", 1)] {
            let server = Server::start(kind);
            let store = RedisStore::connect(patient(server.url(), "shop")).await.unwrap();
            let watcher = Arc::new(Panicking::new(fatal, times));
            store.watch(watcher.clone());
            watcher.0.until("restored", 1).await;
            let mut outside = server.connection().await;
            if fatal == "changed a" {
                run(&mut outside, "SET shop:v:a x").await;
            } else {
                run(&mut outside, "CLIENT KILL TYPE normal SKIPME yes").await;
            }
            watcher.0.until("lost", 1).await;
            watcher.0.until("restored", 2).await;
            run(&mut outside, "SET shop:v:a y").await;
            watcher.0.until("changed a", if fatal == "changed a" { 2 } else { 1 }).await;
            let health = store.health();
            assert!(health.tracking && health.losses == 1, "{fatal}: {health:?}");
        }
    }
}
