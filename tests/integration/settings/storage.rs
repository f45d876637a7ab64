//! The options that say where values are kept, and as what.

use std::time::Duration;

use cache_runtime::{
    Codec, Compression, Policy, Strategy, Tier, cache_policy, cached, policies, testing,
};

use super::Loads;

#[cached(key = "plain:<id>", ttl = "1h")]
async fn plain(id: u64) -> u64 {
    id
}

#[cached(
    key = "remote:<id>",
    ttl = "1h",
    tier = "remote",
    strategy = "lock",
    codec = "json",
    compress = "lz4"
)]
async fn remote(loads: &Loads, id: u64) -> u64 {
    id + loads.next()
}

#[cached(key = "capped:<id>", ttl = "1h", local_ttl = "90s", codec = "msgpack", compress = "none")]
async fn capped(id: u64) -> u64 {
    id
}

struct Shop;

#[cache_policy(ttl = "1h", local_ttl = "10m", codec = "json", compress = "lz4")]
impl Shop {
    #[cached(key = "shop-shared:<id>")]
    async fn shared(id: u64) -> u64 {
        id
    }

    #[cached(key = "shop-own:<id>", local_ttl = "1m", codec = "msgpack", compress = "none")]
    async fn own(id: u64) -> u64 {
        id
    }

    #[cached(key = "shop-short:<id>", ttl = "5m")]
    async fn short(id: u64) -> u64 {
        id
    }

    #[cached(key = "shop-local:<id>", tier = "local")]
    async fn local(id: u64) -> u64 {
        id
    }

    #[cached(key = "shop-distant:<id>", tier = "remote")]
    async fn distant(id: u64) -> u64 {
        id
    }
}

fn of(key: &str) -> Policy {
    *policies().iter().find(|policy| policy.key == key).expect("it is linked")
}

fn kept(key: &str) -> (Tier, Option<u64>, Codec, Compression) {
    let policy = of(key);
    let seconds = policy.local_ttl.as_ref().map(Duration::as_secs);
    (policy.tier, seconds, policy.codec, policy.compression)
}

#[test]
fn what_is_written_is_in_the_policy_and_the_rest_has_its_default() {
    use {Codec::*, Compression::*};
    assert_eq!(kept("plain:<id>"), (Tier::All, Option::None, MessagePack, None));
    assert_eq!(kept("remote:<id>"), (Tier::Remote, Option::None, Json, Lz4));
    assert_eq!(kept("capped:<id>"), (Tier::All, Some(90), MessagePack, None));
    assert_eq!(of("plain:<id>").strategy, Strategy::CacheAside);
    assert_eq!(of("remote:<id>").strategy, Strategy::Lock);
}

#[test]
fn methods_share_it_where_they_say_nothing_else_and_it_means_something() {
    use {Codec::*, Compression::*};
    assert_eq!(kept("shop-shared:<id>"), (Tier::All, Some(600), Json, Lz4));
    assert_eq!(kept("shop-own:<id>"), (Tier::All, Some(60), MessagePack, None));
    assert_eq!(kept("shop-short:<id>"), (Tier::All, Option::None, Json, Lz4));
    assert_eq!(kept("shop-local:<id>"), (Tier::Local, Option::None, MessagePack, None));
    assert_eq!(kept("shop-distant:<id>"), (Tier::Remote, Option::None, Json, Lz4));
}

#[tokio::test]
async fn without_a_shared_tier_they_change_nothing() {
    let _cache = testing::isolate();
    let loads = Loads::default();
    assert_eq!((remote(&loads, 1).await, remote(&loads, 1).await), (2, 2));
    assert_eq!((plain(1).await, capped(1).await), (1, 1));
    assert_eq!((Shop::shared(1).await, Shop::own(1).await, Shop::short(1).await), (1, 1, 1));
    assert_eq!((Shop::local(1).await, Shop::distant(1).await), (1, 1));
}
