//! What can be given to a cache, so that one check runs on a naive cache and on ours.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::store::{InMemory, Store};
use cache_runtime::testing::{self, Gate};
use cache_runtime::{Cache, PolicySettings, cached, entry};

use crate::support::{counters, now, poll_once};

pub(super) trait Subject {
    /// Makes a cache whose settings are this text.
    fn connect(text: &str);
    /// Reads, stores and invalidates under this text.
    fn read(text: &str);
    /// Stores a value for so long.
    fn keep(ttl: Duration);
    /// Waits at most so long for a load, for a store, and for what is to be done.
    fn wait(limit: Duration);
    /// Holds at most so much.
    fn limit(most: u64);
}

#[cached(key = "any:<text>", ttl = "1h", tags = ["any:<text>"])]
async fn any(text: &str) -> usize {
    text.len()
}

#[cached(key = "kept:<id>", ttl = ttl, none_ttl = "1s", skip(ttl))]
async fn kept(id: u64, ttl: Duration) -> Option<u64> {
    (id > 0).then_some(id)
}

#[cached(key = "awaited", ttl = "1h", skip(gate))]
async fn awaited(gate: &Gate) -> u64 {
    gate.pass().await;
    7
}

/// The library.
pub(super) struct Ours;

impl Subject for Ours {
    fn connect(text: &str) {
        // Whether it works is not asked here.
        drop(now(Cache::builder().url(text).build()));
        drop(now(Cache::builder().namespace(text).build()));
        drop(now(Cache::builder().policy(text, PolicySettings::off).build()));
    }

    fn read(text: &str) {
        let cache = testing::isolate();
        for _ in 0..2 {
            assert_eq!(now(any(text)), text.len());
        }
        let _ = now(cache.put(entry!(any(text)), 7));
        now(cache.invalidate(entry!(any(text)))).expect("memory does not fail");
        now(cache.invalidate_tag(text)).expect("memory does not fail");
        drop(cache.explain(&entry!(any(text))).to_string());
    }

    fn keep(ttl: Duration) {
        let cache = testing::isolate_with(|builder| builder.policy("any", |any| any.ttl(ttl)));
        for id in [0, 1, 1] {
            assert_eq!(now(kept(id, ttl)), (id > 0).then_some(id));
        }
        now(any("kept"));
        now(cache.put_for(entry!(kept(2)), Some(2), ttl)).expect("a number can be stored");
        cache.clock().advance(Duration::from_secs(1));
        drop(cache.explain(&entry!(kept(2))).to_string());
    }

    fn wait(limit: Duration) {
        let cache = testing::isolate_with(|builder| builder.max_wait(limit));
        let gate = Gate::new();
        let (mut leader, mut waiting) = (Box::pin(awaited(&gate)), Box::pin(awaited(&gate)));
        assert!(now(poll_once(leader.as_mut())).is_none());
        assert!(now(poll_once(waiting.as_mut())).is_none());
        assert_eq!(counters(&cache, "awaited").joins, 1, "it waits");
        drop((leader, waiting, cache));
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.expect("it takes no drivers").block_on(wait_for_a_store(limit));
    }

    fn limit(most: u64) {
        for id in 0..20 {
            let cache = testing::isolate_with(|builder| builder.max_entries(most).max_bytes(most));
            assert_eq!(now(any(&"x".repeat(id))), id);
            drop(now(cache.put(entry!(any("x")), id)));
        }
        drop(now(Cache::builder().max_entries(most).build()));
        drop(now(Cache::builder().max_bytes(most).build()));
    }
}

/// Asks a store, and waits until it is there and has been told of everything.
async fn wait_for_a_store(limit: Duration) {
    let store: Arc<dyn Store> = Arc::new(InMemory::new(1_000));
    let builder = Cache::builder().store(store).response_timeout(limit).connect_timeout(limit);
    let shared = testing::isolate_on(builder.build().await.expect("it takes any store"));
    shared.ready(limit).await.expect("it is there");
    assert_eq!(any("shared").await, 6);
    // Whether there was time for it is not asked here.
    drop(shared.put(entry!(any("shared")), 6).await);
    drop(shared.invalidate_pattern("any:*").await);
    drop(shared.shutdown(limit).await);
}

/// Takes the input for what it should be.
pub(super) struct Naive;

impl Subject for Naive {
    fn connect(text: &str) {
        let (scheme, host) = text.split_once("://").expect("a URL has a scheme");
        drop((scheme.to_owned(), host.to_owned()));
    }

    fn read(text: &str) {
        // Long keys are cut, wherever that is.
        drop(text[..text.len().min(64)].to_owned());
    }

    fn keep(ttl: Duration) {
        let _expires = Instant::now() + ttl;
    }

    fn wait(limit: Duration) {
        let _until = Instant::now() + limit;
    }

    fn limit(most: u64) {
        let entries: HashMap<u64, u64> =
            HashMap::with_capacity(usize::try_from(most).expect("as wide as a pointer"));
        drop(entries);
    }
}
