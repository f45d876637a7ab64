//! What a watcher is told, whoever changes something.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::store::{RedisOptions, RedisStore, Store, Token};
use redis::aio::MultiplexedConnection;

use super::servers::{OnServer, patient};
use super::watcher::Watcher;
use super::{begin, key, lease, stored, tag, value};
use crate::support::server::{Server, servers};

/// A watched store, and another one on the same server and under the same namespace.
pub(super) async fn watched(server: &Server, namespace: &str) -> (RedisStore, Arc<Watcher>) {
    watched_with(patient(server.url(), namespace)).await
}

async fn watched_with(options: RedisOptions) -> (RedisStore, Arc<Watcher>) {
    let store = RedisStore::connect(options).await.unwrap();
    let watcher = Arc::new(Watcher::default());
    store.watch(watcher.clone());
    watcher.until("restored", 1).await;
    assert!(store.health().tracking);
    (store, watcher)
}

pub(super) async fn run(connection: &mut MultiplexedConnection, command: &str) {
    let mut words = command.split(' ');
    let mut run = redis::cmd(words.next().unwrap());
    run.arg(words.collect::<Vec<_>>());
    run.query_async::<redis::Value>(connection).await.unwrap();
}

#[tokio::test]
async fn every_change_by_another_process_is_told() {
    for other in OnServer::each().await {
        let (_store, watcher) = watched(&other.server, &other.namespace).await;
        stored(&other, "stored", "x").await;
        watcher.until("changed stored", 2).await;
        other.store.invalidate(&key("stored")).await.unwrap();
        watcher.until("changed stored", 3).await;
        begin(&other, "guarded").await;
        watcher.until("changed guarded", 1).await;
        other.store.versions(&[tag("t")]).await.unwrap();
        watcher.until("bumped t", 1).await;
        other.store.bump(&tag("t")).await.unwrap();
        watcher.until("bumped t", 2).await;
        let cleared = watcher.count("cleared");
        other.store.clear().await.unwrap();
        watcher.until("cleared", cleared + 1).await;
    }
}

#[tokio::test]
async fn the_first_call_of_all_ends_nothing_in_another_process() {
    for other in OnServer::each().await {
        let (_store, watcher) = watched(&other.server, &other.namespace).await;
        other.store.versions(&[]).await.unwrap();
        other.store.announce(&key("after"), Token::new()).await.unwrap();
        watcher.until("announced after", 1).await;
        assert_eq!(watcher.told(), ["restored", "announced after"]);
    }
}

#[tokio::test]
async fn what_ends_by_itself_or_from_outside_is_told_too() {
    for other in OnServer::each().await {
        let (_store, watcher) = watched(&other.server, &other.namespace).await;
        stored(&other, "deleted", "x").await;
        watcher.until("changed deleted", 2).await;
        let mut outside = other.server.connection().await;
        run(&mut outside, &format!("DEL {}:v:deleted", other.namespace)).await;
        watcher.until("changed deleted", 3).await;

        let token = lease(&other, "expired").await;
        let mut short = value(&other, "x", &[]).await;
        short.ttl = Duration::from_millis(50);
        other.store.fill(&key("expired"), token, &[], short).await.unwrap();
        watcher.until("changed expired", 3).await;
        // Announced for entries that only processes have.
        other.store.announce(&key("local"), Token::new()).await.unwrap();
        watcher.until("announced local", 1).await;
    }
}

#[tokio::test]
async fn what_nobody_copies_is_not_told() {
    for other in OnServer::each().await {
        let (store, watcher) = watched(&other.server, &other.namespace).await;
        let untracked = OnServer { store: store.untracked(), ..other };
        assert!(!untracked.store.health().tracking);
        stored(&untracked, "remote", "x").await;
        let mut outside = untracked.server.connection().await;
        run(&mut outside, &format!("SET {}:t:after x", untracked.namespace)).await;
        watcher.until("bumped after", 1).await;
        assert_eq!(watcher.count("changed remote"), 0);
        // Neither space sees the other's entries, and one clear ends both.
        assert_eq!(super::fresh(&store, "remote").await, None);
        assert!(super::fresh(&untracked.store, "remote").await.is_some());
        assert_eq!(store.scan(b"", 0).await.unwrap().keys, []);
        store.clear().await.unwrap();
        assert_eq!(super::fresh(&untracked.store, "remote").await, None);
    }
}

#[tokio::test]
async fn a_fill_does_not_count_as_a_bump_of_its_tags() {
    for other in OnServer::each().await {
        let (_store, watcher) = watched(&other.server, &other.namespace).await;
        let tags = [tag("t")];
        other.store.versions(&tags).await.unwrap();
        watcher.until("bumped t", 1).await;
        let mut longer = Vec::new();
        for hours in [1, 24 * 30, 24 * 30] {
            let token = lease(&other, &hours.to_string()).await;
            let mut value = value(&other, "x", &tags).await;
            value.ttl = Duration::from_hours(hours);
            other.store.fill(&key(&hours.to_string()), token, &tags, value).await.unwrap();
            other.store.invalidate(&key(&hours.to_string())).await.unwrap();
            watcher.until(&format!("changed {hours}"), 3).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            longer.push(watcher.count("bumped t"));
        }
        // A tag outlives its entries, and grows by so much that this is rare.
        assert_eq!(longer, [1, 2, 2]);
        let mut outside = other.server.connection().await;
        let mut ttl = redis::cmd("PTTL");
        ttl.arg(format!("{}:t:t", other.namespace));
        let left: u64 = ttl.query_async(&mut outside).await.unwrap();
        assert!(Duration::from_millis(left) > Duration::from_hours(24 * 30));
    }
}

