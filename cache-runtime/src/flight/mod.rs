//! One load per key: later callers wait for the load that is under way.
//!
//! A flight may be joined only by callers that came before any invalidation of its key or of one of its tags. An
//! invalidation *detaches* it: those who wait get its value, nobody else joins.

pub(crate) use joined::{Beside, EndWait, Joined, Lead, Right, Unverified, Unwaiting, Witness};
pub(crate) use pulse::Pulse;
pub(crate) use pulses::Pulses;
pub(crate) use result::LoadResult;
pub(crate) use table::Flights;
pub(crate) use waiter::{Awaited, Waiter};
pub(crate) use waits::Wait;

mod beside;
mod joined;
mod pulse;
mod pulses;
mod result;
mod shard;
mod table;
mod waiter;
mod waits;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
