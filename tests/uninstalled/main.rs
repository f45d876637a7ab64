//! A program that calls cached functions and has installed no cache: what then happens, line by line.
//!
//! It is built without the feature `testing`, under which such a call panics; `tests/integration/settings/uninstalled.rs`
//! runs it.

use std::fmt::{self, Write as _};

use cache_runtime::{Cache, CacheSlot, cached};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static CATALOG: CacheSlot = CacheSlot::new("catalog");

#[cached(key = "square:<n>", ttl = "1h")]
async fn square(n: u64) -> u64 {
    println!("loads {n} squared");
    n * n
}

#[cached(key = "cube:<n>", ttl = "1h")]
async fn cube(n: u64) -> u64 {
    println!("loads {n} cubed");
    n * n * n
}

#[cached(key = "price:<article>", ttl = "1h", cache = CATALOG)]
async fn price(article: u64) -> u64 {
    println!("loads the price of {article}");
    article * 100
}

/// Prints what is logged.
struct Log;

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = event.metadata().level().to_string();
        event.record(&mut Line(&mut line));
        println!("{line}");
    }

    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {field}={value:?}").expect("a text takes everything");
    }
}

#[tokio::main]
async fn main() {
    tracing::subscriber::set_global_default(Log).expect("there is no other");
    // All at once, and again.
    for _ in 0..2 {
        let calls: Vec<_> = (0..8).map(|_| tokio::spawn(square(3))).collect();
        for call in calls {
            assert_eq!(call.await.expect("it does not panic"), 9);
        }
    }
    assert_eq!((cube(3).await, cube(3).await), (27, 27));

    let cache = Cache::builder().build().await.expect("the defaults are right");
    println!("{}", cache.install().expect_err("too late"));
    println!("{}", cache.install().expect_err("too late"));
    assert_eq!((square(3).await, cube(3).await), (9, 27));

    cache.install_in(&CATALOG).expect("that slot is not used yet");
    assert_eq!((price(3).await, price(3).await), (300, 300));
    println!("{}", cache.install_in(&CATALOG).expect_err("once"));
}
