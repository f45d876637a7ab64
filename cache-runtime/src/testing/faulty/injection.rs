//! Injections: what goes wrong with an operation.

use std::time::Duration;

use crate::testing::gate::Gate;

/// A kind of operation of a [`Store`](crate::store::Store).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Looks for values: `read`, `read_many`, `scan`.
    Read,
    /// The way of a load from its lease to its end: `acquire`, `versions`, `extend`, `fill`, `release`.
    Load,
    /// The guard of a write: `begin`, `commit`, `abandon`, `cancel`.
    Write,
    /// Invalidations outside of a write: `invalidate`, `mark_stale`, `announce`, `bump`, `clear`.
    Invalidation,
}

impl Operation {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Read, Self::Load, Self::Write, Self::Invalidation];
}

/// A fault that is injected into the operations of a [`FaultyStore`](super::FaultyStore).
#[derive(Clone, Debug)]
#[non_exhaustive]
#[doc(alias("chaos", "fault injection", "failpoint"))]
pub enum Injection {
    /// The operation fails at once, and changes nothing.
    Fail,
    /// The operation fails with this probability, and changes nothing then. Which ones fail is the same with each run of a
    /// test that makes the same operations in the same order.
    #[non_exhaustive]
    FailSometimes {
        /// From 0, never, to 1, always.
        probability: f64,
        /// Another one fails others.
        seed: u64,
    },
    /// The operation takes effect, and fails: its answer is lost on the way.
    LoseAnswers,
    /// The operation takes effect at once, and answers so much later, by Tokio's clock: one that is paused does not wait. The
    /// runtime must have one, as that of `#[tokio::test]` has.
    Delay(Duration),
    /// The operation waits for the gate before it takes effect.
    HoldRequests(Gate),
    /// The operation takes effect at once, and its answer waits for the gate.
    HoldAnswers(Gate),
    /// The operation does not take effect, and is not answered. It fails when something else is injected, as on a connection
    /// that is closed.
    Hang,
    /// Values that are found are not what was stored. Other answers are true.
    Lie(Lie),
}

impl Injection {
    /// [`FailSometimes`](Self::FailSometimes) with this probability, from 0 to 1.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use cache_runtime::testing::{self, Injection};
    ///
    /// let [node] = testing::nodes();
    /// node.store().inject(Injection::fail_sometimes(0.5, 42));
    /// let mut failed = 0;
    /// for _ in 0..100 {
    ///     failed += usize::from(node.clear().await.is_err());
    /// }
    /// assert!(0 < failed && failed < 100);
    /// # });
    /// ```
    #[must_use]
    pub const fn fail_sometimes(probability: f64, seed: u64) -> Self {
        Self::FailSometimes { probability, seed }
    }
}

/// A lie of a store: what stands in the place of the value that is under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lie {
    /// The first half of its bytes.
    CutShort,
    /// As many other bytes.
    Garbled,
    /// Its bytes, as those of another type: with another fingerprint.
    AnotherType,
    /// The value that was there before it, if that went through this store: what a replica answers that lags behind. No
    /// cache can tell; a test shows what becomes of it.
    OldValue,
}
