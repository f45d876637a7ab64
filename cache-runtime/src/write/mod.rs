//! Writes: guards before, invalidations after, whatever becomes of them and of their callers.

pub(crate) use invalidate::deferred;
pub use invalidate::invalidate;
pub use selectors::Selectors;
pub use transaction::{Transacted, transaction};
pub use writing::{Write, Writing};

mod early;
mod end;
mod invalidate;
mod more;
mod open;
pub(crate) mod remote_changes;
mod selectors;
mod target;
mod through;
mod touched;
mod transaction;
mod writing;
