//! `refresh` where processes share a tier: what it brings is what everybody gets from then on.

use std::sync::Arc;

use cache_runtime::store::InMemory;
use cache_runtime::testing::{self, Gate, IsolatedCache};
use cache_runtime::{Cache, Coherence, cached, entry, refresh};
use tokio::task::JoinHandle;

use super::{Site, another_id, of};
use crate::support::source::Source;
use crate::support::store::Faulty;

#[cached(key = "refreshed:<id>", ttl = "1h", tags = ["refreshed:<id>"])]
async fn copied(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[cached(key = "refreshed-strictly:<id>", ttl = "1h", tags = ["refreshed:<id>"], tier = "remote")]
async fn strict(source: &Source, id: u64) -> u64 {
    source.load(id).await
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Copied,
    Strict,
}

const KINDS: [Kind; 2] = [Kind::Copied, Kind::Strict];

impl Kind {
    async fn call(self, cache: &IsolatedCache, source: &Source, id: u64) -> u64 {
        match self {
            Self::Copied => cache.scope(copied(source, id)).await,
            Self::Strict => cache.scope(strict(source, id)).await,
        }
    }

    async fn refresh(self, cache: &IsolatedCache, source: &Source, id: u64) -> u64 {
        match self {
            Self::Copied => cache.scope(refresh(copied(source, id))).await,
            Self::Strict => cache.scope(refresh(strict(source, id))).await,
        }
    }

    async fn mark_stale(self, cache: &IsolatedCache, id: u64) {
        let marked = match self {
            Self::Copied => cache.scope(async { cache.mark_stale(entry!(copied(id))).await }).await,
            Self::Strict => cache.scope(async { cache.mark_stale(entry!(strict(id))).await }).await,
        };
        marked.expect("the store is there");
    }

    fn spawn(
        self,
        cache: &IsolatedCache,
        source: &Source,
        id: u64,
        refreshes: bool,
    ) -> JoinHandle<u64> {
        let source = source.clone();
        let calls = async move {
            match (self, refreshes) {
                (Self::Copied, false) => copied(&source, id).await,
                (Self::Copied, true) => refresh(copied(&source, id)).await,
                (Self::Strict, false) => strict(&source, id).await,
                (Self::Strict, true) => refresh(strict(&source, id)).await,
            }
        };
        tokio::spawn(cache.scope(calls))
    }
}

#[tokio::test]
async fn what_a_refresh_brings_is_stored_and_not_what_was_read_before_it() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        for kind in KINDS {
            for (in_other, refreshes) in
                [(false, true), (true, true), (false, false), (true, false)]
            {
                let (source, id) = (Source::default(), another_id());
                source.set(id, 1);
                assert_eq!(kind.call(&one, &source, id).await, 1);
                // Beside the value there will be the lease of a load that reads 2.
                if !refreshes {
                    kind.mark_stale(&one, id).await;
                }
                source.set(id, 2);
                let gate = source.slow_down_next();
                let loads = if in_other { &two } else { &one };
                let before = kind.spawn(loads, &source, id, refreshes);
                gate.arrived(1).await;
                source.set(id, 3);
                assert_eq!(kind.refresh(&one, &source, id).await, 3);
                gate.open();
                assert_eq!(before.await.unwrap(), 2);
                let told = (site.process().await, format!("{kind:?}, {in_other}, {refreshes}"));
                source.set(id, 4);
                for cache in [&told.0, &one] {
                    assert_eq!(kind.call(cache, &source, id).await, 3, "{}", told.1);
                }
                assert_eq!(source.loads(), 3, "{}", told.1);
            }
        }
    }
}

async fn process(shared: &Arc<InMemory>, coherence: Coherence) -> (IsolatedCache, Arc<Faulty>) {
    let store = Faulty::new(shared);
    let builder = Cache::builder().store(Arc::clone(&store) as _).coherence(coherence);
    (testing::isolate_on(builder.build().await.expect("it takes any store")), store)
}

#[tokio::test]
async fn a_load_that_comes_between_does_not_keep_a_refresh_from_being_stored() {
    for kind in KINDS {
        for stores in [false, true] {
            let shared = Arc::new(InMemory::new(1_000));
            let (one, store) = process(&shared, Coherence::Push).await;
            let (two, _) = process(&shared, Coherence::Push).await;
            let (source, id, asks) = (Source::default(), another_id(), Gate::new());
            source.set(id, 1);
            store.hold("acquire", 1, &asks);
            let refreshed = kind.spawn(&one, &source, id, true);
            asks.arrived(1).await;
            let slow = source.slow_down_next();
            let between = kind.spawn(&two, &source, id, false);
            slow.arrived(1).await;
            if stores {
                slow.open();
                assert_eq!(between.await.unwrap(), 1);
                source.set(id, 2);
                asks.open();
                assert_eq!(refreshed.await.unwrap(), 2);
            } else {
                source.set(id, 2);
                asks.open();
                assert_eq!(refreshed.await.unwrap(), 2);
                slow.open();
                assert_eq!(between.await.unwrap(), 1);
            }
            source.set(id, 3);
            assert_eq!(kind.call(&two, &source, id).await, 2, "{kind:?}, {stores}");
        }
    }
}

#[tokio::test]
async fn a_refresh_ends_the_copy_of_its_own_process_where_nothing_is_reported() {
    let (cache, _) = process(&Arc::new(InMemory::new(1_000)), Coherence::Ttl).await;
    let (source, id) = (Source::default(), another_id());
    source.set(id, 1);
    for _ in 0..3 {
        assert_eq!(Kind::Copied.call(&cache, &source, id).await, 1);
    }
    assert_eq!(of(&cache, "copied").hits, 1, "it keeps a copy");
    source.set(id, 2);
    assert_eq!(Kind::Copied.refresh(&cache, &source, id).await, 2);
    source.set(id, 3);
    for _ in 0..2 {
        assert_eq!(Kind::Copied.call(&cache, &source, id).await, 2);
    }
    assert_eq!(of(&cache, "copied").hits, 2, "of what it brought there is one as well");
}
