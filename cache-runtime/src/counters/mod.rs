//! What is counted of one policy in one cache: one table of all counters, and their sums over threads.

mod sums;
mod table;

pub(crate) use sums::Counters;
pub(crate) use table::{Event, Refusal, table};
