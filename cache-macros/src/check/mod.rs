//! From what was written to the model: the only place that knows the rules.

mod account;
mod arguments;
pub(crate) mod cache_policy;
pub(crate) mod cached;
mod connection;
mod defaults;
mod fields;
mod generics;
mod group;
mod guarding;
pub(crate) mod invalidates;
mod item;
mod key;
pub(crate) mod key_part;
mod method;
mod overlap;
mod parameters;
pub(crate) mod policies;
mod policy;
mod references;
mod resolver;
mod side;
mod signature;
mod storage;
pub(crate) mod through;
mod used;
mod wildcard;
