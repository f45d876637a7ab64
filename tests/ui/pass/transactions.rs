//! Functions that may be given a transaction, in every form; the caller sees no difference.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::non_minimal_cfg, reason = "conditions that each build meets, or none")]
#![allow(clippy::missing_errors_doc, clippy::mut_mut, reason = "what a user may write")]

use std::fmt::Error;
use std::future::Future;

use cache_runtime::{Ambient, cache_policy, cached, invalidates};

use db::{ConnectionTrait, Executor, PgConnection, Postgres, Transaction};

/// Types with the names that those of database libraries have. None can be sent by reference.
mod db {
    use std::cell::Cell;
    use std::marker::PhantomData;

    pub struct Postgres;
    pub struct Transaction<'c, D>(Cell<u8>, PhantomData<&'c mut D>);
    pub struct PgConnection(Cell<u8>);

    impl<D> Transaction<'_, D> {
        #[must_use]
        pub const fn open() -> Self {
            Self(Cell::new(0), PhantomData)
        }
    }

    impl PgConnection {
        #[must_use]
        pub const fn open() -> Self {
            Self(Cell::new(0))
        }
    }

    pub trait Executor<'e>: Sized {
        fn execute(self) {}
    }
    impl<'e> Executor<'e> for &'e mut PgConnection {}
    impl<'e, D> Executor<'e> for &'e mut Transaction<'_, D> {}

    pub trait ConnectionTrait {
        fn execute(&self) {}
    }
    impl ConnectionTrait for () {}
}

#[cached(key = "by-reference:<id>", ttl = "1h", tags = ["row:<id>"], skip(tx))]
pub async fn by_reference(tx: &mut Transaction<'_, Postgres>, id: u64) -> Result<u64, Error> {
    tx.execute();
    Ok(id)
}

#[cached(key = "moved:<id>", ttl = |value: &u64| std::time::Duration::from_secs(*value), skip(e))]
pub async fn moved<'e, E>(e: E, id: u64) -> u64
where
    E: Executor<'e>,
{
    e.execute();
    id
}

#[cached(key = "on-future:<id>", ttl = "1h", skip(conn))]
pub fn on_future(conn: &mut PgConnection, id: u64) -> impl Future<Output = u64> {
    conn.execute();
    async move { id }
}

#[invalidates(by_reference(id), tags = ["row:<id>"], guard = "required")]
pub async fn write(r#type: impl Executor<'_> + Send, id: u64) -> Result<u64, Failed> {
    r#type.execute();
    Ok(id)
}

#[invalidates(by_reference(id))]
#[invalidates(|id| moved(*id))]
pub async fn write_twice<C: ?Sized + ConnectionTrait>(db: &C, id: u64) -> Result<u64, Error> {
    db.execute();
    Ok(id)
}

#[cached(key = "moved:<id>", ttl = "1h", strategy = "write_through", value = return, skip(tx))]
pub async fn write_through(tx: &mut Transaction<'_, Postgres>, id: u64) -> u64 {
    tx.execute();
    id
}

#[cached(strategy = "write_through", writes = moved(id), value = value)]
pub async fn write_other(mut conn: &mut PgConnection, id: u64, value: u64) {
    let conn = &mut conn;
    conn.execute();
    let _ = (id, value);
}

#[cached(key = "loaded:<id>", ttl = "1h", skip(tx))]
#[invalidates(by_reference(id))]
pub async fn load_and_write(tx: &mut Transaction<'_, Postgres>, id: u64) -> u64 {
    tx.execute();
    id
}

#[cached(key = "in-some-builds:<id>", ttl = "1h", skip(tx, conn))]
#[invalidates(by_reference(id))]
pub async fn in_some_builds(
    #[cfg(any())] tx: &mut Transaction<'_, Missing>,
    #[cfg(all())] conn: &mut PgConnection,
    id: u64,
) -> u64 {
    conn.execute();
    id
}

#[invalidates(by_reference(id))]
pub async fn in_no_build(#[cfg(any())] tx: &mut Transaction<'_, Missing>, id: u64) -> u64 {
    id
}

pub struct Failed;

impl From<cache_runtime::Error> for Failed {
    fn from(_: cache_runtime::Error) -> Self {
        Self
    }
}

pub struct Repository;
impl Ambient for Repository {}

#[cache_policy(ttl = "1h", skip(db, C))]
impl Repository {
    #[cached(key = "method:<id>")]
    pub async fn get<C: ConnectionTrait>(&self, db: &C, id: u64) -> u64 {
        db.execute();
        id
    }

    #[invalidates(Self::associated(id))]
    pub async fn rename(&self, db: &dyn ConnectionTrait, id: u64) {
        db.execute();
        let _ = id;
    }

    #[cached(key = "associated:<id>")]
    pub async fn associated(db: &impl ConnectionTrait, id: u64) -> u64 {
        db.execute();
        id
    }
}

pub struct OfTrait;
impl Ambient for OfTrait {}

#[async_trait::async_trait]
pub trait Users {
    async fn get(&self, tx: &mut Transaction<'_, Postgres>, id: u64) -> u64;
    async fn rename(&self, tx: &mut Transaction<'_, Postgres>, id: u64);
}

#[cache_policy(ttl = "1h", skip(tx))]
#[async_trait::async_trait]
impl Users for OfTrait {
    #[cached(key = "of-trait:<id>")]
    async fn get(&self, tx: &mut Transaction<'_, Postgres>, id: u64) -> u64 {
        tx.execute();
        id
    }

    #[invalidates(self.get(id))]
    async fn rename(&self, tx: &mut Transaction<'_, Postgres>, id: u64) {
        tx.execute();
        let _ = id;
    }
}

fn sent<T: Send>(_: T) {}

fn main() {
    let mut tx = Transaction::open();
    sent(by_reference(&mut tx, 1));
    sent(moved(&mut tx, 1));
    sent(write_through(&mut tx, 1));
    sent(load_and_write(&mut tx, 1));
    let mut conn = PgConnection::open();
    sent(on_future(&mut conn, 1));
    sent(write(&mut conn, 1));
    sent(write_other(&mut conn, 1, 2));
    sent(write_twice(&(), 1));
    sent(in_some_builds(&mut conn, 1));
    sent(in_no_build(1));
    sent(Repository.get(&(), 1));
    sent(Repository::associated(&(), 1));
    drop(Repository.rename(&(), 1));
    let users: &dyn Users = &OfTrait;
    sent(users.get(&mut tx, 1));
    sent(users.rename(&mut tx, 1));
}
