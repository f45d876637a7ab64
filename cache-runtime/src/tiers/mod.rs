//! The tiers of a cache, what keeps them coherent, and the state of each policy in them.

// The local tier is one concrete store, so that a hit is a plain call. This is the only place that says which; loads
// and writes know it as the local tier and by these names.
pub(crate) use crate::store::memory::{Grant, HeldBy, Incoming, Stamp};

pub(crate) use policy_state::PolicyState;
pub(crate) use refusals::not_carried;
pub use settings::Coherence;
pub(crate) use settings::{Settings, WithoutTracking};
pub(crate) use stack::Tiers;

mod coherence;
mod ends;
mod policy_state;
mod refusals;
pub(crate) mod remote;
mod settings;
mod stack;
mod timing;
