//! A leader that its task keeps without polling it, as in `buffered` or after a `select!`.

use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Cache, cached};

use crate::support::server::{Server, servers};
use crate::support::{counters, poll_once, settle};

/// No wait of these tests ends because its time is up.
const LONG: Duration = Duration::from_mins(1);

#[cached(key = "price:<id>", ttl = "1h", skip(gate))]
async fn price(id: u64, gate: &Gate) -> u64 {
    gate.pass().await;
    id
}

#[tokio::test]
async fn a_leader_whose_source_has_answered_and_that_is_not_polled_is_passed_over() {
    let cache = testing::isolate_with(|builder| builder.max_wait(LONG));
    let gate = Gate::new();
    let mut leader = Box::pin(price(1, &gate));
    assert!(poll_once(leader.as_mut()).await.is_none());
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let gate = gate.clone();
            tokio::spawn(cache.scope(async move { price(1, &gate).await }))
        })
        .collect();
    settle().await;
    gate.open();
    for call in waiting {
        assert_eq!(call.await.unwrap(), 1);
    }
    let counted = counters(&cache, "price");
    assert_eq!((counted.load_parked > 0, counted.wait_timeouts), (true, 0), "{counted:?}");
    assert_eq!((counted.loads, counted.fills), (1, 1), "one took over, and stored: {counted:?}");
    // The leader ends as well, and changes nothing.
    assert_eq!(leader.await, 1);
    assert_eq!(price(1, &gate).await, 1);
    let counted = counters(&cache, "price");
    assert_eq!((counted.loads, counted.fills, counted.hits), (2, 1, 1), "{counted:?}");
}

#[tokio::test]
async fn the_time_that_a_load_is_parked_is_not_its_sources() {
    let cache = testing::isolate();
    for id in 0..20 {
        let gate = Gate::new();
        let mut load = Box::pin(price(id, &gate));
        assert!(poll_once(load.as_mut()).await.is_none());
        gate.open();
        // In real time: so long nobody polls it.
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(load.await, id);
    }
    let time = counters(&cache, "price").load_time_p50_us.unwrap();
    assert!(time < 65_536, "half of the loads took {time} us and more");
}

#[cached(key = "slow-price:<id>", ttl = "1h")]
async fn slow_price(id: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(150)).await;
    id
}

#[tokio::test]
async fn the_time_that_a_call_is_parked_before_its_load_is_not_taken_from_the_load() {
    for kind in servers() {
        let server = Server::start(kind);
        let cache = Cache::builder().url(server.url()).connect_timeout(LONG).response_timeout(LONG);
        let cache = cache.build().await.expect("the server is up");
        cache.ready(LONG).await.expect("the server is up");
        let cache = testing::isolate_on(cache);
        for id in 0..3 {
            let mut load = Box::pin(slow_price(id));
            // It asks the server, and is not there when the answer comes.
            assert!(poll_once(load.as_mut()).await.is_none());
            std::thread::sleep(Duration::from_millis(400));
            assert_eq!(load.await, id);
        }
        let time = counters(&cache, "slow_price").load_time_p50_us.unwrap();
        assert!(time > 100_000, "half of the loads took {time} us and less");
    }
}
