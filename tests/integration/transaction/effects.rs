//! What is said inside of a transaction takes effect at its end, in whatever way it is said and however that ends.

use std::time::Duration;

use cache_runtime::testing::{self, Gate};
use cache_runtime::{Cache, CacheSlot, cached, entry, invalidates, refresh, traced, transaction};

use super::ways::{Failed, Result, WAYS, Way, shelf};
use crate::support::source::Source;
use crate::support::{poll_once, settle};

const OWN: &str = "written by the function or the transaction around the call";
/// How long a statement may run that nobody waits for any more.
const GUARD: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Commit,
    Err,
    Panic,
    Dropped,
}

/// With shelf 1 at 1, and cached.
async fn cached_at_one() -> Source {
    let source = Source::default();
    source.set(1, 1);
    shelf(&source, 1, 1).await;
    source
}

#[tokio::test]
async fn what_a_transaction_has_touched_is_neither_answered_from_the_cache_nor_stored_inside() {
    for way in WAYS {
        let cache = testing::isolate();
        let source = cached_at_one().await;
        transaction(async {
            way.say(&cache, 1, 2).await?;
            source.set(1, 2);
            for _ in 0..2 {
                let (read, outcome) = traced(shelf(&source, 1, 1)).await;
                assert_eq!((read, outcome.reason()), (2, OWN), "{way:?}");
            }
            assert_eq!(refresh(shelf(&source, 1, 1)).await, 2, "{way:?}");
            assert_eq!(cache.peek(entry!(shelf(1, 1))).await, None, "{way:?}");
            assert_eq!(cache.get_many([entry!(shelf(1, 1))]).await, [None], "{way:?}");
            Result::Ok(())
        })
        .await
        .unwrap();
        let left = way.leaves_the_value().then_some(2);
        assert_eq!(cache.peek(entry!(shelf(1, 1))).await, left, "{way:?}");
    }
}

/// Says it in a transaction, lets others read before the commit, and ends the transaction so. What is committed after a
/// panic or a drop, was on its way by then.
async fn read_in_between(cache: &Cache, source: &Source, way: Way, end: End) {
    let gate = Gate::new();
    let writing = tokio::spawn({
        let (cache, source, gate) = (cache.clone(), source.clone(), gate.clone());
        transaction(async move {
            way.say(&cache, 1, 2).await?;
            gate.pass().await;
            match end {
                End::Commit => source.set(1, 2),
                End::Err => {
                    source.set(1, 2);
                    return Err(Failed);
                }
                End::Panic => panic!("the transaction panics, as the test asked it to"),
                End::Dropped => std::future::pending().await,
            }
            Ok(())
        })
    });
    gate.arrived(1).await;
    for _ in 0..2 {
        assert_eq!(shelf(source, 1, 1).await, 1, "{way:?} {end:?}: nothing is committed yet");
    }
    gate.open();
    settle().await;
    writing.abort();
    let _ = writing.await;
}

#[tokio::test]
async fn what_others_read_before_the_end_does_not_outlive_it() {
    for way in WAYS {
        for end in [End::Commit, End::Err] {
            let cache = testing::isolate();
            let source = cached_at_one().await;
            read_in_between(&cache, &source, way, end).await;
            assert_eq!(shelf(&source, 1, 1).await, 2, "{way:?} {end:?}");
            cache.clock().advance(GUARD);
            for _ in 0..2 {
                assert_eq!(shelf(&source, 1, 1).await, 2, "{way:?} {end:?}");
            }
            assert_eq!(cache.peek(entry!(shelf(1, 1))).await, Some(2), "{way:?} {end:?}");
        }
    }
}

#[tokio::test]
async fn what_a_commit_still_writes_after_a_panic_or_a_drop_is_read_once_the_guards_have_ended() {
    for way in WAYS {
        for end in [End::Panic, End::Dropped] {
            let cache = testing::isolate();
            let source = cached_at_one().await;
            read_in_between(&cache, &source, way, end).await;
            assert_eq!(shelf(&source, 1, 1).await, 1, "{way:?} {end:?}");
            let slow = source.slow_down_next();
            let read_before = async {
                shelf(&source, 7, 1).await;
            };
            let commit = async {
                slow.arrived(1).await;
                source.set(1, 2);
                cache.clock().advance(GUARD);
                slow.open();
            };
            tokio::join!(read_before, commit);
            assert_eq!(shelf(&source, 1, 1).await, 2, "{way:?} {end:?}");
            assert_eq!(cache.peek(entry!(shelf(1, 1))).await, Some(2), "{way:?} {end:?}");
        }
    }
}

/// A function that ends its shelf by a tag, and is not done before somebody says so.
#[invalidates(tags = ["shelf:<id>"])]
async fn slow_by_tag(id: u64, gate: Gate) -> Result {
    gate.pass().await;
    Ok(())
}

