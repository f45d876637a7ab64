//! Declarative caching for async repository functions.
//!
//! Cache bugs are compile errors, and a stale value is never stored.

mod builder;
mod cache;
mod clock;
mod codec;
mod entry;
mod error;
mod flight;
mod key;
mod metrics;
mod outcome;
mod policy;
#[doc(hidden)]
pub mod private;
mod registry;
mod scope;
mod site;
mod slot;
pub mod store;
mod strategy;
mod tag;
#[cfg(feature = "testing")]
pub mod testing;
mod tiers;
mod token;
mod value;
mod write;

pub mod ttl;

pub use cache_macros::{KeyPart, cached, entry, invalidate, invalidates};

pub use crate::builder::{CacheBuilder, PolicySettings};
pub use crate::cache::{Cache, Entry, Explanation, PolicySnapshot, Snapshot};
pub use crate::codec::{CacheValue, LocalValue};
pub use crate::error::{Error, Result};
pub use crate::key::{Ambient, KeyPart, KeyWriter};
pub use crate::outcome::Outcome;
pub use crate::policy::{Policy, Strategy, Tier, Ttl, Writer};
pub use crate::registry::{Advice, Policies, policies};
pub use crate::scope::{bypass, refresh, traced};
pub use crate::slot::CacheSlot;
pub use crate::write::transaction;