#[tokio::test]
async fn who_makes_a_version_is_not_told_that_it_changed() {
    for own in OnServer::each().await {
        let (store, watcher) = watched(&own.server, &own.namespace).await;
        store.versions(&[tag("t")]).await.unwrap();
        stored(&OnServer { store, ..own }, "after", "x").await;
        watcher.until("changed after", 2).await;
        assert_eq!((watcher.count("bumped t"), watcher.count("cleared")), (0, 0));
    }
}

#[tokio::test]
async fn a_bump_of_a_tag_that_was_never_used_is_told() {
    for other in OnServer::each().await {
        let (_store, watcher) = watched(&other.server, &other.namespace).await;
        other.store.bump(&tag("of local entries")).await.unwrap();
        watcher.until("bumped of local entries", 1).await;
    }
}

/// A version is made by a command whose sender is not told of it; so it is the bump that has to be told.
#[tokio::test]
async fn a_bump_is_told_to_who_makes_the_version_at_the_same_time() {
    for other in OnServer::each().await {
        let (store, watcher) = watched(&other.server, &other.namespace).await;
        let names: Vec<_> = (0..500).map(|round| round.to_string()).collect();
        for name in &names {
            let tags = [tag(name)];
            let (bumped, made) = tokio::join!(other.store.bump(&tags[0]), store.versions(&tags));
            bumped.unwrap();
            made.unwrap();
        }
        // What was told comes before this.
        store.read(&key("after"), &[]).await.unwrap();
        let told = watcher.told();
        let untold = names.iter().filter(|name| !told.contains(&format!("bumped {name}")));
        assert_eq!(untold.count(), 0);
    }
}

#[tokio::test]
async fn a_clear_is_told_to_who_makes_the_epoch_at_the_same_time() {
    for kind in servers() {
        let server = Server::start(kind);
        let (store, watcher) = watched(&server, "shop").await;
        let other = RedisStore::connect(patient(server.url(), "shop")).await.unwrap();
        let mut outside = server.connection().await;
        for round in 1..200 {
            run(&mut outside, "UNLINK shop:e").await;
            store.read(&key("before"), &[]).await.unwrap();
            let before = watcher.count("cleared");
            let (cleared, made) = tokio::join!(other.clear(), store.versions(&[]));
            cleared.unwrap();
            made.unwrap();
            store.read(&key("after"), &[]).await.unwrap();
            assert!(watcher.count("cleared") > before, "untold in round {round}");
        }
    }
}

#[tokio::test]
async fn an_emptied_server_is_told_as_a_clear() {
    for kind in servers() {
        let server = Server::start(kind);
        let (_store, watcher) = watched(&server, "shop").await;
        run(&mut server.connection().await, "FLUSHALL").await;
        watcher.until("cleared", 1).await;
    }
}

#[tokio::test]
async fn an_eviction_is_told() {
    for kind in servers() {
        let server = Server::with(kind, &["--maxmemory-policy allkeys-lru"]);
        let (_store, watcher) = watched(&server, "shop").await;
        let mut outside = server.connection().await;
        run(&mut outside, "SET shop:v:evicted x").await;
        watcher.until("changed evicted", 1).await;
        run(&mut outside, "CONFIG SET maxmemory 1").await;
        // The next command makes room.
        let mut set = redis::cmd("SET");
        let _ = set.arg("other").arg("x").query_async::<()>(&mut outside).await;
        watcher.until("changed evicted", 2).await;
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_is_told_as_a_loss_and_comes_back() {
    for kind in servers() {
        let server = Server::start(kind);
        let (store, watcher) = watched(&server, "shop").await;
        let mut outside = server.connection().await;
        run(&mut outside, "CLIENT KILL TYPE normal SKIPME yes").await;
        watcher.until("lost", 1).await;
        watcher.until("restored", 2).await;
        run(&mut outside, "SET shop:v:a x").await;
        watcher.until("changed a", 1).await;
        assert!(store.health().tracking);
        assert_eq!(watcher.told(), ["restored", "lost", "restored", "changed a"]);
    }
}

#[tokio::test]
async fn a_silent_connection_is_told_as_a_loss_within_a_heartbeat() {
    for kind in servers() {
        let server = Server::start(kind);
        let (store, watcher) = watched_with(RedisOptions::new(server.url(), "shop")).await;
        server.freeze();
        let start = Instant::now();
        watcher.until("lost", 1).await;
        let taken = start.elapsed();
        // A second and a quarter on a machine that has nothing else to do.
        assert!(taken < Duration::from_millis(2_500), "{taken:?}");
        assert!(!store.health().tracking);
        server.thaw();
        watcher.until("restored", 2).await;
        assert_eq!(watcher.count("lost"), 1);
    }
}
