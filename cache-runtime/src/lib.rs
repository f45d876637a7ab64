//! Caching for async functions as a declaration on the function: the usual cache bugs are compile errors, and a
//! stale value is never stored.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let _cache = cache_runtime::testing::isolate();
//! use cache_runtime::{cached, invalidates, traced};
//!
//! #[cached(key = "user:<id>", ttl = "1h", tags = ["user"])]
//! async fn get_user(id: u64) -> Option<String> {
//!     Some(format!("user {id}")) // the query
//! }
//!
//! #[invalidates(get_user(id))]
//! async fn rename_user(id: u64, name: &str) -> Result<(), std::io::Error> {
//!     let _ = name;
//!     Ok(()) // the update
//! }
//!
//! assert!(traced(get_user(7)).await.1.is_miss());
//! assert!(traced(get_user(7)).await.1.is_hit());
//! rename_user(7, "Grace").await?;
//! assert!(traced(get_user(7)).await.1.is_miss());
//! # Ok::<(), std::io::Error>(())
//! # }).unwrap();
//! ```
//!
//! # Where to look
//!
//! - [`cached`] and [`invalidates`]: the attributes, with every option; [`cache_policy`]: the same on trait methods and
//!   associated functions.
//! - [`Cache`] and [`CacheBuilder`]: build one, [install](Cache::install) it, look at it, invalidate by hand.
//! - [`entry!`] and [`invalidate!`]: checked references to entries, in code.
//! - [`Cache::warm`]: a cache filled before anybody asks.
//! - [`bypass`], [`refresh`], [`traced`], [`transaction`]: how the calls inside of a future treat the cache.
//! - [`KeyPart`] and [`Ambient`]: what arguments a cached function may have.
//! - [`policies()`]: all annotated functions of the program, and who invalidates what; [`policies!`]: the same
//!   held against each other when a crate is compiled.
//! - [`store`]: what processes share, and how to share something else.
//! - `testing` (feature `testing`): isolated caches, several nodes, a manual clock, gates, stores that fail, assertions.
//!
//! # One process or many
//!
//! A cache lives in the memory of its process. With the feature `redis` and a [URL](CacheBuilder::url) it lives on a Redis
//! or Valkey server, with copies in each process, and an invalidation reaches all of them. The server may be away at any
//! time: functions then run as if they were not cached, and what they invalidate is sent
//! when it is back. [`Cache::health`] tells, [`Cache::ready`] waits for the server, and [`Cache::shutdown`] waits for the latter at the end of a program.
//!
//! # Concurrency and cancellation
//!
//! Of several calls that miss one key at once, one loads and the others wait for it, for a bounded time. A load runs
//! in the task of its caller: if that is cancelled, somebody who waits takes over. Nothing is locked while a
//! function of yours runs, and no executor is assumed: a cache with a remote tier has a thread of its own for its
//! connections.
//!
//! # Features
//!
//! - `testing`: the module [`testing`].
//! - `redis`: a tier that processes share, on one Redis server (7.0 or later) or Valkey server (7.2 or later):
//!   `redis://` and `valkey://` in a [URL](CacheBuilder::url), `RedisStore` in [`store`]. Without it such a URL
//!   [cannot be used](Error::is_unsupported).
//! - `chrono`, `jiff`, `time`, `uuid`: the types of these crates as parts of a key.

#![cfg_attr(docsrs, feature(doc_cfg))]

/// For annotated functions in unit tests.
#[cfg(all(test, feature = "testing"))]
extern crate self as cache_runtime;

mod background;
mod builder;
mod cache;
mod clock;
mod codec;
mod contained;
mod counters;
mod declared;
mod deferred_drop;
mod error;
mod fault;
mod flight;
mod io;
mod key;
mod load;
mod outcome;
mod policy;
#[doc(hidden)]
pub mod private;
mod scope;
mod shards;
pub mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod tiers;
mod timer;
mod times;
mod token;
mod trouble;
mod uncommitted;
mod value;
mod write;

pub mod ttl;

pub use cache_macros::{KeyPart, cache_policy, cached, entry, invalidate, invalidates, policies};

pub use crate::builder::{CacheBuilder, PolicySettings};
pub use crate::cache::{
    Cache, CacheHealth, Counter, Entry, Explanation, PolicySnapshot, PolicyTrouble, RemoteSnapshot,
    RemoteState, Snapshot, Warm, Warmed,
};
pub use crate::codec::{CacheValue, LocalValue};
pub use crate::declared::registry::{Advice, Policies, PolicyIter, policies};
pub use crate::declared::slot::CacheSlot;
pub use crate::error::{Error, Result};
pub use crate::fault::Fault;
pub use crate::key::{Ambient, KeyPart, KeyWriter};
pub use crate::outcome::Outcome;
pub use crate::policy::{Codec, Compression, Freshness, Policy, Strategy, Tier, Ttl, Writer};
pub use crate::scope::{bypass, refresh, traced};
pub use crate::tiers::Coherence;
pub use crate::trouble::Trouble;
pub use crate::write::Transacted;
pub use crate::write::transaction;

// What the README of the crate shows has to compile and to hold.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
