//! The registry: what is linked into the program, who reads and who writes, and what can be said of both together.

mod advice;
mod groups;
pub mod in_trait;
mod linked;
mod names;
mod one_value;
mod policies;
mod report;
mod sides;
mod startup;

pub use advice::Advice;
pub use groups::Groups;
pub(crate) use linked::tiers_with;
pub use linked::{InCode, Reads, Writes};
pub(crate) use names::{named, named_in_a_variable};
pub use one_value::{read_kind, written_as_read};
pub use policies::{Policies, PolicyIter, policies};
pub(crate) use startup::report;
pub use startup::{assert_policies, at_the_root};

#[cfg(test)]
mod tests;
