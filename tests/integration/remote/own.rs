//! Functions with `tier = "local"` beside a server: each process keeps its own entries, and is told of invalidations.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::mpsc;

use cache_runtime::testing::Gate;
use cache_runtime::{cached, entry, invalidates};

use super::*;
use crate::support::poll_once;

static TABLE: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);

fn row(id: u64) -> u64 {
    TABLE.lock().unwrap().get_or_insert_default().get(&id).copied().unwrap_or(0)
}

fn set_row(id: u64, value: u64) {
    TABLE.lock().unwrap().get_or_insert_default().insert(id, value);
}

#[cached(key = "own:<id>", ttl = "1h", tier = "local")]
async fn own(id: u64) -> u64 {
    row(id)
}

#[cached(key = "own:<id>", ttl = "1h", tier = "local", skip(gate))]
async fn own_slowly(id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    row(id)
}

/// Another program's function, of another tier under the same key.
#[cached(key = "own:<id>", ttl = "1h")]
async fn of_another_program(id: u64) -> u64 {
    id
}

#[invalidates(own(id), hold = "2s")]
async fn write_to_a_primary(id: u64) -> Result<(), String> {
    Ok(())
}

#[tokio::test]
async fn what_happens_to_a_shared_entry_of_the_same_name_holds_nobody_up() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        // On a thread of its own, which the test does not wait for: nothing else ends a task that never waits.
        let (done, finished) = mpsc::channel();
        let other = two.scope(of_another_program(id));
        let calls = one.scope(async move {
            let gate = Gate::new();
            let mut leader = Box::pin(own_slowly(id, &gate));
            assert!(poll_once(leader.as_mut()).await.is_none());
            gate.arrived(1).await;
            other.await;
            // Told in this while, as a rule.
            tokio::time::sleep(Duration::from_millis(100)).await;
            let follower = own_slowly(id, &gate);
            let open = async {
                tokio::task::yield_now().await;
                gate.open();
            };
            let (one, two, ()) = tokio::join!(leader, follower, open);
            (one, two, gate.arrivals())
        });
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let _ = done.send(runtime.unwrap().block_on(calls));
        });
        let finished = finished.recv_timeout(4 * PUSHED).expect("the second caller ends");
        assert_eq!(finished, (0, 0, 1), "and it has waited for the first");
    }
}

#[tokio::test]
async fn a_value_that_is_put_in_one_process_ends_what_others_keep() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        assert_eq!(two.scope(own(id)).await, 0);
        set_row(id, 1);
        let entry = one.scope(async { entry!(own(id)) }).await;
        one.put(entry.clone(), 1).await.unwrap();
        until_it_answers(&1, || two.scope(own(id))).await;
        assert_eq!(one.peek(entry).await, Some(1), "here it stays");
    }
}

#[tokio::test]
async fn others_end_what_they_have_read_until_a_lagging_replica_has_caught_up() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        assert_eq!(two.scope(own(id)).await, 0);
        one.scope(write_to_a_primary(id)).await.unwrap();
        // Read from the replica before it has caught up, after the announcement.
        until_it_answers(&2, || async {
            two.scope(own(id)).await;
            of(&two, "own").loads
        })
        .await;
        set_row(id, 1);
        until_it_answers(&1, || two.scope(own(id))).await;
    }
}

#[cached(key = "own:<id>", ttl = "1h", tier = "local", strategy = "write_through", value = value)]
async fn save_own(id: u64, value: u64) -> Result<(), String> {
    set_row(id, value);
    Ok(())
}

#[tokio::test]
async fn what_a_process_stores_after_an_end_that_it_has_announced_stays() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        for value in 1..=3 {
            one.scope(save_own(id, value)).await.unwrap();
            one.scope(own(id)).await;
        }
        let entry = one.scope(async { entry!(own(id)) }).await;
        one.invalidate(entry.clone()).await.unwrap();
        one.scope(own(id)).await;
        let loads = of(&one, "own").loads;
        assert_eq!(loads, 1, "what was written stayed, and what was invalidated was loaded");
        let other = another_id();
        let loads_of_two = || async {
            two.scope(own(other)).await;
            of(&two, "own").loads
        };
        assert_eq!(loads_of_two().await, 1);
        let entry = one.scope(async { entry!(own(other)) }).await;
        one.invalidate(entry).await.unwrap();
        until_it_answers(&2, loads_of_two).await;
        // Longer than anything that tells of an end stands on the server.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        one.scope(own(id)).await;
        assert_eq!(of(&one, "own").loads, loads, "it is told to others");
        assert_eq!(loads_of_two().await, 2, "and that once");
    }
}
