//! Guards that a server loses while they are to stand: what is stored meanwhile ends with their time.

use std::time::{Duration, Instant};

use cache_runtime::testing::IsolatedCache;
use cache_runtime::{cached, invalidates};

use super::{Site, another_id, of};
use crate::support::rows::Rows;

#[cached(key = "guarded_row:<id>", ttl = "1h", skip(rows))]
async fn read(rows: &Rows, id: u64) -> u64 {
    rows.get(id)
}

#[invalidates(read(id), hold = "1s")]
async fn write(id: u64) -> Result<(), String> {
    let _ = id;
    Ok(())
}

#[invalidates(read(id))]
async fn fail_to_write(id: u64) -> Result<(), String> {
    Err(format!("row {id} is locked"))
}

#[invalidates(read(id), guard = "1s")]
async fn write_for_ever(id: u64) -> Result<(), String> {
    let _ = id;
    std::future::pending().await
}

async fn call(way: usize, id: u64) {
    match way {
        0 => drop(write(id).await),
        1 => drop(fail_to_write(id).await),
        _ => drop(tokio::time::timeout(Duration::from_millis(50), write_for_ever(id)).await),
    }
}

async fn answer(cache: &IsolatedCache, rows: &Rows, id: u64) -> u64 {
    cache.scope(read(rows, id)).await
}

#[tokio::test]
async fn what_is_stored_after_a_guard_was_lost_ends_when_the_guard_would_have() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        for way in 0..3 {
            let (rows, id) = (Rows::default(), another_id());
            one.scope(call(way, id)).await;
            let mut server = site.server.connection().await;
            // Until one of them was stored: a guard may be on its way still.
            let fills = of(&two, "read").fills;
            while of(&two, "read").fills == fills {
                redis::cmd("FLUSHALL").exec_async(&mut server).await.expect("the server is up");
                assert_eq!(answer(&two, &rows, id).await, 0);
            }
            rows.set(id, 1);
            let start = Instant::now();
            for cache in [&one, &two] {
                while answer(cache, &rows, id).await != 1 {
                    assert!(
                        start.elapsed() < Duration::from_mins(1),
                        "way {way}: still the old row"
                    );
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
}
