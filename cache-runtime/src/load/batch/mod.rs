//! Several entries of one function at once: what is cached is given, and the rest is loaded together.
//!
//! [`look`] answers from the local tier what it can. The rest goes the way of single calls, all of them side by side
//! ([`gather`]): each joins or leads the flight of its entry and asks for its leases, and what they read is read
//! [`together`]. When nobody asks any more, those that lead are loaded by one call of the body ([`run`]), while those that
//! wait for the loads of others go on waiting. [`refresh`] does the same in the background for entries that have aged.

pub(crate) use look::Batch;
pub(crate) use parts::Job;
pub use parts::{Body, Whole};
pub(crate) use serve::{serve, serve_owned};
pub(super) use together::Together;

mod gather;
mod look;
mod parts;
mod refresh;
mod run;
mod serve;
mod settle;
mod shared;
mod together;
