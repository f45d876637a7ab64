//! A load on a server that fails, is cancelled, or brings a value that is not stored: who waits, and who loads next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cache_runtime::testing::Gate;
use cache_runtime::{Ambient, cached, traced};

use super::*;

/// A source whose loads wait at a gate, and fail as long as it is down.
#[derive(Clone, Debug)]
struct Source {
    gate: Gate,
    is_down: Arc<AtomicBool>,
}

impl Ambient for Source {}

impl Source {
    fn down() -> Self {
        Self { gate: Gate::new(), is_down: Arc::new(AtomicBool::new(true)) }
    }

    fn up() -> Self {
        let source = Self::down();
        source.is_down.store(false, Ordering::SeqCst);
        source
    }

    async fn load(&self, id: u64) -> Option<u64> {
        self.gate.pass().await;
        (!self.is_down.load(Ordering::SeqCst)).then_some(id)
    }
}

/// As of a database: it cannot be cloned.
#[derive(Debug, PartialEq)]
struct Down;

#[derive(Clone, Debug, PartialEq)]
struct Shareable;

#[cached(key = "ended:<id>", ttl = "1h")]
async fn aside(source: &Source, id: u64) -> Result<u64, Down> {
    source.load(id).await.ok_or(Down)
}

#[cached(key = "ended-shared:<id>", ttl = "1h")]
async fn shareable(source: &Source, id: u64) -> Result<u64, Shareable> {
    source.load(id).await.ok_or(Shareable)
}

#[cached(key = "ended-locked:<id>", ttl = "1h", strategy = "lock")]
async fn locked(source: &Source, id: u64) -> Result<u64, Down> {
    source.load(id).await.ok_or(Down)
}

#[cached(key = "ended-large:<size>", ttl = "1h")]
async fn text(size: usize) -> String {
    "x".repeat(size)
}

type Calls<T> = Vec<tokio::task::JoinHandle<T>>;

macro_rules! calls {
    ($cache:expr, $read:ident($source:expr, $id:expr), $many:expr) => {{
        let call = || {
            let (source, id) = ($source.clone(), $id);
            tokio::spawn($cache.scope(async move { $read(&source, id).await }))
        };
        std::iter::repeat_with(call).take($many).collect::<Calls<_>>()
    }};
}

#[tokio::test]
async fn who_takes_over_from_a_cancelled_load_stores_what_it_loads() {
    for site in Site::each() {
        let cache = site.process().await;
        for round in 1..=8 {
            let (source, id) = (Source::up(), another_id());
            let mut calls = calls!(cache, aside(source, id), 1);
            source.gate.arrived(1).await;
            calls.extend(calls!(cache, aside(source, id), 10));
            until("the others wait", || of(&cache, "aside").joins >= 10 * round).await;
            let leader = calls.swap_remove(0);
            leader.abort();
            assert!(leader.await.is_err());
            source.gate.arrived(2).await;
            source.gate.open();
            for call in calls {
                assert_eq!(call.await.unwrap(), Ok(id));
            }
            let (loads, fills) = (of(&cache, "aside").loads, of(&cache, "aside").fills);
            assert_eq!((loads, fills), (round, round), "{}", cache.snapshot());
            let (_, outcome) = cache.scope(traced(aside(&source, id))).await;
            assert!(outcome.is_hit(), "{}", outcome.reason());
        }
    }
}

#[tokio::test]
async fn a_load_that_begins_when_another_of_its_process_has_failed_is_stored() {
    for site in Site::each() {
        let cache = site.process().await;
        for round in 1..=15 {
            let (source, id) = (Source::down(), another_id());
            source.gate.open();
            assert_eq!(cache.scope(shareable(&source, id)).await, Err(Shareable));
            source.is_down.store(false, Ordering::SeqCst);
            // Its lease may still be on the server.
            assert_eq!(cache.scope(shareable(&source, id)).await, Ok(id));
            assert_eq!(of(&cache, "shareable").fills, round, "{}", cache.snapshot());
        }
    }
}

#[tokio::test]
async fn a_value_that_is_too_large_is_so_at_every_call() {
    for site in Site::each() {
        let cache = site.process().await;
        for _ in 0..5 {
            let (_, outcome) = cache.scope(traced(text(2 << 20))).await;
            assert_eq!(outcome.reason(), "loaded, not stored: the value is too large");
        }
        assert_eq!(of(&cache, "text").refused.too_large, 5);
    }
}

#[tokio::test]
async fn under_a_lock_too_a_load_that_fails_sends_everyone_to_the_source_at_once() {
    for site in Site::each() {
        let caches = [site.process().await, site.process().await, site.process().await];
        let (source, id) = (Source::down(), another_id());
        let mut calls = calls!(caches[0], locked(source, id), 1);
        source.gate.arrived(1).await;
        for (cache, many) in caches.iter().zip([19, 20, 20]) {
            calls.extend(calls!(cache, locked(source, id), many));
        }
        for cache in &caches {
            // One of the others may have come before the leader knew whose lease it waits for, and wait beside it.
            let others = || of(cache, "locked").joins;
            until("the others wait", || of(cache, "locked").misses == 20 && others() >= 17).await;
        }
        for cache in &caches[1..] {
            until("their leader waits for the lease", || of(cache, "locked").lease_waits > 0).await;
        }
        source.gate.let_one_through();
        // Each for its own answer: nobody waits through a second failure.
        source.gate.arrived(60).await;
        source.gate.open();
        for call in calls {
            assert_eq!(call.await.unwrap(), Err(Down));
        }
        assert_eq!(source.gate.arrivals(), 60, "each asked once");

        source.is_down.store(false, Ordering::SeqCst);
        assert_eq!(caches[2].scope(locked(&source, id)).await, Ok(id));
        until_it_answers(&true, async || {
            caches[1].scope(traced(locked(&source, id))).await.1.is_hit()
        })
        .await;
    }
}
