//! Transactions over the shared tier: what is said inside takes effect in every process at the end.

use std::sync::Arc;

use cache_runtime::testing::Gate;
use cache_runtime::{entry, traced, transaction};

use super::{Site, another_id, until_it_answers};
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
