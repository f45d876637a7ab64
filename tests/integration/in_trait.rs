//! Options of a trait and of the types that implement it: what agrees is cached, and reached through the trait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::{
    CacheSlot, KeyPart, cache_policy, cached, entry, invalidate, invalidates, testing,
};

/// The ttl of the trait, which the type gives as a text.
const HOUR: Duration = Duration::from_hours(1);

/// Options of the block and of the method, in the other's place and order at the type.
#[cache_policy(tags = ["all"], skip(self))]
#[async_trait]
trait Posts: Send + Sync {
    #[cached(
        key = "post:<team>:<id>",
        ttl = HOUR,
        tags = ["team:<team>", "posts"],
        group(team),
        group(),
        none_ttl = "1m",
        local_ttl = "5s",
        version = 2,
        codec = "json",
        compress = "lz4"
    )]
    async fn get(&self, team: &str, id: u64) -> Option<u64>;
}

#[derive(Default)]
struct Pg(AtomicU64);

impl Pg {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[cache_policy(
    ttl = "1h",
    codec = "json",
    compress = "lz4",
    local_ttl = "5000ms",
    tags = ["posts"],
    skip(self)
)]
#[async_trait]
impl Posts for Pg {
    #[cached(
        key = "post:<of>:<number>",
        tags = ["all", "team:<of>"],
        none_ttl = "60s",
        version = 2,
        group(),
        group(of),
        store_if = |post| *post > 0,
        strategy = "lock"
    )]
    async fn get(&self, of: &str, number: u64) -> Option<u64> {
        (!of.is_empty() && number > 0).then(|| self.next())
    }
}

#[tokio::test]
async fn what_agrees_is_reached_through_the_trait_in_every_way() {
    let cache = testing::isolate();
    let posts: Arc<dyn Posts> = Arc::new(Pg::default());
    let get = || posts.get("a", 7);
    assert_eq!((get().await, get().await), (Some(1), Some(1)));
    invalidate!(posts.get("a", 7)).await.unwrap();
    assert_eq!(get().await, Some(2));
    invalidate!(posts.get("a", _)).await.unwrap();
    assert_eq!(get().await, Some(3));
    invalidate!(posts.get(_, _)).await.unwrap();
    assert_eq!(get().await, Some(4));
    for (tag, loaded) in [("all", 5), ("team:a", 6), ("posts", 7)] {
        cache.invalidate_tag(tag).await.unwrap();
        assert_eq!(get().await, Some(loaded), "{tag}");
    }
}

#[tokio::test]
async fn what_is_put_through_the_trait_carries_what_the_type_declares() {
    let cache = testing::isolate();
    let posts: Arc<dyn Posts> = Arc::new(Pg::default());
    cache.put(entry!(posts.get("a", 7)), Some(50)).await.unwrap();
    assert_eq!(posts.get("a", 7).await, Some(50));
    invalidate!(tags = ["posts"]).await.unwrap();
    assert_eq!(posts.get("a", 7).await, Some(1));
    cache.put(entry!(posts.get("a", 7)), Some(60)).await.unwrap();
    cache.clock().advance(HOUR + Duration::from_secs(1));
    assert_eq!(posts.get("a", 7).await, Some(2));
}

struct Service {
    posts: Arc<dyn Posts>,
}

impl Service {
    #[cached(strategy = "write_through", writes = self.posts.get(team, id), value = post)]
    async fn save(&self, team: &str, id: u64, post: u64) {}

    #[invalidates(self.posts.get(team, _))]
    async fn touch(&self, team: &str) {}
}

#[tokio::test]
async fn what_is_written_through_the_trait_ends_with_the_tags_of_the_type() {
    let _cache = testing::isolate();
    let service = Service { posts: Arc::new(Pg::default()) };
    service.save("a", 7, 40).await;
    assert_eq!(service.posts.get("a", 7).await, Some(40));
    invalidate!(tags = ["team:a"]).await.unwrap();
    assert_eq!(service.posts.get("a", 7).await, Some(1));
    service.touch("a").await;
    assert_eq!(service.posts.get("a", 7).await, Some(2));
}

static SHELF: CacheSlot = CacheSlot::new("shelf of a trait");

/// A cache of its own, of which the trait says it for all and the type for one.
#[cache_policy(cache = SHELF, skip(self))]
#[async_trait]
trait Shelved: Send + Sync {
    #[cached(key = "shelved:<id>", ttl = HOUR)]
    async fn shelved(&self, id: u64) -> u64;
}

#[cache_policy(skip(self))]
#[async_trait]
impl Shelved for Pg {
    #[cached(key = "shelved:<id>", ttl = HOUR, cache = SHELF)]
    async fn shelved(&self, id: u64) -> u64 {
        id + self.next()
    }
}

#[tokio::test]
async fn a_reference_through_the_trait_looks_in_the_cache_of_the_type() {
    let _cache = testing::isolate();
    let shelf: Arc<dyn Shelved> = Arc::new(Pg::default());
    assert_eq!((shelf.shelved(10).await, shelf.shelved(10).await), (11, 11));
    invalidate!(shelf.shelved(10)).await.unwrap();
    assert_eq!(shelf.shelved(10).await, 12);
}

/// Two types whose entries a method of `self` tells apart, also where only the trait is known.
#[cache_policy(ttl = "1m", skip(self))]
#[async_trait]
trait Region: Send + Sync {
    fn name(&self) -> &str;

    #[cached(key = "rate:<self.name()>:<currency>")]
    async fn rate(&self, currency: &str) -> u64;
}

struct Of {
    name: &'static str,
    rates: AtomicU64,
}

