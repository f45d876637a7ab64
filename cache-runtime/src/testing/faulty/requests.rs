//! How many operations a store was asked for.

use std::fmt;

use super::injection::Operation;

/// How many operations a [`FaultyStore`](super::FaultyStore) was asked for, by kind, also those that failed. On a server each
/// is a request; those that are made at the same time go there together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias = "round trips")]
pub struct Requests {
    /// Looks for values; one for many entries counts once.
    pub reads: u64,
    /// Operations of loads.
    pub loads: u64,
    /// Operations of writes.
    pub writes: u64,
    /// Invalidations outside of a write.
    pub invalidations: u64,
}

impl Requests {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.reads + self.loads + self.writes + self.invalidations
    }

    pub(super) fn count(&mut self, operation: Operation) {
        *match operation {
            Operation::Read => &mut self.reads,
            Operation::Load => &mut self.loads,
            Operation::Write => &mut self.writes,
            Operation::Invalidation => &mut self.invalidations,
        } += 1;
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reads, loads, writes, invalidations } = self;
        write!(
            f,
            "{reads} reads, {loads} of loads, {writes} of writes, {invalidations} invalidations"
        )
    }
}
