//! `outage_ttl` is for a store that is away, and for policies that may have copies.

use cache_runtime::Coherence;

use super::*;

#[cached(key = "strict:<id>", ttl = "1h", tier = "remote", skip(rows))]
async fn read_strictly(rows: &Rows, id: u64) -> u64 {
    rows.get(id)
}

#[tokio::test]
async fn a_store_that_tells_of_no_changes_is_not_away() {
    let site = Site::new();
    let (cache, _) = site.process_with(|builder| builder.outage_ttl(3_600_000 * MS)).await;
    let rows = Rows::default();
    for _ in 0..3 {
        cache.scope(read(&rows, 7)).await;
    }
    let counted = of(&cache, "read");
    assert_eq!((counted.hits, counted.remote_hits, counted.loads), (0, 2, 1));
}

#[tokio::test]
async fn what_is_loaded_while_it_is_away_is_kept_unless_reads_are_strict() {
    let site = Site::new();
    let (cache, store) = site.process_with(|builder| builder.outage_ttl(3_600_000 * MS)).await;
    let rows = Rows::default();
    store.set(Mode::Refuses);
    for _ in 0..3 {
        cache.scope(read(&rows, 7)).await;
        cache.scope(read_strictly(&rows, 7)).await;
    }
    assert_eq!((of(&cache, "read").hits, of(&cache, "read").loads), (2, 1));
    assert_eq!((of(&cache, "read_strictly").hits, of(&cache, "read_strictly").loads), (0, 3));
}

#[tokio::test]
async fn copies_are_kept_by_ttl_where_somebody_says_so() {
    let site = Site::new();
    let (cache, store) = site.process_with(|builder| builder.coherence(Coherence::Ttl)).await;
    let rows = Rows::default();
    // The first call stores it, the second copies it.
    for _ in 0..4 {
        cache.scope(read(&rows, 7)).await;
        cache.scope(read_strictly(&rows, 7)).await;
    }
    let counted = of(&cache, "read");
    assert_eq!((counted.loads, counted.remote_hits, counted.hits), (1, 1, 2));
    let strict = of(&cache, "read_strictly");
    assert_eq!((strict.loads, strict.remote_hits, strict.hits), (1, 3, 0));
    // While the store is away nothing new is kept.
    store.set(Mode::Refuses);
    for _ in 0..2 {
        cache.scope(read(&rows, 8)).await;
    }
    assert_eq!(of(&cache, "read").loads, 3);
}
