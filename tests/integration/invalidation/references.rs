//! What a reference may look like, and which caches it reaches.

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Ambient, CacheSlot, cached, entry, invalidate, invalidates, policies};

use crate::support::counters;

static CATALOG: CacheSlot = CacheSlot::new("catalog");

struct Repo {
    tenant: u64,
    posts: Posts,
}

struct Posts;
impl Ambient for Posts {}

impl Posts {
    #[cached(key = "posts:<author>:<page>", ttl = "1h", tags = ["posts:<author>"], skip(self))]
    async fn list(&self, author: &str, page: u32) -> Vec<String> {
        vec![format!("{author} {page}")]
    }
}

impl Repo {
    #[cached(key = "t:<self.tenant>:name:<id>", ttl = "1h", skip(self.posts))]
    async fn name(&self, id: u64) -> Option<String> {
        Some(format!("{}/{id}", self.tenant))
    }

    #[invalidates(self.name(id), self.posts.list(name, 1))]
    async fn rename(&self, id: u64, name: &str) {
        let _ = (id, name);
    }

    #[invalidates(|created| self.name(*created), tags = ["posts:ada"])]
    async fn create(&self, id: u64) -> u64 {
        id
    }
}

#[cached(key = "price:<article>", ttl = "1h", tags = ["price", "shared"], cache = CATALOG)]
async fn price(article: u64) -> u64 {
    article * 100
}

#[cached(key = "stock:<article>", ttl = "1h", tags = ["shared"])]
async fn stock(article: u64) -> u64 {
    article
}

#[invalidates(price(article))]
async fn reprice(article: u64) {
    let _ = article;
}

#[invalidates(tags = ["shared"])]
async fn retag(article: u64) {
    let _ = article;
}

fn loads(cache: &IsolatedCache, policy: &str) -> u64 {
    counters(cache, policy).loads
}

#[tokio::test]
async fn a_method_is_referred_to_through_any_receiver_and_keeps_tenants_apart() {
    let cache = testing::isolate();
    let [ada, bob] = [1, 2].map(|tenant| Repo { tenant, posts: Posts });
    for _ in 0..2 {
        ada.name(1).await;
        bob.name(1).await;
        ada.posts.list("ada", 1).await;
        ada.posts.list("ada", 2).await;
    }
    assert_eq!((loads(&cache, "name"), loads(&cache, "list")), (2, 2));
    ada.rename(1, "ada").await;
    assert_eq!(ada.name(1).await.as_deref(), Some("1/1"));
    bob.name(1).await;
    ada.posts.list("ada", 1).await;
    ada.posts.list("ada", 2).await;
    assert_eq!((loads(&cache, "name"), loads(&cache, "list")), (3, 3));
    assert_eq!(ada.create(1).await, 1);
    ada.name(1).await;
    ada.posts.list("ada", 1).await;
    ada.posts.list("ada", 2).await;
    assert_eq!((loads(&cache, "name"), loads(&cache, "list")), (4, 5));
}

#[tokio::test]
async fn references_take_borrowed_and_owned_forms_that_render_alike() {
    let cache = testing::isolate();
    let posts = Posts;
    posts.list("ada", 1).await;
    assert!(cache.peek(entry!(posts.list(String::from("ada"), 1))).await.is_some());
    assert!(cache.peek(entry!(Posts::list(&"ada", &1))).await.is_some());
    assert!(cache.peek(entry!(posts.list("bob", 1))).await.is_none());
}

#[tokio::test]
async fn a_reference_reaches_the_cache_of_its_function_and_a_tag_every_cache_that_declares_it() {
    let cache = testing::isolate();
    price(1).await;
    stock(1).await;
    reprice(1).await;
    assert_eq!((cache.explain(&entry!(stock(1))).is_hit(), hits(price(1)).await), (true, false));
    retag(1).await;
    assert_eq!((hits(stock(1)).await, hits(price(1)).await), (false, false));
    assert_eq!((hits(stock(1)).await, hits(price(1)).await), (true, true));
    invalidate!(price(1), tags = ["shared"]).await.expect("memory does not fail");
    assert_eq!((hits(stock(1)).await, hits(price(1)).await), (false, false));
    // A method of a cache acts on that cache alone.
    cache.invalidate_tag("shared").await.expect("memory does not fail");
    assert_eq!((hits(stock(1)).await, hits(price(1)).await), (false, true));
}

async fn hits<T>(call: impl Future<Output = T>) -> bool {
    cache_runtime::traced(call).await.1.is_hit()
}

#[cached(key = "ended_in_code:<id>", ttl = "1h")]
async fn ended_in_code(id: u64) -> u64 {
    id
}

#[cached(key = "never_ended:<id>", ttl = "1h")]
async fn never_ended(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn a_function_that_only_code_invalidates_is_known_as_invalidated() {
    let _cache = testing::isolate();
    ended_in_code(1).await;
    never_ended(1).await;
    invalidate!(ended_in_code(1)).await.expect("memory does not fail");
    let advice: Vec<_> = policies().check().iter().map(ToString::to_string).collect();
    let told = |name: &str| {
        let never = advice.iter().filter(|text| text.contains("nothing invalidates"));
        never.filter(|text| text.contains(&format!("`references::{name}`"))).count()
    };
    assert_eq!((told("ended_in_code"), told("never_ended")), (0, 1), "{advice:?}");
}

#[tokio::test]
async fn invalidate_ends_a_load_that_is_under_way() {
    let _cache = testing::isolate();
    let source = crate::support::source::Source::default();
    let slow = source.slow_down_next();
    let load = tokio::spawn({
        let source = source.clone();
        async move { crate::support::subject::row(&source, 1).await }
    });
    slow.arrived(1).await;
    source.set(1, 5);
    invalidate!(crate::support::subject::row(1)).await.expect("memory does not fail");
    slow.open();
    assert_eq!(load.await.expect("it does not panic"), 0);
    assert_eq!(crate::support::subject::row(&source, 1).await, 5);
}
