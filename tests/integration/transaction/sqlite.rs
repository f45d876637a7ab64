//! Transactions on a real database: one connection writes, another reads what is committed.

use cache_runtime::testing;
use cache_runtime::{cached, entry, invalidates, traced, transaction};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Sqlite, SqliteConnection, SqliteExecutor, SqlitePool, Transaction};

use super::early::said;

/// A database in a file of its own, with one user, that goes with this.
struct Database {
    pool: SqlitePool,
    file: std::path::PathBuf,
}

impl Database {
    async fn new(test: &str) -> Self {
        let name = format!("transaction-{test}-{}.sqlite", std::process::id());
        let file = std::env::temp_dir().join(name);
        // Under a write-ahead log readers go on beside a writer, and see what is committed.
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await;
        let database = Self { pool: pool.expect("the folder can be written"), file };
        let table = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
                     INSERT INTO users VALUES (7, 'Ada')";
        sqlx::raw_sql(table).execute(&database.pool).await.expect("the statements are sound");
        database
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut file = self.file.clone().into_os_string();
            file.push(suffix);
            // The log is gone already if the last connection was closed in order.
            let _ = std::fs::remove_file(file);
        }
    }
}

#[cached(key = "name:<id>", ttl = "1h", skip(db))]
async fn name(db: &SqlitePool, id: i64) -> sqlx::Result<String> {
    sqlx::query_scalar("SELECT name FROM users WHERE id = ?").bind(id).fetch_one(db).await
}

#[invalidates(name(id))]
async fn rename(tx: &mut SqliteConnection, id: i64, name: &str) -> sqlx::Result<()> {
    let update = sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(name).bind(id);
    update.execute(tx).await.map(drop)
}

/// As [`rename`], where reads go to a replica that lags behind by less than this.
#[invalidates(name(id), hold = "500ms")]
async fn rename_before_replicas(db: &SqlitePool, id: i64, name: &str) -> sqlx::Result<()> {
    let update = sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(name).bind(id);
    update.execute(db).await.map(drop)
}

/// Renames, lets another reader in between the statement and the commit, and commits.
async fn rename_and_be_read(db: &SqlitePool) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    rename(&mut tx, 7, "Grace").await?;
    // What a request beside this one reads, on another connection.
    sqlx::query("SELECT 1").execute(db).await?;
    assert_eq!(reader(db).await?, "Ada");
    tx.commit().await
}

/// A reader that is not part of the transaction: its own task, as a request's.
async fn reader(db: &SqlitePool) -> sqlx::Result<String> {
    let db = db.clone();
    tokio::task::spawn_local(async move { name(&db, 7).await }).await.expect("it does not panic")
}

/// As [`name`], by whatever can run a query.
#[cached(key = "name-by:<id>", ttl = "1h", skip(db))]
async fn name_by(db: impl SqliteExecutor<'_>, id: i64) -> sqlx::Result<String> {
    sqlx::query_scalar("SELECT name FROM users WHERE id = ?").bind(id).fetch_one(db).await
}

#[invalidates(name_by(id))]
async fn rename_in(tx: &mut Transaction<'_, Sqlite>, id: i64, name: &str) -> sqlx::Result<()> {
    let update = sqlx::query("UPDATE users SET name = ? WHERE id = ?").bind(name).bind(id);
    update.execute(&mut **tx).await.map(drop)
}

/// Renames, reads the row as the transaction sees it, and rolls back.
async fn rename_and_roll_back(db: &SqlitePool) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    rename_in(&mut tx, 7, "Grace").await?;
    assert_eq!(name_by(&mut *tx, 7).await?, "Grace");
    tx.rollback().await?;
    Err(sqlx::Error::RowNotFound)
}

/// Runs on one thread, so that the isolated cache is seen by every task.
///
/// Boxed first thing: a future with a cache and a database in it is large.
fn local<F: Future>(test: impl FnOnce() -> F) -> impl Future<Output = F::Output> {
    let test = Box::pin(test());
    async move { tokio::task::LocalSet::new().run_until(test).await }
}

