//! Integration tests, one module per subject.

mod groups;
mod layers;
mod service;
mod stampede;
mod stores;
mod strategies;
mod support;
mod transaction;
mod write_through;
