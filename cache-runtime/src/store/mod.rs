//! What every store guarantees, whether it is this process's memory or a server.
//!
//! A store knows bytes, expiry, leases, write guards and tags. It knows no types and no strategy.
//!
//! # Why a fill can't be stale
//!
//! A load begins with [`acquire`](Store::acquire), which grants a *lease*: a token kept under the key. Everything
//! that removes or replaces what is under the key destroys the token. [`fill`](Store::fill) stores only while the
//! token is still there. A lease granted before an invalidation has its fill refused; one granted after began its
//! load after the write. (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1.)
//!
//! A writer places a *guard* before it writes: while any guard is under a key, no lease is granted, so no load that
//! overlaps the write is stored.
//!
//! A *tag* is a version that is compared for equality only. An entry carries the versions as they were before its
//! load; bumping a tag changes its version, and with it ends every entry that carries the old one.

mod answer;
mod contract;
mod envelope;
#[cfg(feature = "redis")]
pub mod layout;
pub(crate) mod memory;
mod namespace;
#[cfg(feature = "redis")]
mod redis;
mod watch;
mod watchers;

pub use answer::{Acquired, Begun, Filled, Found, Read, Scanned};
pub use contract::Store;
pub use envelope::{Envelope, Format, Versions};
pub use memory::InMemory;
pub use namespace::Namespace;
#[cfg(feature = "redis")]
pub use redis::{RedisOptions, RedisStore};
pub use watch::{Health, Watch};
pub(crate) use watchers::Watchers;

pub use crate::fault::Fault;
pub use crate::key::{Key, Tag};
pub use crate::token::Token;
