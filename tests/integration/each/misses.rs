//! One call of the body has the ids that are not cached, and no others.

use std::collections::HashMap;
use std::time::Duration;

use cache_runtime::{
    bypass, cache_policy, cached, invalidate, refresh, testing, traced, transaction,
};

use super::table::Table;
use crate::support::fleet::Fleet;

#[cached(key = "each-misses-row:<id>", ttl = "1h", tags = ["rows"])]
async fn row(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = row(id))]
async fn rows(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

#[cached(each = ids, writes = row(id), chunk = 2)]
async fn by_twos(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

#[cached(key = "each-misses-local:<id>", ttl = "1h", tier = "local")]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn local(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = local(id))]
async fn locals(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

#[cached(key = "each-misses-remote:<id>", ttl = "1h", tier = "remote", tags = ["rows", "row:<id>"])]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn remote(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = remote(id))]
async fn remotes(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

fn hundreds(ids: impl IntoIterator<Item = u64>) -> HashMap<u64, u64> {
    ids.into_iter().map(|id| (id, id * 100)).collect()
}

#[tokio::test]
async fn of_a_hundred_ids_the_three_that_are_not_cached_are_loaded_by_one_call() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=99);
        let first: Vec<u64> = (1..=97).collect();
        fleet.run(0, rows(&table, &first)).await.unwrap();
        assert_eq!(table.reads(), [first], "{fleet}");
        let all: Vec<u64> = (1..=100).collect();
        for process in 0..fleet.processes() {
            let (found, outcome) = fleet.call(process, rows(&table, &all)).await;
            assert_eq!(found.unwrap(), hundreds(1..=99), "{fleet}");
            if process == 0 {
                assert_eq!(outcome, "miss", "{fleet}");
                assert_eq!(table.reads(), [[98, 99, 100]], "{fleet}");
            } else {
                assert_eq!(outcome, "hit", "{fleet}: what is not there is cached as well");
                assert_eq!(table.reads(), Vec::<Vec<u64>>::new(), "{fleet}");
            }
        }
        for id in [98, 100] {
            let (found, outcome) = fleet.call(0, row(&table, id)).await;
            assert_eq!((found, outcome.as_str()), ((id < 100).then_some(id * 100), "hit"));
        }
    }
}

#[tokio::test]
async fn entries_of_single_calls_and_of_batches_are_the_same() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        fleet.call(0, row(&table, 2)).await;
        table.reads();
        fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap();
        assert_eq!(table.reads(), [[1, 3]], "{fleet}");
        fleet.run(0, async { invalidate!(row(3)).await.unwrap() }).await;
        fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap();
        assert_eq!(table.reads(), [[3]], "{fleet}");
        fleet.cache(0).invalidate_tag("rows").await.unwrap();
        fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap();
        assert_eq!(table.reads(), [[1, 2, 3]], "{fleet}");
    }
}

#[tokio::test]
async fn every_tier_is_read_at_once() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        for process in 0..fleet.processes() {
            fleet.run(process, locals(&table, &[1, 2])).await.unwrap();
            assert_eq!(table.reads(), [[1, 2]], "{fleet}: each has its own");
        }
        fleet.run(0, locals(&table, &[1, 2, 3])).await.unwrap();
        assert_eq!(table.reads(), [[3]], "{fleet}");
        fleet.run(0, remotes(&table, &[1, 2])).await.unwrap();
        assert_eq!(table.reads(), [[1, 2]], "{fleet}");
        fleet.run(fleet.processes() - 1, remotes(&table, &[1, 2, 3])).await.unwrap();
        assert_eq!(table.reads(), [[3]], "{fleet}");
    }
}

#[tokio::test]
async fn the_body_has_a_chunk_at_most() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let found = fleet.run(0, by_twos(&table, &[5, 4, 3, 2, 1])).await.unwrap();
        assert_eq!(found, hundreds(1..=5));
        assert_eq!(table.reads(), [vec![4, 5], vec![2, 3], vec![1]], "{fleet}");
    }
}

#[tokio::test]
async fn what_is_not_in_the_chunk_that_is_loaded_is_left_to_others() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        let batch = fleet.run(0, by_twos(&table, &[1, 2, 3, 4]));
        let other = async {
            gate.arrived(1).await;
            fleet.run(0, row(&table, 4)).await
        };
        let then = async {
            // It does not wait for a batch that has not come to it yet.
            gate.arrived(2).await;
            gate.open();
        };
        let (found, four, ()) = tokio::join!(batch, other, then);
        assert_eq!((found.unwrap(), four), (hundreds(1..=4), Some(400)), "{fleet}");
        assert_eq!(table.reads(), [vec![1, 2], vec![4], vec![3]], "{fleet}");
    }
}

#[tokio::test]
async fn nothing_is_called_for_no_ids() {
    let _cache = testing::isolate();
    let table = Table::of(1..=9);
    assert_eq!(rows(&table, &[]).await.unwrap(), HashMap::new());
    assert_eq!(table.reads(), Vec::<Vec<u64>>::new());
}

