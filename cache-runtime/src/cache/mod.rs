//! A cache: built from a configuration, read, written and looked at through its handle.

mod admin;
mod config;
mod entry;
mod explain;
mod handle;
mod health;
mod invalidate;
mod many;
mod policy_snapshot;
mod put;
mod snapshot;
mod typed;
mod warm;

pub(crate) use config::Config;
pub use entry::Entry;
pub(crate) use entry::ValueAdapter;
pub use explain::Explanation;
pub use handle::Cache;
pub use health::{CacheHealth, PolicyTrouble, RemoteSnapshot, RemoteState};
pub use policy_snapshot::{Counter, PolicySnapshot};
pub use snapshot::Snapshot;
pub use warm::{Warm, Warmed};
