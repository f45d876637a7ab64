//! Arguments that may carry a transaction which the caller commits: what the names of their types tell, and what is said
//! of a function that is given one.

use std::collections::HashSet;

use parking_lot::Mutex;

/// Whether calls look for open transactions: in a release build without `testing` there is nothing of it.
pub const LOOKS_FOR_TRANSACTIONS: bool = cfg!(any(debug_assertions, feature = "testing"));

/// Where the warnings come from, for those who filter them.
const TARGET: &str = "cache_runtime::open_transaction";

/// An argument as written, as in `tx: &mut Transaction<'_, Sqlite>`, and the name of the type that it has in this call.
pub type Given<'a> = (&'static str, &'a str);

/// Module, name and line of a function.
type Place = (&'static str, &'static str, u32);

/// What a function does with the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Reads,
    Invalidates,
    WritesThrough,
}

/// What an argument is, by the name of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An open transaction.
    Transaction,
    /// A connection, on which a transaction may be open.
    Connection,
}

/// The connections of the database libraries, by their names alone: many things are called a connection.
const CONNECTIONS: [&str; 11] = [
    "PgConnection",
    "MySqlConnection",
    "MysqlConnection",
    "SqliteConnection",
    "AnyConnection",
    "PoolConnection",
    "AsyncPgConnection",
    "AsyncMysqlConnection",
    "SyncConnectionWrapper",
    "Conn",
    "ClientSession",
];

impl Kind {
    /// What a borrowed type is. What is given away is committed, or rolled back, by the function that has it. A pool is
    /// neither, whatever it is a pool of; of other types that are not known it counts what they are made of.
    fn of(ty: &str) -> Option<Self> {
        for path in ty.strip_prefix('&')?.split(['<', '>', '(', ')', ',']) {
            let name = path.rsplit([':', ' ', '&']).next().unwrap_or(path);
            if name == "Pool" || path.contains("dyn ") {
                return None;
            }
            if name.ends_with("Transaction") || name == "Tx" {
                return Some(Self::Transaction);
            }
            if CONNECTIONS.contains(&name) {
                return Some(Self::Connection);
            }
        }
        None
    }
}

/// The first of the arguments that is a transaction or a connection in this call.
pub(crate) fn found(given: &[Given<'_>]) -> Option<(&'static str, Kind)> {
    let mut known = given.iter().filter_map(|(argument, ty)| Some((*argument, Kind::of(ty)?)));
    known.next()
}

/// Warns of a function that is given a transaction or a connection, the first time.
#[cold]
pub(crate) fn warn_once(place: Place, role: Role, (argument, kind): (&'static str, Kind)) {
    static WARNED: Mutex<Option<HashSet<Place>>> = Mutex::new(None);
    if !WARNED.lock().get_or_insert_default().insert(place) {
        return;
    }
    let (module, name, _) = place;
    let (harm, ways_out) = (role.harm(), role.ways_out());
    match kind {
        Kind::Transaction => tracing::warn!(
            target: TARGET,
            "`{module}::{name}` is given an open transaction (`{argument}`) outside of \
             `cache_runtime::transaction`: {harm}; {ways_out}"
        ),
        Kind::Connection => tracing::warn!(
            target: TARGET,
            "`{module}::{name}` is given a connection (`{argument}`) outside of `cache_runtime::transaction`: if a \
             transaction is open on it, {harm} (if each statement commits by itself, nothing is wrong); {ways_out}"
        ),
    }
}

impl Role {
    /// What goes wrong if the transaction is committed after the function has returned.
    pub(crate) fn harm(self) -> &'static str {
        match self {
            Self::Reads => {
                "what it reads is cached before the commit, and a row that is then rolled back is served for all of its \
                 ttl"
            }
            Self::Invalidates => {
                "it invalidates before the commit, and a reader in between caches the old row again, for all of its ttl"
            }
            Self::WritesThrough => {
                "it caches its value before the commit, and a row that is then rolled back is served for all of its ttl"
            }
        }
    }

    /// The two ways to do it right.
    pub(crate) fn ways_out(self) -> &'static str {
        match self {
            Self::Reads => {
                "run everything from the first statement to the commit inside of `cache_runtime::transaction(async { …; \
                 tx.commit().await })`, where nothing that is read is cached, or read by the pool"
            }
            Self::Invalidates => {
                "run everything from the first statement to the commit inside of `cache_runtime::transaction(async { …; \
                 tx.commit().await })`, or take the attribute off and invalidate after the commit: by \
                 `cache_runtime::invalidate!`, or by the attribute on the function that takes the pool and commits"
            }
            Self::WritesThrough => {
                "run everything from the first statement to the commit inside of `cache_runtime::transaction(async { …; \
                 tx.commit().await })`, or put the attribute on the function that takes the pool and commits"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    mod db {
        pub(super) struct Transaction<'c, D>(pub(super) std::marker::PhantomData<&'c D>);
        pub(super) struct DatabaseTransaction;
        pub(super) struct PgConnection;
        pub(super) struct DatabaseConnection;
        pub(super) struct Pool<C>(pub(super) C);
        pub(super) struct Object<M>(pub(super) M);
        pub(super) struct Repository<C>(pub(super) C);
    }

    fn kind<T>(value: &T) -> Option<Kind> {
        Kind::of(std::any::type_name_of_val(value))
    }

    #[test]
    fn a_transaction_and_a_connection_are_told_from_a_pool() {
        let mut tx = db::Transaction::<u8>(std::marker::PhantomData);
        assert_eq!(kind(&&tx), Some(Kind::Transaction));
        assert_eq!(kind(&&&mut tx), Some(Kind::Transaction));
        assert_eq!(kind(&&db::DatabaseTransaction), Some(Kind::Transaction));
        assert_eq!(kind(&&mut db::PgConnection), Some(Kind::Connection));
        assert_eq!(kind(&&db::DatabaseConnection), None);
        assert_eq!(kind(&&db::Pool(db::PgConnection)), None);
        assert_eq!(kind(&db::Pool(db::PgConnection)), None);
    }

    #[test]
    fn what_a_type_is_made_of_tells_what_it_is() {
        let object = db::Object(db::Repository(db::PgConnection));
        assert_eq!(kind(&&object), Some(Kind::Connection));
        assert_eq!(
            kind(&&db::Repository((0_u8, db::DatabaseTransaction))),
            Some(Kind::Transaction)
        );
        assert_eq!(kind(&&db::Repository(db::Pool(db::DatabaseTransaction))), None);
        assert_eq!(kind(&&db::Repository(db::DatabaseConnection)), None);
        assert_eq!(kind(&&0_u8), None);
        let object: &dyn std::any::Any = &db::DatabaseTransaction;
        assert_eq!(kind(&object), None);
    }

    #[test]
    fn what_is_given_away_is_committed_by_who_has_it() {
        assert_eq!(kind(&db::Transaction::<u8>(std::marker::PhantomData)), None);
        assert_eq!(kind(&db::PgConnection), None);
    }

    #[test]
    fn names_with_lifetimes_are_read() {
        assert_eq!(Kind::of("&'_ mut sqlx::Transaction<'_, Sqlite>"), Some(Kind::Transaction));
        assert_eq!(Kind::of("& mut tokio_postgres::Transaction"), Some(Kind::Transaction));
        assert_eq!(Kind::of("&"), None);
        assert_eq!(Kind::of(""), None);
        assert_eq!(Kind::of("&mut <"), None);
    }
}
