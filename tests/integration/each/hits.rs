//! What the hits of a batch count as.

use cache_runtime::{cached, testing};

use super::table::Table;
use crate::support::counters;

#[cached(key = "each-hits-row:<id>", ttl = "1h")]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn row(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = row(id))]
async fn rows(table: &Table, ids: &[u64]) -> Vec<Option<u64>> {
    let rows = table.read(ids).await.unwrap_or_default();
    ids.iter().map(|id| rows.get(id).copied()).collect()
}

#[tokio::test]
async fn each_id_of_a_batch_is_counted_as_a_call() {
    let cache = testing::isolate();
    let table = Table::of(1..=3);
    rows(&table, &[1, 2, 3, 4]).await;
    let first = counters(&cache, "row");
    assert_eq!((first.misses, first.loads, first.fills, first.hits), (4, 4, 4, 0));
    rows(&table, &[1, 2, 3, 4, 1]).await;
    let second = counters(&cache, "row");
    assert_eq!((second.misses, second.hits, second.negative_hits), (4, 4, 1));
}
