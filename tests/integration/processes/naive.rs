//! A process that caches as in every tutorial: get, or load and set; delete after a write; and a map in front of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use redis::aio::MultiplexedConnection;

use super::client::{Counter, TASKS};
use super::fleet::Orders;
use super::kinds::{any_row, is_strict};
use super::wire::{Request, Source};
use crate::support::random::Random;

#[derive(Clone)]
struct Naive {
    source: Source,
    connection: MultiplexedConnection,
    copies: Arc<Mutex<HashMap<u64, u64>>>,
}

/// Works until the test is over.
pub(super) async fn work(orders: &Orders, source: Source) {
    let client = redis::Client::open(orders.url.as_str()).expect("an address");
    let connection = client.get_multiplexed_async_connection().await.expect("the server is up");
    let naive = Naive { source: source.clone(), connection, copies: Arc::default() };
    for task in 0..TASKS {
        let mut random = Random::new(orders.seed.wrapping_mul(TASKS).wrapping_add(task));
        let mut naive = naive.clone();
        tokio::spawn(async move {
            loop {
                naive.step(&mut random).await;
            }
        });
    }
    source.ask(Request::Over).await;
}

impl Naive {
    async fn step(&mut self, random: &mut Random) {
        let (row, writes) = any_row(random);
        if writes {
            return self.write(row).await;
        }
        let since = self.source.ask(Request::Now).await;
        let version = self.read(row).await;
        self.source.tell(Request::Seen { row, version, since });
    }

    fn copy(&self, row: u64) -> Option<u64> {
        self.copies.lock().unwrap_or_else(PoisonError::into_inner).get(&row).copied()
    }

    fn keep(&self, row: u64, version: u64) {
        if !is_strict(row) {
            self.copies.lock().unwrap_or_else(PoisonError::into_inner).insert(row, version);
        }
    }

    async fn read(&mut self, row: u64) -> u64 {
        if let Some(version) = self.copy(row) {
            return version;
        }
        let get = redis::cmd("GET").arg(row).query_async(&mut self.connection).await;
        let found: Option<u64> = get.expect("the server is up");
        let version = if let Some(version) = found {
            version
        } else {
            let version = self.source.ask(Request::Load { row }).await;
            let set = redis::cmd("SET").arg(row).arg(version).arg("EX").arg(3600).to_owned();
            set.exec_async(&mut self.connection).await.expect("the server is up");
            version
        };
        self.keep(row, version);
        version
    }

    async fn write(&mut self, row: u64) {
        let rows = [row; 2];
        let write = Request::Write { rows, by: u64::MAX, guarded: false };
        let version = self.source.ask(write).await;
        let delete = redis::cmd("DEL").arg(row).to_owned();
        delete.exec_async(&mut self.connection).await.expect("the server is up");
        self.copies.lock().unwrap_or_else(PoisonError::into_inner).remove(&row);
        self.source.tell(Request::Acked { rows, version });
        Counter::Written.add(&self.source, 1);
    }
}
