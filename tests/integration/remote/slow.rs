//! Loads that take longer than anyone waits, where processes share a tier.

use std::time::Duration;

use cache_runtime::cached;
use cache_runtime::testing::{Gate, IsolatedCache};
use tokio::task::JoinHandle;

use super::{Site, another_id, of};

#[cached(key = "slow_aside:<id>", ttl = "1h", skip(gate, answer))]
async fn aside(id: u64, gate: &Gate, answer: u64) -> u64 {
    gate.pass().await;
    answer
}

#[cached(key = "slow_locked:<id>", ttl = "1h", strategy = "lock", skip(gate, answer))]
async fn locked(id: u64, gate: &Gate, answer: u64) -> u64 {
    gate.pass().await;
    answer
}

/// A process whose callers do not wait for long.
async fn impatient(site: &Site) -> IsolatedCache {
    site.process_with(|builder| builder.max_wait(Duration::from_millis(200))).await
}

fn call(cache: &IsolatedCache, lock: bool, id: u64, gate: &Gate, own: u64) -> JoinHandle<u64> {
    let gate = gate.clone();
    tokio::spawn(cache.scope(async move {
        if lock { locked(id, &gate, own).await } else { aside(id, &gate, own).await }
    }))
}

/// What a call gets whose own load would answer this at once.
async fn answer(cache: &IsolatedCache, lock: bool, id: u64, own: u64) -> u64 {
    let gate = Gate::new();
    gate.open();
    call(cache, lock, id, &gate, own).await.unwrap()
}

#[tokio::test]
async fn the_first_load_that_ends_is_stored_for_all_processes() {
    for site in Site::each() {
        let (one, two) = (impatient(&site).await, site.process().await);
        for (lock, policy) in [(false, "aside"), (true, "locked")] {
            for hangs in [false, true] {
                let (id, gates) = (another_id(), [Gate::new(), Gate::new(), Gate::new()]);
                let mut calls = vec![call(&one, lock, id, &gates[0], 1)];
                gates[0].arrived(1).await;
                calls.extend(
                    [(1, 2), (2, 3)].map(|(at, own)| call(&one, lock, id, &gates[at], own)),
                );
                gates[1].arrived(1).await;
                gates[2].arrived(1).await;
                let before = of(&one, policy);
                let (first, stored) = if hangs { (1, 2) } else { (0, 1) };
                gates[first].open();
                assert_eq!(calls.remove(first).await.unwrap(), stored);
                assert_eq!(answer(&two, lock, id, 7).await, stored, "{policy}, {hangs}");
                assert_eq!(answer(&one, lock, id, 7).await, stored, "{policy}, {hangs}");
                gates.iter().for_each(Gate::open);
                for call in calls {
                    call.await.unwrap();
                }
                assert_eq!(answer(&two, lock, id, 8).await, stored, "{policy}, {hangs}");
                assert_eq!(answer(&one, lock, id, 8).await, stored, "{policy}, {hangs}");
                let after = of(&one, policy);
                assert_eq!((after.loads - before.loads, after.fills - before.fills), (3, 1));
                assert_eq!(after.refused.busy - before.refused.busy, 2, "{after:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_another_process_writes_meanwhile_is_overwritten_by_none_of_them() {
    for site in Site::each() {
        let (one, two) = (impatient(&site).await, site.process().await);
        for lock in [false, true] {
            for order in [[0, 1], [1, 0]] {
                let (id, gates) = (another_id(), [Gate::new(), Gate::new()]);
                let mut calls = vec![call(&one, lock, id, &gates[0], 1)];
                gates[0].arrived(1).await;
                calls.extend((0..3).map(|_| call(&one, lock, id, &gates[1], 2)));
                gates[1].arrived(3).await;
                let ended = if lock {
                    two.invalidate(cache_runtime::entry!(locked(id))).await
                } else {
                    two.invalidate(cache_runtime::entry!(aside(id))).await
                };
                ended.expect("the server is up");
                assert_eq!(answer(&two, lock, id, 3).await, 3);
                for gate in order {
                    gates[gate].open();
                }
                for call in calls {
                    call.await.unwrap();
                }
                assert_eq!(answer(&two, lock, id, 4).await, 3);
                assert_eq!(answer(&one, lock, id, 4).await, 3);
            }
        }
    }
}

#[tokio::test]
async fn under_a_lock_the_first_load_that_ends_is_stored_whichever_process_made_it() {
    for site in Site::each() {
        let (one, two) = (site.process().await, impatient(&site).await);
        for order in [[0, 1], [1, 0]] {
            let (id, gates) = (another_id(), [Gate::new(), Gate::new()]);
            let mut calls = vec![call(&one, true, id, &gates[0], 0)];
            gates[0].arrived(1).await;
            calls.push(call(&two, true, id, &gates[1], 1));
            gates[1].arrived(1).await;
            gates[order[0]].open();
            let first = calls.remove(order[0]).await.unwrap();
            assert_eq!(first, order[0] as u64);
            // Its own load goes on. Until it is told of the other's value, callers may wait for that in vain, too.
            let told = async { while answer(&two, true, id, 7).await != first {} };
            tokio::time::timeout(Duration::from_mins(1), told).await.expect("it is told");
            gates[order[1]].open();
            calls.remove(0).await.unwrap();
            assert_eq!(answer(&one, true, id, 7).await, first, "{order:?}");
            assert_eq!(answer(&two, true, id, 7).await, first, "{order:?}");
        }
    }
}

#[tokio::test]
async fn a_load_that_hangs_keeps_other_processes_from_storing_for_a_while_only() {
    for site in Site::each() {
        let most = Duration::from_millis(50);
        let one = site.process_with(|builder| builder.max_wait(most)).await;
        let two = site.process().await;
        let (id, hung) = (another_id(), Gate::new());
        let leader = call(&one, false, id, &hung, 0);
        hung.arrived(1).await;
        let mut own = 1;
        let stored = async {
            loop {
                let answer = answer(&two, false, id, own).await;
                if answer != own {
                    break answer;
                }
                own += 1;
                tokio::time::sleep(most).await;
            }
        };
        let stored = tokio::time::timeout(Duration::from_mins(1), stored).await.expect("one is");
        assert_ne!(stored, 0);
        hung.open();
        assert_eq!(leader.await.unwrap(), 0);
        assert_eq!(answer(&two, false, id, 0).await, stored);
        assert_eq!(answer(&one, false, id, 0).await, stored);
    }
}
