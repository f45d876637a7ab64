//! `#[cache_policy]`: every form that a method can have is cached, and reached by references.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::{
    Ambient, Cache, CacheSlot, CacheValue, KeyPart, Ttl, cache_policy, entry, invalidate, policies,
    testing,
};

/// Counts how often something was loaded.
#[derive(Default)]
struct Loads(AtomicU64);

impl Ambient for Loads {}

impl Loads {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

mod native {
    use super::*;

    pub(super) trait Users {
        type Id;
        async fn get(&self, id: Self::Id, team: &str) -> Option<u64>;
        async fn save(&self, id: Self::Id);
    }

    #[derive(Default)]
    pub(super) struct Pg(Loads);
    impl Ambient for Pg {}

    #[cache_policy]
    impl Users for Pg {
        type Id = u64;

        #[cached(key = "native:<team>:<id>", ttl = "1m")]
        async fn get(&self, id: Self::Id, team: &str) -> Option<u64> {
            (id > 0 && !team.is_empty()).then(|| self.0.next())
        }

        #[invalidates(self.get(id, "a"))]
        async fn save(&self, id: Self::Id) {
            assert!(id > 0);
        }
    }
}

#[tokio::test]
async fn methods_of_a_trait_are_cached_and_invalidated() {
    use native::{Pg, Users as _};
    let cache = testing::isolate();
    let pg = Pg::default();
    assert_eq!((pg.get(7, "a").await, pg.get(7, "a").await), (Some(1), Some(1)));
    assert_eq!(cache.peek(entry!(pg.get(7, "a"))).await, Some(Some(1)));
    assert_eq!(cache.peek(entry!(Pg::get(7, "a"))).await, Some(Some(1)));
    pg.save(7).await;
    assert_eq!(pg.get(7, "a").await, Some(2));
}

mod boxed {
    use super::*;

    #[cache_policy]
    #[async_trait]
    pub(super) trait Users: Send + Sync {
        #[cached(key = "boxed:<id>:<team>", ttl = "1m", tags = ["boxed:<team>"], skip(self))]
        async fn get(&self, id: u64, team: String) -> Result<u64, String>;

        #[cached(key = "boxed-count:<team>", ttl = "1m", skip(self))]
        async fn count(&self, team: &str) -> Result<u64, String> {
            self.get(0, team.to_owned()).await.map(|n| n * 100)
        }

        async fn save(&self, id: u64, team: &str) -> Result<(), String>;
    }

    #[derive(Default)]
    pub(super) struct Pg(pub(super) Loads);

    #[cache_policy(skip(self.*), ttl = "1m")]
    #[async_trait]
    impl Users for Pg {
        #[cached(key = "boxed:<id>:<team>", tags = ["boxed:<team>"])]
        async fn get(&self, id: u64, team: String) -> Result<u64, String> {
            if team == "none" {
                return Err(format!("{id}: no such team"));
            }
            Ok(self.0.next())
        }

