//! Caches for tests: isolated from each other, on a clock that stands still.
//!
//! With the feature `testing` on, a cached function that is called while no cache is installed and none is isolated
//! panics with that advice: tests that share a cache by accident fail in ways that depend on their order.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use std::time::Duration;
//! use cache_runtime::{cached, testing};
//!
//! #[cached(key = "square:<n>", ttl = "1m")]
//! async fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! let cache = testing::isolate();
//! square(3).await;
//! square(3).await;
//! assert_eq!(cache.snapshot().policies[0].hits, 1);
//!
//! cache.clock().advance(Duration::from_secs(60));
//! square(3).await;
//! assert_eq!(cache.snapshot().policies[0].loads, 2);
//! # });
//! ```
//!
//! The chapter `docs/testing.md` of the repository shows tests of one's own policies with all of this: of a ttl, an
//! invalidation, a race, several processes, and a store that is dead, slow or lying.
//!
//! # Several processes in one test
//!
//! [`nodes`] makes caches that share a store and a clock; each stands for a process. On a real server give several caches one
//! URL and a [namespace](crate::CacheBuilder::namespace) that no other test has, wait for [`ready`](crate::Cache::ready), and
//! put each in place by [`isolate_on`].
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use cache_runtime::{cached, testing, traced};
//!
//! #[cached(key = "square:<n>", ttl = "1m")]
//! async fn square(n: u64) -> u64 {
//!     n * n
//! }
//!
//! let [one, two] = testing::nodes();
//! assert!(one.scope(traced(square(3))).await.1.is_miss());
//! assert!(two.scope(traced(square(3))).await.1.is_hit(), "it is in the remote tier");
//! # });
//! ```

mod assertions;
mod faulty;
mod gate;
mod isolated;
mod nodes;
mod scoped;

pub use assertions::{assert_bypass, assert_hit, assert_loads, assert_miss, assert_stale};
pub use faulty::{FaultyStore, Injection, Lie, Operation, Requests};
pub use gate::Gate;
pub use isolated::{IsolatedCache, isolate, isolate_on, isolate_with};
pub use nodes::{Node, nodes, nodes_with};

pub use crate::clock::ManualClock;
