//! Values whose `Drop` panics, or takes its time: copies end on the thread that keeps the connection, which must neither
//! die of that nor wait for it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cache_runtime::testing::IsolatedCache;
use cache_runtime::{cached, invalidates};
use serde::{Deserialize, Serialize};

use super::{Site, another_id, of, until, until_it_answers};

static TABLE: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);

fn row(id: u64) -> u64 {
    TABLE.lock().unwrap().get_or_insert_default().get(&id).copied().unwrap_or(0)
}

fn set_row(id: u64, value: u64) {
    TABLE.lock().unwrap().get_or_insert_default().insert(id, value);
}

/// How many are being dropped slowly, and whether they may go on.
static DROPPING: AtomicUsize = AtomicUsize::new(0);
static MAY_END: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Fragile {
    row: u64,
    slow: bool,
}

impl Drop for Fragile {
    fn drop(&mut self) {
        // Not in the threads of the test, which hold values too.
        let thread = std::thread::current();
        if !thread.name().is_some_and(|name| name.starts_with("cache-")) {
            return;
        }
        assert!(self.slow, "on purpose");
        DROPPING.fetch_add(1, Ordering::SeqCst);
        while !MAY_END.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

#[cached(key = "fragile:<id>", ttl = "1h", tags = ["fragile"])]
async fn fragile(id: u64) -> Arc<Fragile> {
    Arc::new(Fragile { row: row(id), slow: false })
}

#[cached(key = "slow:<id>", ttl = "1h")]
async fn slow(id: u64) -> Arc<Fragile> {
    Arc::new(Fragile { row: row(id), slow: true })
}

#[invalidates(fragile(id), slow(id))]
async fn write(id: u64, value: u64) -> Result<(), String> {
    set_row(id, value);
    Ok(())
}

/// Has a process keep a copy.
macro_rules! keep {
    ($cache:expr, $read:ident($id:expr)) => {
        until_it_answers(&true, || async {
            let before = of($cache, stringify!($read)).hits;
            assert_eq!($cache.scope($read($id)).await.row, row($id));
            of($cache, stringify!($read)).hits > before
        })
        .await
    };
}

async fn row_of(cache: &IsolatedCache, id: u64) -> u64 {
    cache.scope(fragile(id)).await.row
}

#[tokio::test]
async fn copies_that_panic_when_they_are_dropped_end_like_others() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let ids: Vec<_> = (0..3).map(|_| another_id()).collect();
        for id in &ids {
            keep!(&two, fragile(*id));
        }
        one.scope(write(ids[0], 1)).await.unwrap();
        until_it_answers(&1, || row_of(&two, ids[0])).await;
        keep!(&two, fragile(ids[0]));

        for id in &ids {
            set_row(*id, 2);
        }
        one.clear().await.unwrap();
        for id in &ids {
            until_it_answers(&2, || row_of(&two, *id)).await;
            keep!(&two, fragile(*id));
        }
        let health = two.health().remote.unwrap();
        assert!(health.tracking && health.losses == 0, "{health}");

        let mut outside = site.server.connection().await;
        let mut kill = redis::cmd("CLIENT");
        kill.arg("KILL").arg("TYPE").arg("normal").arg("SKIPME").arg("yes");
        kill.query_async::<()>(&mut outside).await.unwrap();
        until("the loss is noticed", || two.health().remote.unwrap().losses == 1).await;
        until("changes are told again", || two.health().remote.unwrap().tracking).await;
        for id in &ids {
            keep!(&two, fragile(*id));
        }
        one.scope(write(ids[0], 3)).await.unwrap();
        until_it_answers(&3, || row_of(&two, ids[0])).await;
    }
}

#[tokio::test]
async fn copies_that_take_their_time_when_they_are_dropped_keep_nobody_waiting() {
    for site in Site::each() {
        MAY_END.store(false, Ordering::SeqCst);
        let (one, two) = (site.process().await, site.process().await);
        let [first, second, other] = [another_id(), another_id(), another_id()];
        keep!(&two, slow(first));
        keep!(&two, slow(second));
        one.scope(fragile(other)).await;
        let before = DROPPING.load(Ordering::SeqCst);
        one.scope(write(first, 1)).await.unwrap();
        until("it is being dropped", || DROPPING.load(Ordering::SeqCst) > before).await;
        one.scope(write(second, 1)).await.unwrap();
        assert_eq!(two.scope(fragile(other)).await.row, 0);
        assert_eq!(of(&two, "fragile").remote_hits, 1, "the connection was not held up");
        until_it_answers(&1, || async { two.scope(slow(second)).await.row }).await;
        let health = two.health().remote.unwrap();
        assert_eq!((health.losses, health.timeouts), (0, 0), "{health}");
        MAY_END.store(true, Ordering::SeqCst);
    }
}
