//! Hits that have aged are refreshed by one call in the background.

use std::collections::HashMap;
use std::time::Duration;

use cache_runtime::cached;

use super::table::Table;
use crate::support::fleet::Fleet;

const HOUR: Duration = Duration::from_hours(1);

#[cached(
    key = "each-ageing-stale:<id>",
    ttl = "1h",
    stale_while_revalidate = "10h",
    none_ttl = "1h"
)]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn row(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = row(id), strategy = "read_through", chunk = 3)]
async fn rows(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

#[tokio::test]
async fn hits_that_have_aged_are_served_at_once_and_refreshed_together() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        fleet.run(0, rows(&table, &[1, 2, 3])).await.unwrap();
        fleet.pass(2 * HOUR).await;
        table.reads();
        for id in 1..=9 {
            table.set(id, id);
        }
        let gate = table.slow_down();
        let (found, outcome) = fleet.call(0, rows(&table, &[1, 2])).await;
        assert_eq!(found.unwrap(), HashMap::from([(1, 100), (2, 200)]), "{fleet}: at once");
        assert_eq!(outcome, "stale", "{fleet}");
        gate.arrived(1).await;
        assert_eq!(fleet.call(0, rows(&table, &[2, 1])).await.1, "stale", "{fleet}");
        gate.open();
        fleet.idle().await;
        assert_eq!(table.reads(), [[1, 2]], "{fleet}: one call, and nobody else's");
        for process in 0..fleet.processes() {
            let (found, outcome) = fleet.call(process, rows(&table, &[1, 2])).await;
            assert_eq!(
                (found.unwrap(), outcome.as_str()),
                (HashMap::from([(1, 1), (2, 2)]), "hit")
            );
        }
        assert_eq!(fleet.count("row", |policy| policy.background_refreshes), 2, "{fleet}");
        fleet.idle().await;
    }
}

#[tokio::test]
async fn misses_beside_hits_that_have_aged_are_waited_for() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        fleet.run(0, rows(&table, &[1])).await.unwrap();
        fleet.pass(2 * HOUR).await;
        table.reads();
        table.set(1, 1);
        let found = fleet.run(0, rows(&table, &[1, 2])).await.unwrap();
        assert_eq!(found, HashMap::from([(1, 100), (2, 200)]), "{fleet}");
        fleet.idle().await;
        assert_eq!(table.reads(), [[2], [1]], "{fleet}");
        let found = fleet.run(0, rows(&table, &[1, 2])).await.unwrap();
        assert_eq!(found, HashMap::from([(1, 1), (2, 200)]), "{fleet}");
        fleet.idle().await;
    }
}

#[tokio::test]
async fn a_batch_of_the_cache_goes_on_when_its_caller_goes_away() {
    for fleet in Fleet::each().await {
        let table = Table::of(1..=9);
        let gate = table.slow_down();
        let mut gone = Box::pin(fleet.run(0, rows(&table, &[1, 2])));
        tokio::select! {
            _ = &mut gone => panic!("the gate is closed"),
            () = gate.arrived(1) => {}
        }
        drop(gone);
        gate.open();
        fleet.idle().await;
        assert_eq!(fleet.call(0, rows(&table, &[1, 2])).await.1, "hit", "{fleet}");
        assert_eq!(table.reads(), [[1, 2]], "{fleet}");
        fleet.idle().await;
    }
}
