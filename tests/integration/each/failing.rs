//! Batches whose body fails or panics.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::store::InMemory;
use cache_runtime::testing::{FaultyStore, Injection};
use cache_runtime::{Cache, cached, testing};

use super::table::{AWAY, Table};
use crate::support::counters;
use crate::support::fleet::{Fleet, caught};

#[cached(key = "each-failing-row:<id>", ttl = "1h")]
async fn row(table: &Table, id: u64) -> Result<Option<u64>, String> {
    Ok(table.read(&[id]).await?.remove(&id))
}

#[cached(each = ids, writes = row(id), chunk = 2)]
async fn rows(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    let rows = table.read(ids).await?;
    assert!(!ids.contains(&13), "13 panics");
    Ok(rows)
}

#[tokio::test]
async fn an_error_stores_nothing_and_is_that_of_the_batch() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        fleet.run(0, rows(&table, &[1])).await.unwrap();
        table.fail(true);
        assert_eq!(fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap_err(), AWAY, "{fleet}");
        table.fail(false);
        table.reads();
        fleet.idle().await;
        fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap();
        assert_eq!(table.reads(), [[2, 3]], "{fleet}");
        assert_eq!(fleet.call(0, row(&table, 2)).await.1, "hit", "{fleet}");
    }
}

#[tokio::test]
async fn a_panic_is_the_callers_and_leaves_no_lease() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=20);
        assert!(caught(fleet.run(0, rows(&table, &[13, 2]))).await.is_err(), "{fleet}");
        fleet.idle().await;
        for _ in 0..2 {
            fleet.run(0, rows(&table, &[2])).await.unwrap();
        }
        assert_eq!(table.reads().len(), 2, "{fleet}: the second is a hit");
    }
}

#[cached(key = "each-failing-kept:<id>", ttl = "1h", stale_if_error = "1h")]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn kept(table: &Table, id: u64) -> Result<Option<u64>, String> {
    Ok(table.read(&[id]).await?.remove(&id))
}

#[cached(each = ids, writes = kept(id))]
async fn all_kept(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

#[tokio::test]
async fn old_values_are_served_if_there_is_one_for_each_id_that_cannot_be_loaded() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let first = fleet.run(0, all_kept(&table, &[1, 2])).await.unwrap();
        fleet.pass(Duration::from_mins(90)).await;
        table.fail(true);
        let (found, outcome) = fleet.call(0, all_kept(&table, &[1, 2])).await;
        assert_eq!((found.unwrap(), outcome.as_str()), (first, "stale"), "{fleet}");
        let error = fleet.run(0, all_kept(&table, &[1, 2, 3])).await.unwrap_err();
        assert_eq!(error, AWAY, "{fleet}: there is none for the third");
        fleet.pass(Duration::from_hours(1)).await;
        fleet.run(0, all_kept(&table, &[1, 2])).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_store_that_is_away_costs_no_value() {
    let store = FaultyStore::new(Arc::new(InMemory::new(1_000)));
    let cache = Cache::builder().store(Arc::new(store.clone())).build().await.unwrap();
    let cache = testing::isolate_on(cache);
    let table = Table::of(1..=9);
    store.inject(Injection::Fail);
    for _ in 0..2 {
        assert_eq!(rows(&table, &[1, 2]).await.unwrap().len(), 2);
    }
    assert_eq!(table.reads(), [[1, 2], [1, 2]]);
    assert_eq!(counters(&cache, "row").refused.unavailable, 4);
    store.heal();
}