#[cache_policy(ttl = "1m", skip(self.rates))]
#[async_trait]
impl Region for Of {
    fn name(&self) -> &str {
        self.name
    }

    #[cached(key = "rate:<self.name>:<currency>")]
    async fn rate(&self, currency: &str) -> u64 {
        currency.len() as u64 * 100 + self.rates.fetch_add(1, Ordering::Relaxed)
    }
}

struct Fixed(u64);

#[cache_policy(ttl = "1m", skip(self.0))]
#[async_trait]
impl Region for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    #[cached(key = "rate:<self.name()>:<code>")]
    async fn rate(&self, code: &str) -> u64 {
        self.0 + code.len() as u64
    }
}

#[tokio::test]
async fn a_method_in_the_key_tells_types_apart_behind_dyn() {
    let cache = testing::isolate();
    let of = |name| Of { name, rates: AtomicU64::new(0) };
    let regions: [Arc<dyn Region>; 3] =
        [Arc::new(of("eu")), Arc::new(of("us")), Arc::new(Fixed(1))];
    let [eu, us, fixed] = &regions;
    eu.rate("EUR").await;
    invalidate!(eu.rate("EUR")).await.unwrap();
    let rates = (eu.rate("EUR").await, us.rate("EUR").await, fixed.rate("EUR").await);
    assert_eq!(rates, (301, 300, 4));
    assert_eq!(cache.peek(entry!(eu.rate("EUR"))).await, Some(301));
    invalidate!(us.rate("EUR")).await.unwrap();
    assert_eq!((eu.rate("EUR").await, us.rate("EUR").await), (301, 301));
}

/// The same by a constant, where the type is known.
#[cache_policy(ttl = "1m", skip(self))]
trait Named {
    const NAME: &'static str;

    #[cached(key = "named:<Self::NAME>:<id>")]
    async fn get(&self, id: u64) -> u64;
}

struct One;
struct Two;

#[cache_policy(ttl = "1m", skip(self))]
impl Named for One {
    const NAME: &'static str = "one";

    #[cached(key = "named:<Self::NAME>:<id>")]
    async fn get(&self, id: u64) -> u64 {
        id + 1
    }
}

#[cache_policy(ttl = "1m", skip(self))]
impl Named for Two {
    const NAME: &'static str = "two";

    #[cached(key = "named:<Two::NAME>:<id>")]
    async fn get(&self, id: u64) -> u64 {
        id + 2
    }
}

#[tokio::test]
async fn a_constant_in_the_key_tells_types_apart_where_the_type_is_known() {
    async fn load_and_peek<N: Named>(named: &N, cache: &cache_runtime::Cache) -> Option<u64> {
        named.get(10).await;
        cache.peek(entry!(named.get(10))).await
    }
    let cache = testing::isolate();
    let found = (load_and_peek(&One, &cache).await, load_and_peek(&Two, &cache).await);
    assert_eq!(found, (Some(11), Some(12)));
}

/// A trait with a parameter, of which one type has two.
#[cache_policy(ttl = "1m", skip(self, K))]
trait Find<K: KeyPart + Send + Sync> {
    #[cached(key = "find:<key>")]
    async fn find(&self, key: K) -> Option<u64>;
}

#[cache_policy(ttl = "1m", skip(self, K))]
impl<K: KeyPart + Into<u64> + Copy + Send + Sync> Find<K> for One {
    #[cached(key = "find:<key>")]
    async fn find(&self, key: K) -> Option<u64> {
        Some(key.into())
    }
}

#[cache_policy(ttl = "1m", skip(self))]
impl Find<u64> for Two {
    #[cached(key = "find:<key>")]
    async fn find(&self, key: u64) -> Option<u64> {
        Some(key + 1)
    }
}

#[cache_policy(ttl = "1m", skip(self))]
impl Find<&str> for Two {
    #[cached(key = "find:<key>", companion = find_by_name)]
    async fn find(&self, key: &str) -> Option<u64> {
        Some(key.len() as u64)
    }
}

#[tokio::test]
async fn a_trait_may_have_parameters() {
    let cache = testing::isolate();
    assert_eq!((One.find(7_u8).await, Two.find(8_u64).await), (Some(7), Some(9)));
    assert_eq!(Two.find("four").await, Some(4));
    assert_eq!(cache.peek(entry!(Two.find_by_name("four"))).await, Some(Some(4)));
}

mod elsewhere {
    use super::*;

    /// What the trait provides, and one type does otherwise.
    #[cache_policy(ttl = "1m", skip(self))]
    #[async_trait]
    pub(super) trait Sum: Send + Sync {
        #[cached(key = "sum:<a>:<b>", tags = ["sums"])]
        async fn sum(&self, a: u64, b: u64) -> u64 {
            a + b
        }
    }
}

#[cache_policy(ttl = "1m", skip(self), tags = ["sums"])]
#[async_trait]
impl elsewhere::Sum for Pg {
    #[cached(key = "sum:<a>:<b>")]
    async fn sum(&self, a: u64, b: u64) -> u64 {
        a + b + self.next()
    }
}

impl elsewhere::Sum for One {}

#[tokio::test]
async fn a_type_may_cache_otherwise_what_the_trait_provides() {
    let _cache = testing::isolate();
    let sums: [Arc<dyn elsewhere::Sum>; 2] = [Arc::new(Pg::default()), Arc::new(One)];
    assert_eq!((sums[0].sum(1, 2).await, sums[1].sum(3, 4).await), (4, 7));
    invalidate!(tags = ["sums"]).await.unwrap();
    assert_eq!(sums[0].sum(1, 2).await, 5);
}
