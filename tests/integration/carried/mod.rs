//! A hit is equal to the load that stored it, or nobody is left in the dark.

mod hook;
mod refused;
mod versions;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use cache_runtime::testing::{self, IsolatedCache};
use cache_runtime::{Cache, cached, traced};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::server::{Server, servers};

/// A cache on the server, as another process would have it.
async fn process(server: &Server) -> IsolatedCache {
    let cache = Cache::builder()
        .url(server.url())
        .connect_timeout(Duration::from_secs(10))
        .response_timeout(Duration::from_secs(5));
    let cache = cache.build().await.expect("the server is up");
    cache.ready(Duration::from_secs(20)).await.expect("the server is up");
    testing::isolate_on(cache)
}

/// In the memory of one process, and from one process to another.
async fn is_carried<R: PartialEq + Debug>(call: impl AsyncFn() -> R) {
    let alone = testing::isolate();
    let loaded = alone.scope(call()).await;
    let (hit, outcome) = alone.scope(traced(call())).await;
    assert!(outcome.is_hit(), "{}", outcome.reason());
    assert_eq!(hit, loaded);
    for kind in servers() {
        let server = Server::start(kind);
        let (one, two) = (process(&server).await, process(&server).await);
        assert_eq!(one.scope(call()).await, loaded);
        let (hit, outcome) = two.scope(traced(call())).await;
        assert_eq!(outcome.reason(), "fresh value in the remote tier");
        assert_eq!(hit, loaded);
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    patch: Option<Option<u32>>,
    json: Option<Value>,
    unit: Option<()>,
}

#[cached(key = "row:<id>", ttl = "1h")]
async fn row(id: u64) -> Row {
    let _ = id;
    Row { patch: Some(None), json: Some(Value::Null), unit: Some(()) }
}

#[cached(key = "maybe:<id>", ttl = "1h")]
async fn maybe(id: u64) -> Option<Option<Option<u64>>> {
    (id > 0).then(|| (id > 1).then(|| (id > 2).then_some(id)))
}

#[tokio::test]
async fn a_some_of_nothing_stays_one() {
    is_carried(async || row(1).await).await;
    for id in 0..4 {
        is_carried(async || maybe(id).await).await;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Event {
    Login { ip: IpAddr, from: SocketAddr },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Visit {
    #[serde(flatten)]
    event: Event,
    more: BTreeMap<String, Host>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Host {
    Ip(IpAddr),
    Name(String),
}

fn visit() -> Visit {
    let ip = IpAddr::from(Ipv4Addr::new(10, 0, 0, 1));
    let more = [("a".to_owned(), Host::Ip(ip)), ("b".to_owned(), Host::Name("x".to_owned()))];
    Visit { event: Event::Login { ip, from: (ip, 443).into() }, more: more.into() }
}

#[cached(key = "visit:<id>", ttl = "1h")]
async fn visited(id: u64) -> Visit {
    let _ = id;
    visit()
}

#[cached(key = "visit-in-json:<id>", ttl = "1h", codec = "json")]
async fn visited_in_json(id: u64) -> Visit {
    let _ = id;
    visit()
}

#[tokio::test]
async fn addresses_inside_of_tagged_untagged_and_flattened_types_are_cached() {
    is_carried(async || visited(1).await).await;
    is_carried(async || visited_in_json(1).await).await;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Tree {
    children: Vec<Tree>,
}

#[cached(key = "tree:<levels>", ttl = "1h")]
async fn tree(levels: u32) -> Tree {
    (1..levels).fold(Tree { children: Vec::new() }, |tree, _| Tree { children: vec![tree] })
}

#[cached(key = "tree-in-json:<levels>", ttl = "1h", codec = "json")]
async fn tree_in_json(levels: u32) -> Tree {
    (1..levels).fold(Tree { children: Vec::new() }, |tree, _| Tree { children: vec![tree] })
}

#[tokio::test]
async fn a_tree_of_64_levels_and_more_is_cached() {
    for levels in [64, 65, 200] {
        is_carried(async || tree(levels).await).await;
        is_carried(async || tree_in_json(levels).await).await;
    }
}

#[cached(key = "image:<size>", ttl = "1h")]
async fn image(size: usize) -> Vec<u8> {
    vec![0xff; size]
}

/// A server takes values of up to 1 MiB.
#[tokio::test]
async fn bytes_take_as_many_bytes_as_they_are() {
    is_carried(async || image(530_000).await).await;
    is_carried(async || image((1 << 20) - 14).await).await;
}
