//! One call has one budget, however many requests it makes and whoever's store it is.

use super::*;
use crate::support::poll_once;

#[tokio::test]
async fn a_store_that_never_answers_costs_a_call_its_budget() {
    let (cache, store) = Site::new().process().await;
    let rows = Rows::default();
    store.set(Mode::Hangs);
    let start = Instant::now();
    for id in 0..2 {
        let call = tokio::time::timeout(50 * BUDGET, cache.scope(read(&rows, id)));
        assert_eq!(call.await, Ok(0), "it ends");
    }
    assert!(start.elapsed() >= 2 * BUDGET, "there was somebody to wait for");
    let error = cache.invalidate_pattern("row:*").await.unwrap_err().to_string();
    assert!(error.contains("in time (200ms)") && error.contains("`response_timeout`"), "{error}");
    assert_eq!(cache.health().remote.map(|shared| shared.timeouts), Some(3));
}

#[tokio::test]
async fn who_waits_for_a_flight_in_doubt_has_spent_that_when_it_loads() {
    let (cache, store) = Site::new().process().await;
    let (rows, gate) = (Rows::default(), Gate::new());
    let mut leader = Box::pin(cache.scope(read_slowly(&rows, 7, &gate)));
    assert!(poll_once(leader.as_mut()).await.is_none());
    gate.arrived(1).await;
    store.set(Mode::Hangs);
    // Nothing tells of changes, so it has to ask, in vain; then it waits for the leader's end, and loads.
    let other = cache.scope(read_slowly(&rows, 7, &gate));
    store.calls();
    let open = async {
        while store.count("read") == 0 {
            tokio::time::sleep(MS).await;
        }
        tokio::time::sleep(BUDGET + BUDGET / 4).await;
        gate.open();
    };
    tokio::join!(leader, other, open);
    assert_eq!(store.count("read"), 1, "its time was over with the first request");
}

#[tokio::test]
async fn a_write_does_not_wait_for_its_end_if_its_beginning_took_all_the_time() {
    let (cache, store) = Site::new().process().await;
    let rows = Rows::default();
    store.set(Mode::Hangs);
    let mut fastest = Duration::MAX;
    for value in 0..3 {
        let start = Instant::now();
        cache.scope(write(&rows, 7, value, &open())).await.unwrap();
        fastest = fastest.min(start.elapsed());
    }
    assert!(fastest >= BUDGET, "there was somebody to wait for: {fastest:?}");
    assert!(fastest < BUDGET * 7 / 4, "{fastest:?} is more than one budget");
}
