//! The remote tier: a store that processes share and that may be away, and what it is still to be told.

pub(crate) use budget::Budget;
pub(crate) use change::{Change, EntryAddress};
pub(crate) use outbox::{Ending, Owed};
pub(crate) use tier::{Released, Remote};

mod arrivals;
mod budget;
mod change;
mod delayed;
mod outbox;
mod spending;
mod sweeps;
mod tier;
mod unacknowledged;
mod work;
mod writes;
