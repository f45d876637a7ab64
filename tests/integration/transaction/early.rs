//! Functions that are given a transaction which their caller commits: what goes wrong is said before it does.

use async_trait::async_trait;
use cache_runtime::testing;
use cache_runtime::{
    Ambient, bypass, cache_policy, cached, entry, invalidates, policies, transaction,
};

use super::{RolledBack, Table, committed};
use crate::support::log::logged;
use db::{
    Acquire, DatabaseTransaction, Executor, PgConnection, PgPool, Postgres, Transaction, open,
};

/// Types with the names that those of database libraries have.
mod db {
    use std::marker::PhantomData;

    pub(super) struct Transaction<'c, D>(pub(super) PhantomData<&'c mut D>);
    #[derive(Default)]
    pub(super) struct DatabaseTransaction;
    pub(super) struct PgConnection;
    pub(super) struct PgPool;
    pub(super) struct Postgres;

    pub(super) fn open() -> Transaction<'static, Postgres> {
        Transaction(PhantomData)
    }

    pub(super) trait Executor<'e> {}
    impl<'e> Executor<'e> for &'e PgPool {}
    impl<'e> Executor<'e> for &'e mut PgConnection {}
    impl<'e> Executor<'e> for &'e mut Transaction<'_, Postgres> {}

    pub(super) trait Acquire {}
    impl Acquire for PgPool {}
    impl Acquire for DatabaseTransaction {}
}

/// What was said of open transactions.
pub(crate) async fn said(work: impl Future<Output = ()>) -> Vec<String> {
    let log = logged(work).await;
    let lines = log.lines().filter_map(|line| line.strip_prefix("message="));
    lines.filter(|line| line.contains("cache_runtime::transaction")).map(str::to_owned).collect()
}

#[invalidates(committed(id))]
async fn rename(tx: &mut Transaction<'_, Postgres>, id: u64) -> Result<(), RolledBack> {
    let _ = tx;
    Ok(())
}

#[tokio::test]
async fn a_writer_that_is_given_an_open_transaction_is_told_of_once() {
    let _cache = testing::isolate();
    let said = said(async {
        for id in [1, 2] {
            rename(&mut open(), id).await.unwrap();
        }
    })
    .await;
    assert_eq!(
        said,
        ["`integration::transaction::early::rename` is given an open transaction \
          (`tx: &mut Transaction<'_, Postgres>`) outside of `cache_runtime::transaction`: it invalidates before the \
          commit, and a reader in between caches the old row again, for all of its ttl; run everything from the first \
          statement to the commit inside of `cache_runtime::transaction(async { …; tx.commit().await })`, or take the \
          attribute off and invalidate after the commit: by `cache_runtime::invalidate!`, or by the attribute on the \
          function that takes the pool and commits"]
    );
}

#[invalidates(committed(id))]
async fn rename_on(conn: &mut PgConnection, id: u64) {
    let _ = conn;
}

#[tokio::test]
async fn of_a_connection_it_is_said_what_is_so_if_a_transaction_is_open_on_it() {
    let _cache = testing::isolate();
    let said = said(rename_on(&mut PgConnection, 1)).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(
        said[0].starts_with(
            "`integration::transaction::early::rename_on` is given a connection (`conn: &mut PgConnection`) outside of \
             `cache_runtime::transaction`: if a transaction is open on it, it invalidates before the commit, and a reader \
             in between caches the old row again, for all of its ttl (if each statement commits by itself, nothing is \
             wrong); run everything"
        ),
        "{said:?}"
    );
}

#[invalidates(committed(id))]
async fn rename_inside(tx: &mut Transaction<'_, Postgres>, id: u64) -> Result<(), RolledBack> {
    let _ = tx;
    Ok(())
}

#[cached(key = "read-inside:<id>", ttl = "1h", skip(tx))]
async fn read_inside(tx: &mut Transaction<'_, Postgres>, id: u64) -> u64 {
    let _ = tx;
    id
}

#[tokio::test]
async fn inside_of_a_transaction_nothing_is_said() {
    let _cache = testing::isolate();
    let inside = said(async {
        let done = transaction(async {
            read_inside(&mut open(), 1).await;
            rename_inside(&mut open(), 1).await
        });
        done.await.unwrap();
    });
    assert_eq!(inside.await, [""; 0]);
    let outside = said(async {
        read_inside(&mut open(), 1).await;
        rename_inside(&mut open(), 1).await.unwrap();
    });
    assert_eq!(outside.await.len(), 2, "or the test shows nothing");
}

#[invalidates(committed(id))]
async fn rename_with<'e>(db: impl Executor<'e>, id: u64) {
    let _ = db;
}

#[invalidates(committed(id))]
async fn rename_by<E>(db: &E, id: u64)
where
    E: Acquire + ?Sized,
{
    let _ = db;
}

#[cached(key = "read-with:<id>", ttl = "1h", skip(db))]
async fn read_with<'e, E: Executor<'e>>(db: E, id: u64) -> u64 {
    let _ = db;
    id
}

