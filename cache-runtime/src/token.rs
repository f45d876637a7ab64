//! Tokens: what makes one load, write, entry or tag version unlike every other.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A value that is as good as never given out twice, by this process or another. Compared for equality only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token(NonZeroU64);

impl Token {
    /// The token of nobody: of the lease that stands in the way of the next load after one has failed, and of the guard that
    /// stands for those of too many writers.
    pub const NOBODY: Self = Self(NonZeroU64::MAX);

    /// Makes a token that nobody has given out before.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a default that differs on every call would surprise"
    )]
    pub fn new() -> Self {
        // A count under a keyed pseudo-random function (SipHash), whose key comes from the operating system: so the tokens
        // of two processes that share a server are as unlike as random numbers, without a system call for each.
        static NEXT: AtomicU64 = AtomicU64::new(0);
        static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        // Each of the two that are skipped comes up once in 2^64 calls.
        loop {
            let count = NEXT.fetch_add(1, Ordering::Relaxed);
            if let Some(token) = NonZeroU64::new(KEY.hash_one(count)).map(Self)
                && token != Self::NOBODY
            {
                return token;
            }
        }
    }

    /// The token with these bits, as a store keeps them; `None` for zero, which is no token.
    #[must_use]
    pub fn from_bits(bits: u64) -> Option<Self> {
        NonZeroU64::new(bits).map(Self)
    }

    /// The token's bits, as a store keeps them.
    #[must_use]
    pub fn to_bits(self) -> u64 {
        self.0.get()
    }
}