#[tokio::test]
async fn scopes_around_a_batch_are_those_of_its_calls() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        fleet.run(0, rows(&table, &[1, 2])).await.unwrap();
        table.reads();
        let (_, outcome) = fleet.call(0, bypass(rows(&table, &[1, 2, 3]))).await;
        assert_eq!((outcome.as_str(), table.reads()), ("bypass", vec![vec![1, 2, 3]]), "{fleet}");
        assert_eq!(fleet.call(0, row(&table, 3)).await.1, "miss", "{fleet}: it was left aside");
        table.reads();
        table.set(1, 7);
        fleet.run(0, refresh(rows(&table, &[1, 2]))).await.unwrap();
        assert_eq!(table.reads(), [[1, 2]], "{fleet}");
        assert_eq!(fleet.call(0, row(&table, 1)).await, (Some(7), "hit".to_owned()));
        assert_eq!(fleet.call(0, row(&table, 2)).await.1, "hit", "{fleet}: there is a copy now");
        let written = fleet.run(
            0,
            transaction(async {
                invalidate!(row(1)).await.unwrap();
                Ok::<_, String>(rows(&table, &[1, 2, 4]).await.unwrap())
            }),
        );
        assert_eq!(written.await.unwrap(), HashMap::from([(1, 7), (2, 200), (4, 400)]));
        assert_eq!(table.reads(), [[1, 4]], "{fleet}: what was written, and what is not cached");
    }
}

#[derive(Clone)]
struct Repository {
    table: Table,
}

#[cache_policy(ttl = "1h", skip(self.table))]
impl Repository {
    #[cached(key = "each-misses-of:<tenant>:<id>")]
    async fn get(&self, tenant: &str, id: u64) -> Option<u64> {
        assert_eq!(tenant, "t");
        self.table.read(&[id]).await.ok()?.remove(&id)
    }

    #[cached(each = ids, writes = self.get(tenant, id))]
    async fn list(&self, tenant: &str, ids: &[u64]) -> Vec<Option<u64>> {
        assert_eq!(tenant, "t");
        let rows = self.table.read(ids).await.unwrap_or_default();
        ids.iter().map(|id| rows.get(id).copied()).collect()
    }
}

trait Reads {
    async fn one(&self, id: u64) -> Option<u64>;
    async fn many(&self, ids: Vec<u64>) -> Vec<Option<u64>>;
}

#[cache_policy(ttl = "1h", skip(self.*))]
impl Reads for Repository {
    #[cached(key = "each-misses-read:<id>")]
    async fn one(&self, id: u64) -> Option<u64> {
        self.table.read(&[id]).await.ok()?.remove(&id)
    }

    #[cached(each = ids, writes = Self::one(id))]
    async fn many(&self, ids: Vec<u64>) -> Vec<Option<u64>> {
        let rows = self.table.read(&ids).await.unwrap_or_default();
        ids.iter().map(|id| rows.get(id).copied()).collect()
    }
}

#[tokio::test]
async fn methods_and_those_of_traits_have_batches() {
    for fleet in Fleet::each().await {
        let repository = Repository { table: Table::of(1..=9) };
        let reads = || repository.table.reads();
        fleet.call(0, repository.get("t", 2)).await;
        fleet.call(0, repository.one(2)).await;
        reads();
        let expected = [Some(300), Some(200), None];
        assert_eq!(fleet.run(0, repository.list("t", &[3, 2, 10])).await, expected);
        assert_eq!(reads(), [[3, 10]], "{fleet}");
        assert_eq!(fleet.run(0, repository.many(vec![3, 2, 10])).await, expected);
        assert_eq!(reads(), [[3, 10]], "{fleet}");
        assert_eq!(fleet.call(0, repository.one(3)).await, (Some(300), "hit".to_owned()));
    }
}

#[tokio::test]
async fn a_cache_is_warmed_by_chunks() {
    let cache = testing::isolate();
    let table = Table::of(1..=10);
    let ids: Vec<u64> = (1..=10).collect();
    let warmed = cache.warm(ids.chunks(4), |ids| rows(&table, ids)).await;
    assert_eq!((warmed.loaded, warmed.failed), (3, 0));
    assert_eq!(table.times(), ids.iter().map(|id| (*id, 1)).collect());
    assert!(traced(rows(&table, &ids)).await.1.is_hit());
}

#[tokio::test]
async fn a_ttl_ends_for_each_id_by_itself() {
    let cache = testing::isolate();
    let table = Table::of(1..=9);
    rows(&table, &[1, 2]).await.unwrap();
    cache.clock().advance(Duration::from_mins(30));
    rows(&table, &[3]).await.unwrap();
    cache.clock().advance(Duration::from_mins(30));
    table.reads();
    rows(&table, &[1, 2, 3]).await.unwrap();
    assert_eq!(table.reads(), [[1, 2]]);
}