#[tokio::test]
async fn whether_a_type_parameter_is_a_pool_or_a_transaction_is_known_in_the_call() {
    let _cache = testing::isolate();
    let pools = said(async {
        rename_with(&PgPool, 1).await;
        rename_by(&PgPool, 1).await;
        read_with(&PgPool, 1).await;
    });
    assert_eq!(pools.await, [""; 0]);
    let transactions = said(async {
        rename_with(&mut open(), 1).await;
        rename_by(&DatabaseTransaction, 1).await;
        read_with(&mut PgConnection, 2).await;
    });
    let said = transactions.await;
    let starts = [
        "`integration::transaction::early::rename_with` is given an open transaction (`db: impl Executor<'e>`)",
        "`integration::transaction::early::rename_by` is given an open transaction (`db: &E where E: Acquire`)",
        "`integration::transaction::early::read_with` is given a connection (`db: E where E: Executor<'e>`)",
    ];
    assert_eq!(said.len(), starts.len(), "{said:?}");
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}");
    }
}

#[cached(key = "read-early:<id>", ttl = "1h", skip(tx))]
async fn read(tx: &DatabaseTransaction, id: u64) -> u64 {
    let _ = tx;
    id
}

#[tokio::test]
async fn a_reader_is_told_of_where_it_would_store_and_not_at_a_hit() {
    let cache = testing::isolate();
    cache.put(entry!(read(1)), 1).await.unwrap();
    let harmless = said(async {
        assert_eq!(read(&DatabaseTransaction, 1).await, 1);
        assert_eq!(bypass(read(&DatabaseTransaction, 2)).await, 2);
    });
    assert_eq!(harmless.await, [""; 0]);
    let said = said(async {
        read(&DatabaseTransaction, 2).await;
        read(&DatabaseTransaction, 3).await;
    });
    assert_eq!(
        said.await,
        [
            "`integration::transaction::early::read` is given an open transaction (`tx: &DatabaseTransaction`) outside of \
          `cache_runtime::transaction`: what it reads is cached before the commit, and a row that is then rolled back is \
          served for all of its ttl; run everything from the first statement to the commit inside of \
          `cache_runtime::transaction(async { …; tx.commit().await })`, where nothing that is read is cached, or read \
          by the pool"
        ]
    );
}

#[cached(key = "committed:<id>", ttl = "1h", strategy = "write_through", value = value, skip(tx))]
async fn save(tx: &mut Transaction<'_, Postgres>, id: u64, value: u64) {
    let _ = (tx, id, value);
}

#[cached(strategy = "write_through", writes = committed(id), value = value)]
async fn save_other(tx: &mut Transaction<'_, Postgres>, id: u64, value: u64) {
    let _ = (tx, id, value);
}

#[tokio::test]
async fn a_function_that_writes_through_is_told_of_with_what_it_does() {
    let _cache = testing::isolate();
    let said = said(async {
        save(&mut open(), 1, 2).await;
        save_other(&mut open(), 1, 2).await;
    });
    let said = said.await;
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(
        said[0],
        "`integration::transaction::early::save` is given an open transaction (`tx: &mut Transaction<'_, Postgres>`) \
         outside of `cache_runtime::transaction`: it caches its value before the commit, and a row that is then rolled \
         back is served for all of its ttl; run everything from the first statement to the commit inside of \
         `cache_runtime::transaction(async { …; tx.commit().await })`, or put the attribute on the function that takes \
         the pool and commits"
    );
    assert_eq!(said[1], said[0].replace("early::save`", "early::save_other`"));
}

/// Commits what the two write, and names one of them.
#[invalidates(committed(id))]
async fn rename_and_commit(id: u64, other: bool) {
    let mut tx = open();
    if other {
        rename_another(&mut tx, id + 1).await;
    } else {
        rename_one(&mut tx, id).await;
    }
}

#[invalidates(committed(id))]
async fn rename_one(tx: &mut Transaction<'_, Postgres>, id: u64) {
    let _ = tx;
}

#[invalidates(committed(id))]
async fn rename_another(tx: &mut Transaction<'_, Postgres>, id: u64) {
    let _ = tx;
}

#[tokio::test]
async fn what_the_function_that_commits_invalidates_itself_is_right() {
    let _cache = testing::isolate();
    assert_eq!(said(rename_and_commit(1, false)).await, [""; 0]);
    let said = said(rename_and_commit(1, true)).await;
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("rename_another"), "{said:?}");
}

/// A row of a ledger.
struct Posting {
    account: u64,
}

mod ledger {
    pub(super) type Transaction = super::Posting;
}

#[invalidates(committed(posting.account))]
async fn book(posting: &mut ledger::Transaction) {
    posting.account += 0;
}

#[invalidates(committed(1))]
async fn finish(tx: Transaction<'_, Postgres>) {
    let _ = tx;
}

