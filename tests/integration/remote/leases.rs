//! One load per key and process, and with `lock` over all processes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::cached;
use cache_runtime::testing::Gate;

use super::{Site, another_id, of, until_it_answers};

static LOADS: AtomicU32 = AtomicU32::new(0);

#[cached(key = "leased:<id>", ttl = "1h", skip(gate))]
async fn aside(id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    id
}

#[cached(key = "locked:<id>", ttl = "1h", strategy = "lock")]
async fn locked(id: u64) -> u64 {
    LOADS.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(100)).await;
    id
}

#[tokio::test]
async fn a_thousand_tasks_of_one_process_are_one_load() {
    for site in Site::each() {
        let cache = site.process().await;
        let (id, gate) = (another_id(), Gate::new());
        let calls = (0..1000).map(|_| {
            let gate = gate.clone();
            tokio::spawn(cache.scope(async move { aside(id, &gate).await }))
        });
        let calls: Vec<_> = calls.collect();
        gate.arrived(1).await;
        // Late ones find that something has happened to the key: the lease of the load that they are to join.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let late = (0..100).map(|_| {
            let gate = gate.clone();
            tokio::spawn(cache.scope(async move { aside(id, &gate).await }))
        });
        let late: Vec<_> = late.collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        gate.open();
        for call in calls.into_iter().chain(late) {
            assert_eq!(call.await.unwrap(), id);
        }
        assert_eq!(of(&cache, "aside").loads, 1, "{}", cache.snapshot());
    }
}

#[tokio::test]
async fn under_a_lock_all_processes_together_load_once() {
    for site in Site::each() {
        let caches = [site.process().await, site.process().await, site.process().await];
        let id = another_id();
        let before = LOADS.load(Ordering::Relaxed);
        let calls =
            caches.iter().flat_map(|cache| (0..50).map(|_| tokio::spawn(cache.scope(locked(id)))));
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(call.await.unwrap(), id);
        }
        assert_eq!(LOADS.load(Ordering::Relaxed) - before, 1);
    }
}

#[tokio::test]
async fn without_a_lock_another_process_loads_for_itself_and_stores_nothing() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let (id, slow, open) = (another_id(), Gate::new(), Gate::new());
        open.open();
        let first = tokio::spawn(one.scope({
            let slow = slow.clone();
            async move { aside(id, &slow).await }
        }));
        slow.arrived(1).await;
        assert_eq!(two.scope(aside(id, &open)).await, id);
        assert_eq!(of(&two, "aside").refused.busy, 1);
        slow.open();
        first.await.unwrap();
        assert_eq!(of(&one, "aside").fills, 1);
    }
}

#[tokio::test]
async fn a_cancelled_load_gives_its_lease_back() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let (id, slow, open) = (another_id(), Gate::new(), Gate::new());
        open.open();
        let first = tokio::spawn(one.scope({
            let slow = slow.clone();
            async move { aside(id, &slow).await }
        }));
        slow.arrived(1).await;
        let name = format!("cache:v:leased:{id}");
        let (lease, start) = (site.lifetime(&name).await.expect("a lease"), Instant::now());
        first.abort();
        assert!(first.await.is_err());
        // In the background.
        until_it_answers(&None, || site.lifetime(&name)).await;
        assert!(start.elapsed() < lease, "it ended by itself");
        assert_eq!(two.scope(aside(id, &open)).await, id);
        assert_eq!(of(&two, "aside").fills, 1);
    }
}

#[tokio::test]
async fn a_load_longer_than_its_lease_is_stored() {
    for site in Site::each() {
        let cache = site.process().await;
        let (id, gate) = (another_id(), Gate::new());
        let call = tokio::spawn(cache.scope({
            let gate = gate.clone();
            async move { aside(id, &gate).await }
        }));
        gate.arrived(1).await;
        // A first lease is of three seconds.
        tokio::time::sleep(Duration::from_millis(3500)).await;
        gate.open();
        call.await.unwrap();
        assert_eq!(of(&cache, "aside").fills, 1);
    }
}

#[tokio::test]
async fn a_call_waits_for_a_slow_server_as_long_as_the_operator_lets_it() {
    for site in Site::each() {
        let cache = site.process().await;
        let (id, open) = (another_id(), Gate::new());
        open.open();
        // Reads are answered at once, and what is to change an entry only later than a server usually may be.
        let mut connection = site.server.connection().await;
        let pause = redis::cmd("CLIENT").arg("PAUSE").arg(200).arg("WRITE").to_owned();
        pause.exec_async(&mut connection).await.expect("the server is up");
        assert_eq!(cache.scope(aside(id, &open)).await, id);
        assert_eq!(of(&cache, "aside").fills, 1, "{}", cache.snapshot());
    }
}
