//! The time that one call may spend on the remote tier.

use std::time::Duration;

/// The time that a call has spent on the remote tier.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    pub(super) spent: Duration,
}

impl Budget {
    pub(crate) const fn new() -> Self {
        Self { spent: Duration::ZERO }
    }

    /// Adds what several requests have spent together.
    pub(crate) fn add(&mut self, spent: Duration) {
        self.spent = self.spent.saturating_add(spent);
    }
}