#[tokio::test]
async fn of_data_and_of_what_a_function_commits_itself_nothing_is_said() {
    let _cache = testing::isolate();
    let said = said(async {
        book(&mut Posting { account: 1 }).await;
        finish(open()).await;
    });
    assert_eq!(said.await, [""; 0]);
    let found = policies().check();
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    let told = |text: &str| text.contains("early::book") || text.contains("early::finish");
    assert!(!found.iter().any(|text| told(text)), "{found:?}");
}

struct Repository(u64);

impl Ambient for Repository {}

#[async_trait]
trait Users {
    async fn get(&self, tx: &mut Transaction<'_, Postgres>, id: u64) -> u64;
    async fn rename(&self, tx: &mut Transaction<'_, Postgres>, id: u64) -> Result<(), RolledBack>;
}

#[cache_policy(ttl = "1h", skip(self, tx))]
#[async_trait]
impl Users for Repository {
    #[cached(key = "early-user:<id>")]
    async fn get(&self, tx: &mut Transaction<'_, Postgres>, id: u64) -> u64 {
        let _ = tx;
        self.0 + id
    }

    #[invalidates(self.get(id))]
    async fn rename(&self, tx: &mut Transaction<'_, Postgres>, id: u64) -> Result<(), RolledBack> {
        let _ = tx;
        Ok(())
    }
}

struct Generic<C>(C);

#[cache_policy(ttl = "1h", skip(self, C, db))]
impl<C: Acquire> Generic<C> {
    #[cached(key = "early-generic:<id>")]
    async fn get(&self, db: &C, id: u64) -> u64 {
        let _ = db;
        id
    }
}

#[tokio::test]
async fn methods_of_traits_and_of_generic_types_are_looked_at_as_well() {
    let _cache = testing::isolate();
    let users: &dyn Users = &Repository(1);
    let said = said(async {
        users.get(&mut open(), 1).await;
        users.rename(&mut open(), 1).await.unwrap();
        Generic(PgPool).get(&PgPool, 1).await;
        Generic(DatabaseTransaction).get(&DatabaseTransaction, 2).await;
    });
    let said = said.await;
    let starts = [
        "`integration::transaction::early::get` is given an open transaction (`tx: &mut Transaction<'_, Postgres>`)",
        "`integration::transaction::early::rename` is given an open transaction (`tx: &mut Transaction<'_, Postgres>`)",
        "`integration::transaction::early::get` is given an open transaction (`db: &C where C: Acquire`)",
    ];
    assert_eq!(said.len(), starts.len(), "{said:?}");
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}");
    }
}

#[test]
fn the_check_of_all_policies_lists_them_as_advice() {
    let found = policies().check();
    let of = |name: &str| -> Vec<String> {
        let name = format!("`early::{name}` (tests/integration/transaction/early.rs:");
        let of = found.iter().filter(|advice| !advice.is_error()).map(ToString::to_string);
        let of = of.filter(|text| text.contains(&name) && text.contains("open transaction"));
        of.map(|text| text.split_once(") takes ").unwrap_or_default().1.to_owned()).collect()
    };
    let outside = "if it is given an open transaction outside of `cache_runtime::transaction`";
    let starts = [
        ("rename", "`tx: &mut Transaction<'_, Postgres>`", "it invalidates before the commit"),
        ("rename_on", "`conn: &mut PgConnection`", "it invalidates before the commit"),
        ("rename_with", "`db: impl Executor<'e>`", "it invalidates before the commit"),
        ("read_with", "`db: E where E: Executor<'e>`", "what it reads is cached before the commit"),
        ("save", "`tx: &mut Transaction<'_, Postgres>`", "it caches its value before the commit"),
        (
            "save_other",
            "`tx: &mut Transaction<'_, Postgres>`",
            "it caches its value before the commit",
        ),
    ];
    for (name, argument, harm) in starts {
        let advice = of(name);
        let start = format!("{argument}: {outside}, {harm}");
        assert!(advice.iter().any(|text| text.starts_with(&start)), "{name}: {advice:?}");
    }
    assert_eq!(of("rename_on").len(), 1);
    assert!(of("rename_and_commit").is_empty(), "it takes none");
}

#[tokio::test]
async fn a_row_that_is_read_before_it_is_rolled_back_stays_as_it_is_said() {
    let cache = testing::isolate();
    let table = Table::default();
    table.row(|row| row.pending = Some(7));
    super::of_transaction(&table, 1).await;
    table.roll_back();
    assert_eq!(cache.peek(entry!(super::of_transaction(1))).await, Some(7), "there never was a 7");

    let table = Table::default();
    let done = transaction(async {
        table.row(|row| row.pending = Some(8));
        super::of_transaction(&table, 2).await;
        table.roll_back();
        Err::<(), _>(RolledBack)
    });
    assert_eq!(done.await, Err(RolledBack));
    assert_eq!(cache.peek(entry!(super::of_transaction(2))).await, None);
}
