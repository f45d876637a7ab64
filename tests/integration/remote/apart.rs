//! A process that waits for a load of its own while others write: what it may still be told, and what not.

use std::collections::HashMap;
use std::sync::Mutex;

use cache_runtime::testing::Gate;
use cache_runtime::{RemoteState, cached, invalidates};

use super::*;

static TABLE: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);

fn row(id: u64) -> u64 {
    TABLE.lock().unwrap().get_or_insert_default().get(&id).copied().unwrap_or(0)
}

fn advance(id: u64) -> u64 {
    let mut table = TABLE.lock().unwrap();
    let row = table.get_or_insert_default().entry(id).or_default();
    *row += 1;
    *row
}

/// As a database: the row is read first, the answer takes its time.
async fn load(id: u64, gate: &Gate) -> u64 {
    let row = row(id);
    gate.pass().await;
    row
}

#[cached(key = "apart:<id>", ttl = "1h", tags = ["apart:<id>"], skip(gate))]
async fn copied(id: u64, gate: &Gate) -> u64 {
    load(id, gate).await
}

#[cached(key = "apart-strict:<id>", ttl = "1h", tier = "remote", tags = ["apart:<id>"], skip(gate))]
async fn strict(id: u64, gate: &Gate) -> u64 {
    load(id, gate).await
}

#[invalidates(copied(id), strict(id), guard = "required")]
async fn write(id: u64, gate: &Gate) -> cache_runtime::Result<u64> {
    let written = advance(id);
    gate.pass().await;
    Ok(written)
}

#[invalidates(tags = ["apart:<id>"])]
async fn write_by_tag(id: u64) -> u64 {
    advance(id)
}

fn open() -> Gate {
    let gate = Gate::new();
    gate.open();
    gate
}

/// What some callers are answered who come to another process while a load is under way that began before a write; and
/// how often they load.
macro_rules! come_after {
    ($cache:expr, $read:ident($id:expr), $write:expr) => {{
        let (cache, id, slow) = (&$cache, $id, Gate::new());
        let before = cache.scope({
            let slow = slow.clone();
            async move { $read(id, &slow).await }
        });
        let before = tokio::spawn(before);
        slow.arrived(1).await;
        let written: u64 = $write.await;
        let counted = || of(cache, stringify!($read));
        let (next, earlier) = (Gate::new(), counted());
        let after = (0..20).map(|_| {
            let next = next.clone();
            tokio::spawn(cache.scope(async move { $read(id, &next).await }))
        });
        let after: Vec<_> = after.collect();
        until("all have come", || counted().misses == earlier.misses + 20).await;
        slow.open();
        let arrived = tokio::time::timeout(PUSHED, next.arrived(1)).await;
        arrived.expect("a load that begins after the write");
        until("all others wait for it", || counted().joins == earlier.joins + 19).await;
        next.open();
        assert!(before.await.unwrap() < written, "that one came before the write");
        for after in after {
            assert_eq!(after.await.unwrap(), written);
        }
        counted().loads
    }};
}

#[tokio::test]
async fn a_process_that_alone_has_lost_the_server_joins_no_load_from_before_a_write() {
    for site in Site::each() {
        let mut server = site.server.connection().await;
        let user = async |server: &mut _, state: &str| {
            let mut user = redis::cmd("ACL");
            user.arg("SETUSER").arg("apart").arg(state).arg(">secret").arg("~*").arg("+@all");
            user.exec_async(server).await.expect("the server is up");
        };
        user(&mut server, "on").await;
        let url = site.server.url().replace("://", "://apart:secret@");
        let (one, two) =
            (site.process().await, site.process_with(|builder| builder.url(url)).await);
        user(&mut server, "off").await;
        let kill = redis::cmd("CLIENT").arg("KILL").arg("USER").arg("apart").to_owned();
        kill.exec_async(&mut server).await.expect("the server is up");
        until("the loss is noticed", || two.health().remote.unwrap().state == RemoteState::Away)
            .await;

        let write = async |id| one.scope(async move { write(id, &open()).await }).await.unwrap();
        for _ in 0..3 {
            let id = another_id();
            come_after!(two, strict(id), write(id));
            let id = another_id();
            come_after!(two, copied(id), write(id));
        }
        // One of those who waited loads for all of them.
        assert_eq!((of(&two, "strict").loads, of(&two, "copied").loads), (6, 6));
    }
}

#[tokio::test]
async fn a_process_that_is_told_nothing_joins_no_load_from_before_a_tag_ended() {
    for site in Site::each() {
        let mut server = site.server.connection().await;
        let mut user = redis::cmd("ACL");
        user.arg("SETUSER").arg("deaf").arg("on").arg(">secret").arg("~*").arg("+@all");
        user.arg("-client|tracking").exec_async(&mut server).await.expect("the server is up");
        let url = site.server.url().replace("://", "://deaf:secret@");
        let (one, two) = (site.process().await, Cache::builder().url(url).build().await.unwrap());
        let two = testing::isolate_on(two);
        assert!(two.health().remote.is_some_and(|shared| shared.state == RemoteState::Degraded));

        let write = async |id| one.scope(write_by_tag(id)).await;
        let id = another_id();
        assert_eq!(come_after!(two, strict(id), write(id)), 2);
        let id = another_id();
        assert_eq!(come_after!(two, copied(id), write(id)), 2);
    }
}

#[tokio::test]
async fn the_guard_of_one_writer_does_not_hide_the_write_of_another() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        // Its caller goes away: the guard stays, because the statement may still be running.
        let gate = Gate::new();
        let gone = tokio::spawn(one.scope({
            let gate = gate.clone();
            async move { write(id, &gate).await }
        }));
        gate.arrived(1).await;
        gone.abort();
        assert!(gone.await.is_err());

        let write = async |id| one.scope(async move { write(id, &open()).await }).await.unwrap();
        come_after!(two, strict(id), write(id));
        // All of them are answered by two loads, although nothing can be stored.
        assert_eq!(of(&two, "strict").loads, 2);
    }
}
