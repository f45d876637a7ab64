//! The store contract: one suite, run on every store.

#[path = "stores/contract.rs"]
mod contract;
#[path = "stores/interleavings.rs"]
mod interleavings;
#[path = "stores/memory.rs"]
mod memory;
#[path = "stores/tags.rs"]
mod tags;
#[path = "stores/writes.rs"]
mod writes;

use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::{Acquired, Envelope, Filled, Format, Found, Key, Store, Tag, Token};

/// A store under test, and how its time is made to pass.
#[async_trait]
pub(crate) trait Subject: Send + Sync {
    fn store(&self) -> &dyn Store;
    /// Lets so much time pass for the store.
    async fn pass(&self, time: Duration);
}

/// Makes a test of each guarantee, on the store that the expression makes.
macro_rules! on {
    ($subject:expr; $($suite:ident: $($guarantee:ident),+ $(,)?;)+) => {$($(
        #[tokio::test]
        async fn $guarantee() {
            let subject = $subject;
            super::$suite::$guarantee(&subject).await;
        }
    )+)+};
}
use on;

const LEASE: Duration = Duration::from_secs(3);
const GUARD: Duration = Duration::from_secs(30);
const TTL: Duration = Duration::from_mins(1);
const MS: Duration = Duration::from_millis(1);

fn key(name: &str) -> Key {
    Key::new(name.as_bytes()).expect("it is short")
}

fn tag(name: &str) -> Tag {
    Tag::new(name.as_bytes())
}

/// A value as it is when a load begins now.
async fn value(store: &dyn Store, text: &str, tags: &[Tag]) -> Envelope {
    Envelope {
        bytes: text.as_bytes().to_vec(),
        format: Format { codec: 1, flags: 2, fingerprint: 0xDEAD_BEEF },
        versions: store.versions(tags).await.expect("the store is up"),
        id: None,
        fresh: TTL,
        ttl: TTL,
        age: Duration::ZERO,
        cost: Duration::ZERO,
        guarded: false,
    }
}

/// Takes the lease of a load, which must be free.
async fn lease(store: &dyn Store, name: &str) -> Token {
    let token = Token::new();
    assert_eq!(acquire(store, name, token).await, Acquired::Granted);
    token
}

async fn acquire(store: &dyn Store, name: &str, token: Token) -> Acquired {
    store.acquire(&key(name), token, LEASE, None).await.expect("the store is up")
}

async fn fill(store: &dyn Store, name: &str, token: Token, text: &str) -> Filled {
    let value = value(store, text, &[]).await;
    store.fill(&key(name), token, &[], value).await.expect("the store is up")
}

/// Loads and stores a value.
async fn stored(store: &dyn Store, name: &str, text: &str) {
    let token = lease(store, name).await;
    assert_eq!(fill(store, name, token, text).await, Filled::Stored);
}

async fn begin(store: &dyn Store, name: &str) -> Token {
    let token = Token::new();
    store.begin(&key(name), token, GUARD).await.expect("the store is up");
    token
}

async fn commit(store: &dyn Store, name: &str, token: Token, text: Option<&str>) -> Filled {
    let value = match text {
        Some(text) => Some(value(store, text, &[]).await),
        None => None,
    };
    store.commit(&key(name), token, &[], value).await.expect("the store is up")
}

/// What is under a key of an entry without tags.
async fn found(store: &dyn Store, name: &str) -> Found {
    store.read(&key(name), &[]).await.expect("the store is up").found
}

/// The text under a key while it is fresh.
async fn fresh(store: &dyn Store, name: &str) -> Option<String> {
    match found(store, name).await {
        Found::Fresh(envelope) => Some(String::from_utf8_lossy(&envelope.bytes).into_owned()),
        _ => None,
    }
}
