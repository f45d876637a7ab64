//! Tokens: what makes one load, write, entry or tag version unlike every other.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A value that is never given out twice by one process. Compared for equality only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(NonZeroU64);

impl Token {
    /// Makes a token that this process has not given out before.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a default that differs on every call would surprise"
    )]
    pub fn new() -> Self {
        // A random start, so that nothing comes to rely on small numbers or on an order.
        static NEXT: LazyLock<AtomicU64> =
            LazyLock::new(|| AtomicU64::new(RandomState::new().hash_one("token")));
        // Zero comes up once in 2^64 calls; it is skipped, not given out.
        loop {
            if let Some(token) = NonZeroU64::new(NEXT.fetch_add(1, Ordering::Relaxed)) {
                return Self(token);
            }
        }
    }

    pub(crate) fn get(self) -> u64 {
        self.0.get()
    }
}
