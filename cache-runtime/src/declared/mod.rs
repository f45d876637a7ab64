//! What attributes declare: call sites with their policies, the slots of their caches, and the registry of all of them.

pub(crate) mod callsite;
pub(crate) mod registry;
pub(crate) mod slot;
pub(crate) mod written;
