//! Integration tests, one module per subject.

mod any_input;
mod cache_policy;
#[expect(clippy::option_option, reason = "a `Some(None)` has to come back as one")]
mod carried;
mod each;
mod expansion;
mod faults;
mod freshness;
mod groups;
mod in_trait;
mod invalidation;
mod layers;
mod memory;
mod mistakes;
mod processes;
mod protocol;
mod remote;
mod service;
mod settings;
mod shapes;
mod stampede;
mod stores;
mod strategies;
mod support;
mod testing;
mod tour;
mod transaction;
mod unsafe_code;
mod warm;
mod write_through;
