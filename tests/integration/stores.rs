//! What every store guarantees.

#[path = "stores/interleavings.rs"]
mod interleavings;
