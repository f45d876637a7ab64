//! An id that is invalidated while it is loaded is not stored, and the others of its batch are.

use std::collections::HashMap;

use cache_runtime::{cached, entry, invalidate, invalidates};

use super::table::Table;
use crate::support::fleet::Fleet;

#[cached(key = "each-ended-row:<id>", ttl = "1h", tags = ["row:<id>"])]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn row(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = row(id))]
async fn rows(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

#[invalidates(row(id))]
async fn update(table: &Table, id: u64, row: u64) -> Result<(), String> {
    table.set(id, row);
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Entry,
    Tag,
    Pattern,
    Writer,
    Put,
}

async fn change(fleet: &Fleet, process: usize, table: &Table, way: Way) {
    let cache = fleet.cache(process);
    let changed = fleet.run(process, async {
        if !matches!(way, Way::Writer) {
            table.set(2, 7);
        }
        match way {
            Way::Entry => invalidate!(row(2)).await,
            Way::Tag => cache.invalidate_tag("row:2").await,
            Way::Pattern => cache.invalidate_pattern("each-ended-row:2").await.map(drop),
            Way::Writer => {
                update(table, 2, 7).await.unwrap();
                Ok(())
            }
            Way::Put => cache.put(entry!(row(2)), Some(7)).await,
        }
    });
    changed.await.unwrap();
}

#[tokio::test]
async fn an_id_that_is_invalidated_while_it_loads_is_not_stored_and_the_others_are() {
    for way in [Way::Entry, Way::Tag, Way::Pattern, Way::Writer, Way::Put] {
        for fleet in Fleet::each().await {
            for process in 0..fleet.processes() {
                let table = Table::of(1..=3);
                fleet.cache(0).clear().await.unwrap();
                let gate = table.slow_down();
                let batch = fleet.run(0, rows(&table, &[1, 2, 3]));
                let (_, ()) = tokio::join!(batch, async {
                    gate.arrived(1).await;
                    change(&fleet, process, &table, way).await;
                    gate.open();
                });
                table.reads();
                for reader in 0..fleet.processes() {
                    let found = fleet.run(reader, rows(&table, &[1, 2, 3])).await.unwrap();
                    let said = format!("{fleet}, {way:?}, by {process}, read by {reader}");
                    assert_eq!(found, HashMap::from([(1, 100), (2, 7), (3, 300)]), "{said}");
                }
                let mut reads = table.reads();
                reads.dedup();
                let stored_by_hand = matches!(way, Way::Put);
                let expected = if stored_by_hand { vec![] } else { vec![vec![2]] };
                assert_eq!(reads, expected, "{fleet}, {way:?}, by {process}");
            }
        }
    }
}
