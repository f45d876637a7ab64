//! Fault injection: a store that fails as the test says.

mod contract;
mod faults;
mod injection;
mod lies;
mod line;
mod requests;
mod store;

pub use injection::{Injection, Lie, Operation};
pub use requests::Requests;
pub use store::FaultyStore;
