//! `hold` of a function that writes through, over the remote tier.

use super::*;

#[cached(key = "row:<id>", ttl = "1h", tags = ["row:<id>"], strategy = "write_through", value = value, hold = "1h", skip(gate))]
async fn save(id: u64, value: u64, gate: &Gate) -> Result<(), String> {
    gate.pass().await;
    Ok(())
}

/// Nobody stores what a replica that lags behind still says.
async fn is_held(cache: &IsolatedCache, rows: &Rows) {
    let before = of(cache, "read").refused.busy;
    assert_eq!(cache.scope(read(rows, 7)).await, rows.get(7));
    assert_eq!((of(cache, "read").refused.busy, of(cache, "read").fills), (before + 1, 0));
}

#[tokio::test]
async fn no_process_stores_what_it_reads_for_as_long_as_overlapping_writers_hold() {
    let site = Site::new();
    let ((one, _), (two, _)) = (site.process().await, site.process().await);
    let (rows, gate) = (Rows::default(), Gate::new());
    let first = one.scope(save(7, 1, &gate));
    let second = async {
        gate.arrived(1).await;
        two.scope(save(7, 2, &open())).await.unwrap();
        gate.open();
    };
    let (first, ()) = tokio::join!(first, second);
    first.unwrap();
    told(&one).await;
    told(&two).await;
    for cache in [&one, &two] {
        is_held(cache, &rows).await;
    }
}

#[tokio::test]
async fn a_value_that_the_store_did_not_take_is_held_once_it_is_back() {
    let site = Site::new();
    let ((one, store), (two, _)) = (site.process().await, site.process().await);
    let (rows, gate) = (Rows::default(), Gate::new());
    let write = one.scope(save(7, 1, &gate));
    let meanwhile = async {
        gate.arrived(1).await;
        store.set(Mode::Refuses);
        gate.open();
    };
    let (written, ()) = tokio::join!(write, meanwhile);
    written.unwrap();
    store.set(Mode::Answers);
    told(&one).await;
    for cache in [&one, &two] {
        is_held(cache, &rows).await;
    }
}
