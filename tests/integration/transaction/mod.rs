//! Transactions: what is written inside is invalidated for others when it is committed, and not before.

mod early;
mod effects;
mod sqlite;
pub(crate) mod ways;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Ambient, cached, entry, invalidates, traced, transaction};

use crate::support::settle;

/// A row with one transaction at a time: others read what is committed, the transaction what it has written.
#[derive(Clone, Default)]
struct Table(Arc<Mutex<Row>>);

#[derive(Default)]
struct Row {
    committed: u64,
    pending: Option<u64>,
}

impl Ambient for Table {}

impl Table {
    fn row<T>(&self, look: impl FnOnce(&mut Row) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit(&self) {
        self.row(|row| row.committed = row.pending.take().unwrap_or(row.committed));
    }

    fn roll_back(&self) {
        self.row(|row| row.pending = None);
    }
}

#[derive(Debug, PartialEq, Eq)]
struct RolledBack;

/// Reads as the connection outside of the transaction does.
#[cached(key = "committed:<id>", ttl = "1h")]
async fn committed(table: &Table, id: u64) -> u64 {
    let _ = id;
    table.row(|row| row.committed)
}

/// Reads as the connection of the transaction does.
#[cached(key = "of-transaction:<id>", ttl = "1h")]
async fn of_transaction(table: &Table, id: u64) -> u64 {
    let _ = id;
    table.row(|row| row.pending.unwrap_or(row.committed))
}

#[invalidates(committed(id), of_transaction(id))]
async fn write(table: &Table, id: u64, value: u64) -> Result<(), RolledBack> {
    let _ = id;
    table.row(|row| row.pending = Some(value));
    Ok(())
}

#[cached(key = "committed:<id>", ttl = "1h", strategy = "write_through", value = value)]
async fn write_through(table: &Table, id: u64, value: u64) -> Result<(), RolledBack> {
    let _ = id;
    table.row(|row| row.pending = Some(value));
    Ok(())
}

/// Lets a reader come between the write and the commit.
async fn pause(gate: &Gate) {
    gate.pass().await;
}

async fn read_before_the_commit(table: &Table, gate: &Gate) {
    gate.arrived(1).await;
    assert_eq!(committed(table, 1).await, 0, "nothing is committed");
    gate.open();
}

#[tokio::test]
async fn without_the_scope_the_old_row_is_stored_before_the_commit() {
    let _cache = testing::isolate();
    let (table, gate) = (Table::default(), Gate::new());
    let writing = async {
        write(&table, 1, 7).await.unwrap();
        pause(&gate).await;
        table.commit();
    };
    tokio::join!(writing, read_before_the_commit(&table, &gate));
    assert_eq!(committed(&table, 1).await, 0, "stale, for an hour");
}

#[tokio::test]
async fn in_the_scope_a_read_before_the_commit_is_not_stored() {
    let _cache = testing::isolate();
    let (table, gate) = (Table::default(), Gate::new());
    let writing = transaction(async {
        write(&table, 1, 7).await?;
        pause(&gate).await;
        table.commit();
        Ok::<_, RolledBack>(())
    });
    tokio::join!(writing, read_before_the_commit(&table, &gate)).0.unwrap();
    assert_eq!(committed(&table, 1).await, 7);
    assert!(traced(committed(&table, 1)).await.1.is_hit());
}

#[tokio::test]
async fn what_is_written_through_inside_is_stored_with_the_commit() {
    let cache = testing::isolate();
    let (table, gate) = (Table::default(), Gate::new());
    let writing = transaction(async {
        write_through(&table, 1, 7).await?;
        pause(&gate).await;
        table.commit();
        Ok::<_, RolledBack>(())
    });
    tokio::join!(writing, read_before_the_commit(&table, &gate)).0.unwrap();
    assert_eq!(cache.peek(entry!(committed(1))).await, Some(7));
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_leaves_nothing_of_it() {
    let cache = testing::isolate();
    let table = Table::default();
    committed(&table, 1).await;
    let written: Result<(), _> = transaction(async {
        write(&table, 1, 7).await?;
        write_through(&table, 1, 8).await?;
        assert_eq!(of_transaction(&table, 1).await, 8);
        table.roll_back();
        Err(RolledBack)
    })
    .await;
    assert_eq!(written, Err(RolledBack));
    assert_eq!(committed(&table, 1).await, 0);
    assert_eq!(of_transaction(&table, 1).await, 0);
    cache.clock().advance(Duration::from_secs(1));
    committed(&table, 1).await;
    assert_eq!(cache.peek(entry!(committed(1))).await, Some(0));
}

#[tokio::test]
async fn inside_nothing_is_stored_and_what_was_written_is_read_from_the_source() {
    let cache = testing::isolate();
    let table = Table::default();
    of_transaction(&table, 1).await;
    transaction(async {
        assert!(traced(of_transaction(&table, 1)).await.1.is_hit(), "not written yet");
        write(&table, 1, 7).await?;
        let (row, outcome) = traced(of_transaction(&table, 1)).await;
        assert_eq!(row, 7, "its own write");
        assert!(outcome.is_bypass());
        of_transaction(&table, 2).await;
        assert_eq!(cache.peek(entry!(of_transaction(2))).await, None, "it may not be committed");
        table.commit();
        Ok::<_, RolledBack>(())
    })
    .await
    .unwrap();
    assert_eq!(cache.peek(entry!(of_transaction(1))).await, None);
    assert_eq!(of_transaction(&table, 1).await, 7);
}

#[tokio::test]
async fn a_transaction_that_is_cancelled_is_guarded_to_its_deadline() {
    let cache = testing::isolate();
    let (table, gate) = (Table::default(), Gate::new());
    committed(&table, 1).await;
    let writing = tokio::spawn({
        let (table, gate) = (table.clone(), gate.clone());
        transaction(async move {
            write(&table, 1, 7).await?;
            pause(&gate).await;
            Ok::<_, RolledBack>(())
        })
    });
    gate.arrived(1).await;
    writing.abort();
    settle().await;
    assert_eq!(committed(&table, 1).await, 0);
    assert_eq!(cache.peek(entry!(committed(1))).await, None);
    // the commit was on its way all the same
    table.commit();
    assert_eq!(committed(&table, 1).await, 7);
    cache.clock().advance(Duration::from_secs(30));
    committed(&table, 1).await;
    assert_eq!(cache.peek(entry!(committed(1))).await, Some(7));
}
