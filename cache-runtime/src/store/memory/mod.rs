//! The store in this process's memory.
//!
//! Holds payloads as they are: shared values for a cache, bytes where it stands in for a server. Gives the
//! guarantees of [`Store`](super::Store), by calls that do not wait.
//!
//! A read takes the map's shard lock only. Everything that changes a key takes the lock of the key's shard of the holds first, which
//! makes it atomic against the other changes; no user code runs under either lock. Only what has ended is removed without
//! it: that is as if it had been evicted, and no change.

mod ages;
mod contract;
mod delayed;
mod entries;
mod guards;
mod holds;
mod ledger;
mod limits;
#[cfg(test)]
mod model;
mod stamp;
mod store;
mod sweep;
mod sweeper;
mod tags;
#[cfg(test)]
mod tests;

pub use contract::InMemory;
pub(crate) use ledger::Counted;
pub(crate) use limits::Limits;
pub(crate) use stamp::Stamp;
pub(crate) use store::{Grant, HeldBy, Incoming, MemoryStore};
