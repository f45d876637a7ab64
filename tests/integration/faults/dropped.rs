//! Changes whose caller goes away while the store has not acknowledged them.

use std::pin::Pin;

use cache_runtime::{Coherence, entry, invalidate, transaction};

use super::*;
use crate::support::{now, poll_once, until};

const LONG: Duration = Duration::from_secs(20);

#[invalidates(read(id), guard = "off")]
async fn write_unguarded(rows: &Rows, id: u64, value: u64) -> Result<(), String> {
    rows.set(id, value);
    Ok(())
}

#[invalidates(tags = ["row:<id>"])]
async fn write_by_tag(rows: &Rows, id: u64, value: u64) -> Result<(), String> {
    rows.set(id, value);
    Ok(())
}

#[cached(key = "row:<id>", ttl = "1h", tags = ["row:<id>"], strategy = "write_through", value = value, skip(rows))]
async fn save(rows: &Rows, id: u64, value: u64) -> Result<(), String> {
    rows.set(id, value);
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Guarded,
    Unguarded,
    Tag,
    Save,
    Transaction,
    Statement,
    Invalidate,
    InvalidateTag,
    InvalidatePattern,
    MarkStale,
    Clear,
    Put,
}

const KINDS: [Kind; 12] = [
    Kind::Guarded,
    Kind::Unguarded,
    Kind::Tag,
    Kind::Save,
    Kind::Transaction,
    Kind::Statement,
    Kind::Invalidate,
    Kind::InvalidateTag,
    Kind::InvalidatePattern,
    Kind::MarkStale,
    Kind::Clear,
    Kind::Put,
];

/// Writes 1 where 0 was, and has it invalidated.
async fn change(kind: Kind, cache: Cache, rows: Rows) {
    let gate = open();
    match kind {
        Kind::Guarded => drop(write(&rows, 7, 1, &gate).await),
        Kind::Unguarded => drop(write_unguarded(&rows, 7, 1).await),
        Kind::Tag => drop(write_by_tag(&rows, 7, 1).await),
        Kind::Save => drop(save(&rows, 7, 1).await),
        Kind::Transaction => drop(transaction(write(&rows, 7, 1, &gate)).await),
        _ => rows.set(7, 1),
    }
    match kind {
        Kind::Statement => drop(invalidate!(read(7)).await),
        Kind::Invalidate => drop(cache.invalidate(entry!(read(7))).await),
        Kind::InvalidateTag => drop(cache.invalidate_tag("row:7").await),
        Kind::InvalidatePattern => drop(cache.invalidate_pattern("row:*").await),
        Kind::MarkStale => drop(cache.mark_stale(entry!(read(7))).await),
        Kind::Clear => drop(cache.clear().await),
        Kind::Put => drop(cache.put(entry!(read(7)), 1).await),
        _ => {}
    }
}

/// A change that has come to the store, which holds it.
async fn under_way(
    kind: Kind,
    cache: &IsolatedCache,
    store: &Faulty,
    rows: &Rows,
) -> (Pin<Box<dyn Future<Output = ()>>>, Gate) {
    let gate = Gate::new();
    store.set(Mode::HeldEnds(gate.clone()));
    let changing = cache.scope(change(kind, Cache::clone(cache), rows.clone()));
    let mut changing: Pin<Box<dyn Future<Output = ()>>> = Box::pin(changing);
    let start = Instant::now();
    while gate.arrivals() == 0 {
        assert!(start.elapsed() < LONG, "it does not come to the store");
        assert!(poll_once(Pin::new(&mut changing)).await.is_none(), "it is held");
        tokio::task::yield_now().await;
    }
    (changing, gate)
}

async fn patient_process() -> (IsolatedCache, Arc<Faulty>) {
    Site::new().process_with(|builder| builder.response_timeout(LONG)).await
}

#[tokio::test]
async fn who_drops_a_change_is_not_answered_with_what_it_ends() {
    for kind in KINDS {
        let (cache, store) = patient_process().await;
        let rows = Rows::default();
        cache.scope(read(&rows, 7)).await;
        let (changing, gate) = under_way(kind, &cache, &store, &rows).await;
        drop(changing);
        assert_eq!(now(cache.scope(read(&rows, 7))), 1, "{kind:?}");
        gate.open();
        store.set(Mode::Answers);
        told(&cache).await;
        assert_eq!(cache.scope(read(&rows, 7)).await, 1, "{kind:?}");
        assert_eq!(cache.health().remote.map(|remote| remote.owed), Some(0));
    }
}

#[tokio::test]
async fn nor_with_a_copy_that_somebody_made_of_it_meanwhile() {
    for kind in KINDS {
        let keep = |builder: CacheBuilder| builder.response_timeout(LONG).coherence(Coherence::Ttl);
        let (cache, store) = Site::new().process_with(keep).await;
        let rows = Rows::default();
        cache.scope(read(&rows, 7)).await;
        let (changing, gate) = under_way(kind, &cache, &store, &rows).await;
        let hits = of(&cache, "read").hits;
        // A guard keeps others from making copies.
        for _ in 0..2 {
            cache.scope(read(&rows, 7)).await;
        }
        let is_guarded = matches!(kind, Kind::Guarded | Kind::Save | Kind::Transaction | Kind::Put);
        assert_eq!(of(&cache, "read").hits > hits, !is_guarded, "{kind:?}");
        drop(changing);
        assert_eq!(cache.scope(read(&rows, 7)).await, 1, "{kind:?}");
        gate.open();
        store.set(Mode::Answers);
        told(&cache).await;
    }
}

#[tokio::test]
async fn what_the_store_has_acknowledged_is_not_sent_again_when_its_caller_goes() {
    for kind in KINDS {
        let (cache, store) = patient_process().await;
        let rows = Rows::default();
        cache.scope(read(&rows, 7)).await;
        let (changing, gate) = under_way(kind, &cache, &store, &rows).await;
        store.calls();
        store.set(Mode::Answers);
        gate.open();
        told(&cache).await;
        drop(changing);
        told(&cache).await;
        let sent: usize = store.calls().values().sum();
        // What this asks for in its caller's task has gone with that.
        let is_its_own = kind == Kind::InvalidatePattern;
        assert!(sent <= usize::from(is_its_own), "{kind:?}: {sent}");
    }
}

#[tokio::test]
async fn what_a_store_that_is_away_was_not_told_is_owed_once() {
    let (cache, store) = Site::new().process().await;
    store.set(Mode::Refuses);
    let owed = || cache.health().remote.map(|remote| (remote.owed, remote.overflows));
    let invalidate = async |id: u64| {
        let entry = cache.scope(async { entry!(read(id)) }).await;
        cache.invalidate(entry).await.unwrap_err();
    };
    for id in 0..10_000 {
        invalidate(id).await;
    }
    assert_eq!(owed(), Some((10_000, 0)));
    invalidate(5).await;
    assert_eq!(owed(), Some((10_000, 0)), "it was owed before");
    invalidate(10_000).await;
    assert_eq!(owed(), Some((1, 1)), "too much for one by one");
    store.set(Mode::Answers);
    until("it is paid", || owed() == Some((0, 1))).await;
}
