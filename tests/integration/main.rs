//! Integration tests, one module per subject.

mod layers;
mod service;
mod stampede;
mod strategies;
mod support;
mod write_through;
