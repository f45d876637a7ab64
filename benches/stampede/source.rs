//! Cached functions whose loads fail.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_runtime::{CacheSlot, cached};
use tokio::time::sleep;

/// The cache in memory.
pub static MEMORY: CacheSlot = CacheSlot::new("memory");
/// A cache of the server.
pub static ONE: CacheSlot = CacheSlot::new("one");
/// Another cache of the server.
pub static TWO: CacheSlot = CacheSlot::new("two");

/// Where entries are.
#[derive(Clone, Copy, Debug)]
pub enum Tier {
    /// In this process.
    Memory,
    /// On a server.
    Server,
    /// On a server, and one process at a time loads.
    Lock,
}

impl Tier {
    /// A word for the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Server => "server",
            Self::Lock => "lock",
        }
    }
}

/// How loads end.
#[derive(Clone, Copy, Debug)]
pub enum End {
    /// With an error that can be cloned.
    Shared,
    /// With an error that cannot be cloned, as those of most databases.
    Kept,
    /// With a panic.
    Panic,
}

impl End {
    /// A word for the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shared => "E: Clone",
            Self::Kept => "E",
            Self::Panic => "panic",
        }
    }
}

/// An error that can be cloned.
#[derive(Clone, Debug)]
pub struct Down;

/// How many loads have begun.
pub static LOADS: AtomicU64 = AtomicU64::new(0);

async fn shared(time: Duration) -> Result<u64, Down> {
    LOADS.fetch_add(1, Ordering::Relaxed);
    sleep(time).await;
    Err(Down)
}

async fn kept(time: Duration, panic: bool) -> Result<u64, io::Error> {
    LOADS.fetch_add(1, Ordering::Relaxed);
    sleep(time).await;
    assert!(!panic, "the load panics, as it is to");
    Err(io::Error::other("the source is down"))
}

macro_rules! readers {
    ($module:ident, $slot:ident, $strategy:literal) => {
        mod $module {
            use super::*;

            #[cached(key = "shared", ttl = "1h", cache = $slot, strategy = $strategy, skip(time))]
            pub async fn shared(time: Duration) -> Result<u64, Down> {
                super::shared(time).await
            }

            #[cached(key = "kept", ttl = "1h", cache = $slot, strategy = $strategy, skip(time, panic))]
            pub async fn kept(time: Duration, panic: bool) -> Result<u64, io::Error> {
                super::kept(time, panic).await
            }

            pub async fn call(end: End, time: Duration) {
                match end {
                    End::Shared => drop(shared(time).await),
                    End::Kept => drop(kept(time, false).await),
                    End::Panic => drop(kept(time, true).await),
                }
            }
        }
    };
}

readers!(memory, MEMORY, "cache_aside");
readers!(server, ONE, "cache_aside");
readers!(lock_one, ONE, "lock");
readers!(lock_two, TWO, "lock");

/// One call of one caller.
pub async fn call(tier: Tier, end: End, caller: u32, time: Duration) {
    match tier {
        Tier::Memory => memory::call(end, time).await,
        Tier::Server => server::call(end, time).await,
        Tier::Lock if caller.is_multiple_of(2) => lock_one::call(end, time).await,
        Tier::Lock => lock_two::call(end, time).await,
    }
}