        #[invalidates(self.get(id, team), Self::get(0, team))]
        async fn save(&self, id: u64, team: &str) -> Result<(), String> {
            if id == 0 { Err(team.to_owned()) } else { Ok(()) }
        }
    }
}

#[tokio::test]
async fn methods_under_async_trait_are_cached_and_invalidated() {
    use boxed::{Pg, Users as _};
    let _cache = testing::isolate();
    let pg = Pg::default();
    let team = || "a".to_owned();
    assert_eq!((pg.get(7, team()).await, pg.get(7, team()).await), (Ok(1), Ok(1)));
    pg.save(7, "a").await.unwrap();
    assert_eq!(pg.get(7, team()).await, Ok(2));
    assert!(pg.get(7, "none".to_owned()).await.is_err());
}

#[tokio::test]
async fn references_work_through_dyn() {
    use boxed::{Pg, Users};
    let cache = testing::isolate();
    let users: Arc<dyn Users> = Arc::new(Pg::default());
    let team = || "a".to_owned();
    assert_eq!(users.get(7, team()).await, Ok(1));
    assert_eq!(cache.peek(entry!(users.get(7, "a"))).await, Some(1));
    assert_eq!(cache.peek(entry!(users.get(8, "a"))).await, None);
    invalidate!(users.get(7, &team())).await.unwrap();
    assert_eq!(users.get(7, team()).await, Ok(2));
    invalidate!(tags = ["boxed:a"]).await.unwrap();
    assert_eq!(users.get(7, team()).await, Ok(3));
    cache.put(entry!(users.get(7, "a")), 40).await.unwrap();
    assert_eq!(users.get(7, team()).await, Ok(40));
}

#[tokio::test]
async fn references_work_where_only_the_trait_is_known() {
    use boxed::{Pg, Users};
    async fn load_and_look<U: Users>(users: &U, cache: &Cache) -> Option<u64> {
        users.get(1, "a".to_owned()).await.unwrap();
        cache.peek(entry!(users.get(1, "a"))).await
    }
    let cache = testing::isolate();
    assert_eq!(load_and_look(&Pg::default(), &cache).await, Some(1));
}

#[tokio::test]
async fn methods_that_a_trait_provides_are_cached() {
    use boxed::{Pg, Users};
    let cache = testing::isolate();
    let users: Arc<dyn Users> = Arc::new(Pg::default());
    assert_eq!((users.count("b").await, users.count("b").await), (Ok(100), Ok(100)));
    invalidate!(users.count("b"), users.get(0, "b")).await.unwrap();
    assert_eq!(users.count("b").await, Ok(200));
    assert_eq!(cache.peek(entry!(users.count("b"))).await, Some(200));
}

mod inherent {
    use super::*;

    pub(super) static SHELF: CacheSlot = CacheSlot::new("shelf");

    pub(super) struct Shop {
        pub(super) tenant: u32,
        pub(super) loads: Loads,
    }

    static LOADS: AtomicU64 = AtomicU64::new(0);

    #[cache_policy(
        key = "shop",
        ttl = "1m",
        tags = ["shop"],
        cache = SHELF,
        skip(self.loads),
    )]
    impl Shop {
        #[cached(key = "price:<self.tenant>:<article>")]
        pub(super) async fn price(&self, article: u64) -> u64 {
            article + self.loads.next()
        }

        #[cached(key = "rate:<currency>", tags = ["rates"])]
        pub(super) async fn rate(currency: &str) -> u64 {
            LOADS.fetch_add(currency.len() as u64, Ordering::Relaxed)
        }

        #[invalidates(Self::rate(currency), tags = ["rates"])]
        pub(super) async fn fix(currency: &str) {
            assert!(!currency.is_empty());
        }
    }
}

#[tokio::test]
async fn associated_functions_are_cached_and_invalidated() {
    use inherent::Shop;
    let _cache = testing::isolate();
    assert_eq!((Shop::rate("EUR").await, Shop::rate("EUR").await), (0, 0));
    Shop::fix("EUR").await;
    assert_eq!(Shop::rate("EUR").await, 3);
}

#[tokio::test]
async fn methods_share_what_the_impl_says() {
    use inherent::Shop;
    let _cache = testing::isolate();
    let shop = |tenant| Shop { tenant, loads: Loads::default() };
    let (one, two) = (shop(1), shop(2));
    assert_eq!((one.price(100).await, one.price(100).await), (101, 101));
    two.loads.next();
    assert_eq!(two.price(100).await, 102);
    invalidate!(tags = ["shop"]).await.unwrap();
    assert_eq!(one.price(100).await, 102);

    let linked = policies();
    let rate = linked.iter().find(|policy| policy.key == "shop:rate:<currency>");
    let rate = rate.expect("the shared key is a prefix");
    assert_eq!(rate.tags, ["rates", "shop"]);
    assert_eq!(rate.ttl, Ttl::Fixed(Duration::from_mins(1)));
}

mod generic {
    use super::*;

    pub(super) trait Find<K> {
        type Row;
        async fn find(&self, key: K) -> Option<Self::Row>;
    }

    pub(super) struct Table<R> {
        rows: Vec<R>,
    }

    impl<R> Ambient for Table<R> {}

    impl<R> Table<R> {
        pub(super) fn of(rows: Vec<R>) -> Self {
            Self { rows }
        }
    }

    #[cache_policy(skip(K, R))]
    impl<K, R> Find<K> for Table<R>
    where
        K: KeyPart + Into<usize>,
        R: CacheValue + Clone,
    {
        type Row = R;

        #[cached(key = "row:<key>", ttl = "1m")]
        async fn find(&self, key: K) -> Option<Self::Row> {
            self.rows.get(key.into()).cloned()
        }
    }
}

