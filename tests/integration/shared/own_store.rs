//! A store of the caller's own in the place of a server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{
    Acquired, Begun, Envelope, Filled, InMemory, Key, Read, Scanned, Store, Tag, Token, Versions,
};
use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Cache, Result, cached, invalidates};

use super::{another_id, of};

/// Counts what it is asked, and hands it on.
struct Counting {
    store: InMemory,
    calls: Mutex<BTreeMap<&'static str, u32>>,
}

impl Counting {
    fn new() -> Arc<Self> {
        Arc::new(Self { store: InMemory::new(1_000), calls: Mutex::default() })
    }

    fn count(&self, call: &'static str) -> &InMemory {
        *self.calls.lock().unwrap().entry(call).or_default() += 1;
        &self.store
    }

    /// What was asked since the last time.
    fn calls(&self) -> Vec<(&'static str, u32)> {
        std::mem::take(&mut *self.calls.lock().unwrap()).into_iter().collect()
    }
}

#[async_trait]
impl Store for Counting {
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read> {
        self.count("read").read(key, tags).await
    }

    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired> {
        self.count("acquire").acquire(key, token, lease, observed).await
    }

    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled> {
        self.count("fill").fill(key, token, tags, value).await
    }

    async fn release(&self, key: &Key, token: Token) -> Result<()> {
        self.count("release").release(key, token).await
    }

    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool> {
        self.count("extend").extend(key, token, lease).await
    }

    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun> {
        self.count("begin").begin(key, token, guard).await
    }

    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled> {
        self.count("commit").commit(key, token, tags, value).await
    }

    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()> {
        self.count("abandon").abandon(key, token, hold).await
    }

    async fn lift(&self, key: &Key, token: Token) -> Result<()> {
        self.count("lift").lift(key, token).await
    }

    async fn invalidate(&self, key: &Key) -> Result<()> {
        self.count("invalidate").invalidate(key).await
    }

    async fn soften(&self, key: &Key) -> Result<()> {
        self.count("soften").soften(key).await
    }

    async fn versions(&self, tags: &[Tag]) -> Result<Versions> {
        self.count("versions").versions(tags).await
    }

    async fn bump(&self, tag: &Tag) -> Result<()> {
        self.count("bump").bump(tag).await
    }

    async fn clear(&self) -> Result<()> {
        self.count("clear").clear().await
    }

    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned> {
        self.count("scan").scan(prefix, cursor).await
    }
}

async fn process(store: &Arc<Counting>) -> IsolatedCache {
    let builder = Cache::builder().store(Arc::clone(store) as Arc<dyn Store>);
    // More than a busy machine needs.
    let builder = builder.response_timeout(Duration::from_secs(5));
    testing::isolate_on(builder.build().await.expect("it takes any store"))
}

#[cached(key = "own-store:<id>", ttl = "1h", tags = ["own-store:<id>"], skip(value))]
async fn get(id: u64, value: u64) -> u64 {
    value
}

#[invalidates(get(id))]
async fn change(id: u64) -> Result<()> {
    let _ = id;
    Ok(())
}

#[tokio::test]
async fn two_caches_on_one_store_share_its_values_and_what_ends_them() {
    let store = Counting::new();
    let (one, two) = (process(&store).await, process(&store).await);
    let id = another_id();

    assert_eq!(one.scope(get(id, 1)).await, 1);
    assert_eq!(store.calls(), [("acquire", 1), ("fill", 1), ("read", 1)]);
    for (cache, hits) in [(&one, 1), (&two, 1), (&one, 2), (&two, 2)] {
        assert_eq!(cache.scope(get(id, 2)).await, 1);
        // It tells nobody of changes, so that nobody keeps copies.
        assert_eq!((store.calls(), of(cache, "get").remote_hits), (vec![("read", 1)], hits));
    }
    assert_eq!((of(&one, "get").loads, of(&two, "get").loads), (1, 0));

    two.scope(change(id)).await.expect("the store is there");
    assert_eq!(store.calls(), [("begin", 1), ("commit", 1)]);
    assert_eq!((one.scope(get(id, 3)).await, two.scope(get(id, 4)).await), (3, 3));

    one.invalidate_tag(&format!("own-store:{id}")).await.expect("the store is there");
    assert_eq!((two.scope(get(id, 5)).await, one.scope(get(id, 6)).await), (5, 5));

    one.clear().await.expect("the store is there");
    assert_eq!((two.scope(get(id, 7)).await, one.scope(get(id, 8)).await), (7, 7));
}

#[tokio::test]
async fn a_store_and_the_url_of_one_are_one_too_many() {
    let builder = Cache::builder().url("memory://").store(Counting::new());
    let error = builder.build().await.expect_err("which of them");
    assert!(error.is_config() && error.to_string().contains("not both"), "{error}");
}
