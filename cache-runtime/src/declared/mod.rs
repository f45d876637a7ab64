//! What attributes declare: callsites with their policies, the slots of their caches, and the registry of all of them.

pub(crate) mod callsite;
pub(crate) mod companion;
pub(crate) mod each;
#[cfg(feature = "testing")]
pub(crate) mod isolate;
pub(crate) mod reference;
pub(crate) mod registry;
pub(crate) mod slot;
pub(crate) mod written;