#[tokio::test]
async fn without_the_scope_a_read_before_the_commit_is_stored_and_stays() {
    local(async || {
        let _cache = testing::isolate();
        let database = Database::new("naive").await;
        rename_and_be_read(&database.pool).await.expect("nothing is in the way");
        assert_eq!(name(&database.pool, 7).await.expect("the row is there"), "Ada");
    })
    .await;
}

#[tokio::test]
async fn a_read_between_the_write_and_the_commit_is_never_stored() {
    local(async || {
        let _cache = testing::isolate();
        let database = Database::new("committed").await;
        let db = &database.pool;
        name(db, 7).await.expect("the row is there");
        transaction(rename_and_be_read(db)).await.expect("nothing is in the way");
        let (after, outcome) = traced(name(db, 7)).await;
        assert_eq!(after.expect("the row is there"), "Grace");
        assert!(outcome.is_miss());
        assert!(traced(name(db, 7)).await.1.is_hit());
    })
    .await;
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_leaves_nothing_wrong() {
    local(async || {
        let cache = testing::isolate();
        let database = Database::new("rolled-back").await;
        let db = &database.pool;
        let done = transaction(async {
            let mut tx = db.begin().await?;
            rename(&mut tx, 7, "Grace").await?;
            tx.rollback().await?;
            Err::<(), _>(sqlx::Error::RowNotFound)
        })
        .await;
        assert!(done.is_err());
        assert_eq!(cache.peek(entry!(name(7))).await, None);
        assert_eq!(name(db, 7).await.expect("the row is there"), "Ada");
        // For a second nobody's load is stored: what was written may not have been undone yet.
        cache.clock().advance(std::time::Duration::from_secs(1));
        assert_eq!(name(db, 7).await.expect("the row is there"), "Ada");
        assert!(traced(name(db, 7)).await.1.is_hit());
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_read_before_it_is_rolled_back_stays_as_it_is_said() {
    let cache = testing::isolate();
    let database = Database::new("phantom").await;
    let db = &database.pool;
    assert_eq!(said(async { drop(name_by(db, 7).await) }).await, [""; 0], "by the pool");
    let naive = said(async { assert!(rename_and_roll_back(db).await.is_err()) }).await;
    let stays = cache.peek(entry!(name_by(7))).await;
    assert_eq!(stays.as_deref(), Some("Grace"), "a name that nobody ever had, for an hour");
    let starts = [
        "`integration::transaction::sqlite::rename_in` is given an open transaction (`tx: &mut Transaction<'_, Sqlite>`)",
        "`integration::transaction::sqlite::name_by` is given a connection (`db: impl SqliteExecutor<'_>`)",
    ];
    assert_eq!(naive.len(), starts.len(), "{naive:?}");
    for (said, start) in naive.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}");
    }

    cache.invalidate(entry!(name_by(7))).await.expect("it is in memory");
    assert!(transaction(rename_and_roll_back(db)).await.is_err());
    assert_eq!(cache.peek(entry!(name_by(7))).await, None);
    assert_eq!(name_by(db, 7).await.expect("the row is there"), "Ada");
}

#[tokio::test]
async fn what_a_lagging_replica_says_within_the_hold_is_never_stored() {
    let cache = testing::isolate();
    let (primary, replica) = (Database::new("primary").await, Database::new("replica").await);
    rename_before_replicas(&primary.pool, 7, "Grace").await.expect("nothing is in the way");
    assert_eq!(name(&replica.pool, 7).await.expect("the row is there"), "Ada");
    assert_eq!(cache.peek(entry!(name(7))).await, None);

    // The replica catches up, and the hold ends.
    sqlx::raw_sql("UPDATE users SET name = 'Grace'").execute(&replica.pool).await.expect("sound");
    cache.clock().advance(std::time::Duration::from_millis(500));
    assert_eq!(name(&replica.pool, 7).await.expect("the row is there"), "Grace");
    assert_eq!(cache.peek(entry!(name(7))).await.as_deref(), Some("Grace"));
}
