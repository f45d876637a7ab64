//! What can be set: by the attribute, by the builder, by the environment, for one call, for one entry.

mod attribute;
mod background;
mod bounds;
mod by_hand;
mod calls;
mod counted;
mod installed;
mod operator;
mod secrets;
mod storage;
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