#[tokio::test]
async fn a_type_may_be_generic_and_so_may_its_trait() {
    use generic::{Find as _, Table};
    let cache = testing::isolate();
    let table = Table::of(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(table.find(1_u8).await.as_deref(), Some("b"));
    let found = cache.peek(entry!(table.find(1_u8))).await;
    assert_eq!(found.flatten().as_deref(), Some("b"));
}

mod in_some_builds {
    use super::*;

    #[derive(Default)]
    pub(super) struct Shop(pub(super) Loads);

    #[cache_policy(key = "builds", ttl = "1m", tags = ["builds"], skip(self))]
    impl Shop {
        #[cfg_attr(all(), cached(key = "some:<id>"), must_use)]
        pub(super) async fn some(&self, id: u64) -> u64 {
            id + self.0.next()
        }

        /// One key in each of two builds, of which one has more to read.
        #[cfg_attr(all(), cached(key = "either:<id>", group()))]
        #[cfg_attr(not(all()), cached(key = "either:<id>:<page>", group(id)))]
        pub(super) async fn either(&self, id: u64, #[cfg(not(all()))] page: Missing) -> u64 {
            id + self.0.next()
        }

        #[cfg_attr(any(), cached(key = "never:<id>"))]
        pub(super) async fn never(&self, id: u64) -> u64 {
            std::future::ready(id).await + self.0.next()
        }

        #[cfg_attr(all(), cfg_attr(not(any()), cached(key = "nested:<id>"), allow(unused)))]
        #[cfg_attr(any(), invalidates(self.some(id)))]
        pub(super) async fn nested(&self, id: u64) -> u64 {
            id + self.0.next()
        }

        #[cfg_attr(all(), invalidates(self.some(id), self.either(id), self.nested(id)))]
        pub(super) async fn touch(&self, id: u64) {
            assert!(id > 0);
        }
    }

    #[cache_policy(ttl = "1m", skip(self))]
    #[async_trait]
    pub(super) trait Stock: Send + Sync {
        #[cfg_attr(all(), cached(key = "stock:<id>"))]
        async fn stock(&self, id: u64) -> u64;
    }

    #[cache_policy(ttl = "1m", skip(self))]
    #[async_trait]
    impl Stock for Shop {
        #[cfg_attr(all(), cached(key = "stock:<id>"))]
        async fn stock(&self, id: u64) -> u64 {
            id + self.0.next()
        }
    }
}

#[tokio::test]
async fn an_attribute_of_some_builds_has_what_the_block_says() {
    use in_some_builds::{Shop, Stock};
    let _cache = testing::isolate();
    let shop = Shop::default();
    let load = async || (shop.some(10).await, shop.either(20).await, shop.nested(30).await);
    assert_eq!((load().await, load().await), ((11, 22, 33), (11, 22, 33)));
    assert_eq!((shop.never(1).await, shop.never(1).await), (5, 6));
    invalidate!(tags = ["builds"]).await.unwrap();
    assert_eq!(load().await, (16, 27, 38));
    invalidate!(shop.either(_)).await.unwrap();
    assert_eq!(load().await, (16, 29, 38));
    shop.touch(10).await;
    assert_eq!(shop.some(10).await, 20);

    let stock: Arc<dyn Stock> = Arc::new(Shop::default());
    assert_eq!((stock.stock(1).await, stock.stock(1).await), (2, 2));
    invalidate!(stock.stock(1)).await.unwrap();
    assert_eq!(stock.stock(1).await, 3);

    let linked = policies();
    let keys = linked.iter().filter(|policy| policy.module.ends_with("in_some_builds"));
    let mut keys: Vec<_> = keys.map(|policy| (policy.key, policy.tags)).collect();
    keys.sort_unstable();
    let tag: &[&str] = &["builds"];
    let of_shop = ["builds:either:<id>", "builds:nested:<id>", "builds:some:<id>"];
    let of_shop = of_shop.into_iter().map(|key| (key, tag));
    assert_eq!(keys, of_shop.chain([("stock:<id>", &[][..])]).collect::<Vec<_>>());
}