#[tokio::test]
async fn a_write_that_is_cancelled_inside_ends_at_the_commit_as_well() {
    let cache = testing::isolate();
    let source = cached_at_one().await;
    let (written, commit) = (Gate::new(), Gate::new());
    let writing = tokio::spawn({
        let (source, written, commit) = (source.clone(), written.clone(), commit.clone());
        cache.scope(transaction(async move {
            let mut write = Box::pin(slow_by_tag(1, written));
            assert!(poll_once(write.as_mut()).await.is_none());
            drop(write);
            commit.pass().await;
            source.set(1, 2);
            Result::Ok(())
        }))
    });
    commit.arrived(1).await;
    assert_eq!(shelf(&source, 1, 1).await, 1, "nothing is committed yet");
    commit.open();
    writing.await.unwrap().unwrap();
    assert_eq!(shelf(&source, 1, 1).await, 2);
    // The statement may have run on for as long as a guard stands.
    source.set(1, 3);
    cache.clock().advance(GUARD);
    assert_eq!(shelf(&source, 1, 1).await, 3);
}

#[tokio::test]
async fn a_load_that_runs_while_all_that_was_cleared_ends_again_is_not_stored() {
    let cache = testing::isolate();
    let source = cached_at_one().await;
    read_in_between(&cache, &source, Way::Clear, End::Dropped).await;
    let slow = source.slow_down_next();
    let reads = async {
        // Joins the first before the time, and must not after it.
        let first = shelf(&source, 1, 1);
        let then = async {
            slow.arrived(1).await;
            source.set(1, 2);
            cache.clock().advance(GUARD);
            let late = shelf(&source, 1, 1).await;
            slow.open();
            late
        };
        tokio::join!(first, then)
    };
    assert_eq!(reads.await, (1, 2));
    assert_eq!(shelf(&source, 1, 1).await, 2);
}

#[tokio::test]
async fn what_a_transaction_has_not_touched_is_answered_from_the_cache() {
    for way in WAYS {
        let cache = testing::isolate();
        let source = cached_at_one().await;
        loaf(&source, 5).await;
        loaf_of_catalog(&source, 5).await;
        transaction(async {
            way.say(&cache, 1, 2).await?;
            let hit = traced(loaf(&source, 5)).await.1;
            assert_eq!(hit.is_hit(), way != Way::Clear, "{way:?}");
            assert!(traced(loaf_of_catalog(&source, 5)).await.1.is_hit(), "{way:?}: another cache");
            assert!(cache.peek(entry!(loaf(5))).await.is_some() || way == Way::Clear);
            Result::Ok(())
        })
        .await
        .unwrap();
        let left = cache.peek(entry!(loaf(5))).await;
        assert_eq!(left.is_some(), way != Way::Clear, "{way:?}");
    }
}

static CATALOG: CacheSlot = CacheSlot::new("catalog");

#[cached(key = "loaf:<id>", ttl = "1h", tags = ["loaves"])]
async fn loaf(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

/// Under keys and tags of another cache that are also those of [`loaf`].
#[cached(key = "loaf:<id>", ttl = "1h", tags = ["of-catalog"], cache = CATALOG)]
async fn loaf_of_catalog(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "crumbs:<id>", ttl = "1h", tags = ["loaves"], cache = CATALOG)]
async fn crumbs(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[invalidates(loaf(id))]
async fn eat(id: u64) -> Result {
    Ok(())
}

#[invalidates(tags = ["loaves"])]
async fn eat_all() -> Result {
    Ok(())
}

#[tokio::test]
async fn of_several_caches_those_are_touched_that_are_meant() {
    let cache = testing::isolate();
    let source = Source::default();
    let read = async || {
        let loaf = traced(loaf(&source, 1)).await.1;
        let other = traced(loaf_of_catalog(&source, 1)).await.1;
        (loaf.is_hit(), other.is_hit(), traced(crumbs(&source, 1)).await.1.is_hit())
    };
    read().await;
    transaction(async {
        assert_eq!(read().await, (true, true, true));
        eat(1).await?;
        assert_eq!(read().await, (false, true, true), "the entry of one");
        cache.invalidate_tag("loaves").await?;
        assert_eq!(read().await, (false, true, true), "the tag in one");
        eat_all().await?;
        assert_eq!(read().await, (false, true, false), "the tag in all that have it");
        Result::Ok(())
    })
    .await
    .unwrap();
    assert_eq!(read().await, (false, true, false));
}

#[tokio::test]
async fn a_scope_in_a_scope_ends_with_the_outer_one() {
    let cache = testing::isolate();
    let source = cached_at_one().await;
    transaction(async {
        transaction(async {
            Way::InvalidateTag.say(&cache, 1, 2).await?;
            Result::Ok(())
        })
        .await?;
        source.set(1, 2);
        assert_eq!(shelf(&source, 1, 1).await, 2);
        let other = source.clone();
        tokio::spawn(async move { shelf(&other, 1, 1).await }).await.unwrap();
        Result::Ok(())
    })
    .await
    .unwrap();
    assert_eq!(cache.peek(entry!(shelf(1, 1))).await, None, "not ended by the inner one alone");
}

#[tokio::test]
async fn what_is_put_after_its_tag_was_ended_is_not_kept() {
    let cache = testing::isolate();
    let source = cached_at_one().await;
    transaction(async {
        cache.invalidate_tag("shelves").await?;
        cache.put(entry!(shelf(1, 1)), 2).await?;
        source.set(1, 2);
        Result::Ok(())
    })
    .await
    .unwrap();
    assert_eq!(shelf(&source, 1, 1).await, 2);
}
