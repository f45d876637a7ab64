//! The life of a process that works for a test.

use std::time::Duration;

use cache_runtime::{Cache, CacheBuilder};

use super::fleet::{Orders, Process, Role};
use super::source::Pace;
use super::wire::Source;
use super::{client, lock, naive, source};

/// A cache on the server, that is told what others change.
pub(super) async fn cache(orders: &Orders) -> Cache {
    let builder = Cache::builder()
        .url(&orders.url)
        .connect_timeout(Duration::from_secs(10))
        .response_timeout(Duration::from_secs(5))
        .max_wait(Duration::from_secs(30));
    let cache = install(builder).await;
    cache.ready(Duration::from_secs(20)).await.expect("the server is reached");
    cache
}

/// The same for the race, in which servers are slow and connections break.
pub(super) async fn race_cache(orders: &Orders) -> Cache {
    let mut builder = Cache::builder().url(&orders.url);
    if orders.seed.is_multiple_of(2) {
        // With the usual deadline much is given up on a busy machine.
        builder = builder.response_timeout(Duration::from_secs(1));
    }
    install(builder).await
}

async fn install(builder: CacheBuilder) -> Cache {
    let cache = builder.build().await.expect("the address can be used");
    cache.install().expect("nothing was installed before");
    cache
}

async fn work(orders: Orders) {
    let source = Source::connect(orders.source).await;
    match orders.role {
        Role::Wait => std::future::pending().await,
        Role::Lock => lock::work(&orders, source).await,
        Role::Race => client::work(&orders, source).await,
        Role::Naive => naive::work(&orders, source).await,
    }
}

/// With orders this is the whole life of a process; without, the test of how such a life ends.
#[test]
fn a_process_does_what_it_is_told() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("threads can be started");
    runtime.block_on(async {
        match Orders::given() {
            Some(orders) => work(orders).await,
            None => a_process_ends_with_its_source().await,
        }
    });
}

async fn a_process_ends_with_its_source() {
    let source = source::Source::start(0, Pace::Even(Duration::ZERO), 1, None).await;
    let (role, url) = (Role::Wait, String::new());
    let mut process = Process::start(&Orders { role, source: source.port, url, seed: 0 });
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(source);
    process.end(Duration::from_secs(20)).await;
}
