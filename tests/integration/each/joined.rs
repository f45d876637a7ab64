//! Batches beside others: each id is loaded once in a process, and nobody waits for the other in a circle.

use std::collections::HashMap;
use std::time::Duration;

use cache_runtime::{cached, testing};

use super::table::Table;
use crate::support::counters;
use crate::support::fleet::Fleet;

#[cached(key = "each-joined-row:<id>", ttl = "1h", tags = ["rows"])]
async fn row(table: &Table, id: u64) -> Result<Option<u64>, String> {
    Ok(table.read(&[id]).await?.remove(&id))
}

#[cached(each = ids, writes = row(id))]
async fn rows(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

fn hundreds(ids: impl IntoIterator<Item = u64>) -> HashMap<u64, u64> {
    ids.into_iter().map(|id| (id, id * 100)).collect()
}

#[tokio::test]
async fn batches_that_overlap_load_each_id_once() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        let one = fleet.run(0, rows(&table, &[1, 2, 3]));
        let two = async {
            gate.arrived(1).await;
            fleet.run(0, rows(&table, &[2, 3, 4])).await
        };
        let then = async {
            // The second does not wait for the first before it loads what only it wants.
            gate.arrived(2).await;
            gate.open();
        };
        let (one, two, ()) = tokio::join!(one, two, then);
        assert_eq!((one.unwrap(), two.unwrap()), (hundreds(1..=3), hundreds(2..=4)), "{fleet}");
        assert_eq!(table.reads(), [vec![1, 2, 3], vec![4]], "{fleet}");
    }
}

#[tokio::test]
async fn batches_that_wait_for_each_other_both_end() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        // Each leads two, and the third of each joins one of the other.
        let first = fleet.run(0, rows(&table, &[1]));
        let second = async {
            gate.arrived(1).await;
            fleet.run(0, rows(&table, &[2, 1])).await
        };
        let third = async {
            gate.arrived(2).await;
            fleet.run(0, rows(&table, &[3, 2, 1])).await
        };
        let then = async {
            gate.arrived(3).await;
            gate.open();
        };
        let (first, second, third, ()) = tokio::join!(first, second, third, then);
        let all = (first.unwrap(), second.unwrap(), third.unwrap());
        assert_eq!(all, (hundreds([1]), hundreds(1..=2), hundreds(1..=3)));
        assert_eq!(table.reads(), [[1], [2], [3]], "{fleet}");
    }
}

#[tokio::test]
async fn what_another_process_loads_is_loaded_and_not_stored() {
    for fleet in Fleet::shared().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        let one = fleet.run(0, rows(&table, &[1, 2, 3]));
        let two = async {
            gate.arrived(1).await;
            fleet.run(1, rows(&table, &[2, 3, 4])).await
        };
        let then = async {
            gate.arrived(2).await;
            gate.open();
        };
        let (one, two, ()) = tokio::join!(one, two, then);
        assert_eq!((one.unwrap(), two.unwrap()), (hundreds(1..=3), hundreds(2..=4)), "{fleet}");
        assert_eq!(table.reads(), [[1, 2, 3], [2, 3, 4]], "{fleet}: nobody waits for a process");
        let (of_one, of_two) = (counters(fleet.cache(0), "row"), counters(fleet.cache(1), "row"));
        assert_eq!((of_one.fills, of_two.fills, of_two.refused.busy), (3, 1, 2), "{fleet}");
    }
}

#[tokio::test]
async fn single_calls_join_a_batch_and_a_batch_joins_them() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        let batch = fleet.run(0, rows(&table, &[1, 2]));
        let single = async {
            gate.arrived(1).await;
            let (three, two) =
                tokio::join!(fleet.run(0, row(&table, 3)), fleet.run(0, row(&table, 2)),);
            (two.unwrap(), three.unwrap())
        };
        let joins = async {
            gate.arrived(2).await;
            fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap()
        };
        let then = async {
            gate.arrived(2).await;
            // Nothing else is loaded: as many calls wait as can.
            while fleet.count("row", |policy| policy.joins) < 4 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            gate.open();
        };
        let (batch, single, joined, ()) = tokio::join!(batch, single, joins, then);
        assert_eq!(batch.unwrap(), hundreds(1..=2));
        assert_eq!(single, (Some(200), Some(300)));
        assert_eq!(joined, hundreds(1..=3));
        assert_eq!(table.reads(), [vec![1, 2], vec![3]], "{fleet}");
    }
}

#[cached(key = "each-joined-outer:<id>", ttl = "1h")]
async fn outer(table: &Table, id: u64) -> Option<u64> {
    inner(table, id).await
}

#[cached(each = ids, writes = outer(id))]
async fn outers(table: &Table, ids: &[u64]) -> Vec<Option<u64>> {
    let mut all = Vec::new();
    for id in ids {
        // One of those that this call is to load.
        all.push(Box::pin(outer(table, *id)).await);
    }
    all
}

async fn inner(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[tokio::test]
async fn a_body_that_calls_its_own_reader_waits_for_nobody() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let all = tokio::time::timeout(
            crate::support::fleet::PATIENCE,
            fleet.run(0, outers(&table, &[1, 2])),
        );
        assert_eq!(all.await.expect("no circle"), [Some(100), Some(200)], "{fleet}");
        assert_eq!(fleet.count("outer", |policy| policy.wait_cycles), 2, "{fleet}");
    }
}

#[tokio::test]
async fn a_batch_that_goes_away_leaves_its_ids_to_others() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        let mut gone = Box::pin(fleet.run(0, rows(&table, &[1, 2, 3])));
        tokio::select! {
            _ = &mut gone => panic!("the gate is closed"),
            () = gate.arrived(1) => {}
        }
        let waits = fleet.run(0, rows(&table, &[2, 3]));
        let (waited, ()) = tokio::join!(waits, async {
            while fleet.count("row", |policy| policy.joins) < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            drop(gone);
            gate.open();
        });
        assert_eq!(waited.unwrap(), hundreds(2..=3), "{fleet}");
        assert_eq!(table.reads(), [vec![1, 2, 3], vec![2, 3]], "{fleet}");
        fleet.idle().await;
        assert_eq!(fleet.call(0, row(&table, 1)).await.1, "miss", "{fleet}");
        assert_eq!(fleet.call(0, row(&table, 1)).await.1, "hit", "{fleet}: its lease is free");
        assert_eq!(fleet.call(0, row(&table, 2)).await.1, "hit", "{fleet}");
    }
}

#[tokio::test]
async fn ids_of_a_batch_are_not_loaded_beside_a_single_call_that_fails() {
    let _cache = testing::isolate();
    let table = Table::of(1..=9);
    let gate = table.slow_down();
    table.fail(true);
    let single = row(&table, 1);
    let batch = async {
        gate.arrived(1).await;
        rows(&table, &[1, 2]).await
    };
    let then = async {
        gate.arrived(2).await;
        gate.open();
    };
    let (single, batch, ()) = tokio::join!(single, batch, then);
    assert_eq!(
        (single.unwrap_err(), batch.unwrap_err()),
        (super::table::AWAY.into(), super::table::AWAY.into())
    );
    table.fail(false);
    assert_eq!(rows(&table, &[1, 2]).await.unwrap(), hundreds(1..=2));
}
