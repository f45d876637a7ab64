//! Transactions over the remote tier: what is said inside takes effect in every process at the end.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Cache, entry, traced, transaction};
use redis::aio::MultiplexedConnection;

use super::{Site, another_id, until_it_answers};
use crate::support::server::{Server, servers};
use crate::support::source::Source;
use crate::transaction::ways::{Failed, Result, WAYS, shelf};

#[tokio::test]
async fn what_another_process_reads_before_the_commit_does_not_outlive_it() {
    for site in Site::each() {
        for way in WAYS {
            let (one, two) = (site.process().await, site.process().await);
            let (source, id, gate) = (Source::default(), another_id(), Gate::new());
            source.set(id, 1);
            two.scope(shelf(&source, 1, id)).await;
            one.scope(shelf(&source, 1, id)).await;
            let writing = tokio::spawn(one.scope({
                let (source, gate, cache) = (source.clone(), gate.clone(), one.clone());
                transaction(async move {
                    way.say(&cache, id, 2).await?;
                    gate.pass().await;
                    source.set(id, 2);
                    let (read, outcome) = traced(shelf(&source, 1, id)).await;
                    assert_eq!(read, 2, "{way:?}: {}", outcome.reason());
                    Result::Ok(())
                })
            }));
            gate.arrived(1).await;
            for _ in 0..2 {
                assert_eq!(two.scope(shelf(&source, 1, id)).await, 1, "{way:?}");
            }
            gate.open();
            writing.await.unwrap().unwrap();
            let one_reads = one.scope(shelf(&source, 1, id)).await;
            assert_eq!(one_reads, 2, "{way:?}: the process that wrote");
            // The copy of another ends as soon as it is told.
            until_it_answers(&2, || two.scope(shelf(&source, 1, id))).await;
            if way.leaves_the_value() {
                let put = one.scope(async { one.peek(entry!(shelf(1, id))).await }).await;
                assert_eq!(put, Some(2), "{way:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_transaction_that_failed_had_said_is_over_in_every_process() {
    for site in Site::each() {
        for way in WAYS {
            let (one, two) = (site.process().await, site.process().await);
            let (two, source, id) = (Arc::new(two), Source::default(), another_id());
            source.set(id, 1);
            let other = || two.scope(shelf(&source, 1, id));
            other().await;
            let failed: Result = one
                .scope(transaction(async {
                    way.say(&one, id, 2).await?;
                    let (two, rows) = (Arc::clone(&two), source.clone());
                    let read = async move { two.scope(shelf(&rows, 1, id)).await };
                    // In a task of its own, outside of the transaction.
                    tokio::spawn(read).await.unwrap();
                    // It took effect all the same.
                    source.set(id, 2);
                    Err(Failed)
                }))
                .await;
            assert_eq!(failed, Err(Failed));
            assert_eq!(one.scope(shelf(&source, 1, id)).await, 2, "{way:?}");
            until_it_answers(&2, other).await;
        }
    }
}

/// A connection for requests that take their time.
async fn patient(server: &Server) -> MultiplexedConnection {
    let mut connection = server.connection().await;
    connection.set_response_timeout(Duration::from_mins(1));
    connection
}

/// Copies of one entry under as many keys, as if each had been stored.
async fn multiply(server: &Server, of: &str, times: usize) {
    let script = "for id = ARGV[1], ARGV[2] do redis.call('COPY', KEYS[1], ARGV[3] .. id) end";
    let mut connection = patient(server).await;
    let (key,): (String,) =
        redis::cmd("KEYS").arg(format!("*{of}*")).query_async(&mut connection).await.unwrap();
    let copies = key.replace(of, "shelf:9:");
    // In parts, each of which is answered soon enough.
    for first in (0..times).step_by(1_000) {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(1).arg(&key).arg(first).arg(first + 999).arg(&copies);
        command.exec_async(&mut connection).await.unwrap();
    }
}

async fn shelves(server: &Server) -> usize {
    let mut connection = patient(server).await;
    let keys: Vec<String> =
        redis::cmd("KEYS").arg("*shelf:9:*").query_async(&mut connection).await.unwrap();
    keys.len()
}

#[tokio::test]
async fn a_transaction_waits_no_longer_for_a_pattern_than_for_anything_else() {
    const MANY: usize = 30_000;
    for kind in servers() {
        let server = Server::start(kind);
        let cache = Cache::builder()
            .url(server.url())
            .connect_timeout(Duration::from_secs(10))
            .response_timeout(Duration::from_secs(1));
        let cache = cache.build().await.unwrap();
        cache.ready(Duration::from_secs(20)).await.unwrap();
        let cache = testing::isolate_on(cache);
        let source = Source::default();
        cache.scope(shelf(&source, 8, 0)).await;
        let pattern = async {
            cache.invalidate_pattern("shelf:9:*").await?;
            // As if others stored them before the commit.
            multiply(&server, "shelf:8:0", MANY).await;
            Result::Ok(())
        };
        cache.scope(transaction(pattern)).await.unwrap();
        assert!(shelves(&server).await > 0, "each takes a request, and they are in no hurry");
        let gone = async {
            while shelves(&server).await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), gone).await.expect("they go on alone");
    }
}
