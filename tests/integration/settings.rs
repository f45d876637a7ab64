//! What can be set: by the attribute, by the builder, by the environment, for one call, for one entry.

#[path = "settings/attribute.rs"]
mod attribute;
#[path = "settings/bounds.rs"]
mod bounds;
#[path = "settings/by_hand.rs"]
mod by_hand;
#[path = "settings/calls.rs"]
mod calls;
#[path = "settings/counted.rs"]
mod counted;
#[path = "settings/installed.rs"]
mod installed;
#[path = "settings/operator.rs"]
mod operator;
#[path = "settings/secrets.rs"]
mod secrets;
#[path = "settings/storage.rs"]
mod storage;
#[path = "settings/uninstalled.rs"]
mod uninstalled;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cache_runtime::Ambient;

/// Counts loads.
#[derive(Clone, Debug, Default)]
struct Loads(Arc<AtomicU64>);

impl Ambient for Loads {}

impl Loads {
    /// The number of this load, from 1.
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn total(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why a call was answered as it was.
async fn reason<T>(call: impl Future<Output = T>) -> &'static str {
    cache_runtime::traced(call).await.1.reason()
}

const HIT: &str = "fresh value in the local tier";
const STORED: &str = "loaded and stored";
