//! Envelopes: the bytes of a value, with what tells whether they may be served.

use std::fmt;
use std::time::Duration;

use crate::token::Token;

/// The versions that tell whether a value is still alive: that of the whole store, and those of its tags in their order.
///
/// Compared for equality only. Zero is the version of something that the store does not know, and equals nothing, not
/// even another zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versions {
    /// The version of the whole store.
    pub epoch: u64,
    /// The versions of the tags.
    pub tags: Vec<u64>,
}

impl Versions {
    /// The version of the whole store, and those of tags.
    #[must_use]
    pub const fn new(epoch: u64, tags: Vec<u64>) -> Self {
        Self { epoch, tags }
    }

    /// Tells whether a value with these versions is alive while `current` are the store's.
    #[must_use]
    pub fn hold(&self, current: &Self) -> bool {
        self == current && self.are_known()
    }

    /// Tells whether none of them is missing.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.epoch != 0 && !self.tags.contains(&0)
    }
}

/// The format of a value's bytes. A store keeps it and does not look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Format {
    /// The encoding.
    pub codec: u8,
    /// Four bits: compression, and whether it is the lack of a value that is stored.
    pub flags: u8,
    /// Tells types and their versions apart.
    pub fingerprint: u32,
}

impl Format {
    /// The flag of bytes that are compressed by LZ4. Two bits after it are for other ways to compress.
    pub const COMPRESSED: u8 = 1;

    /// The flag of a stored `None`.
    pub const NEGATIVE: u8 = 1 << 3;

    /// An encoding with its flags, and the fingerprint of a type.
    #[must_use]
    pub const fn new(codec: u8, flags: u8, fingerprint: u32) -> Self {
        Self { codec, flags, fingerprint }
    }
}

/// A value as a store keeps it: its bytes, and what tells whether they may be served.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// The encoded value.
    pub bytes: Vec<u8>,
    /// The format of the bytes.
    pub format: Format,
    /// The versions as they were before the load or write that made the value.
    pub versions: Versions,
    /// The token of the load or write that stored it. Set by the store.
    pub id: Option<Token>,
    /// How long it is served without question; longer than that only as a stale value. Counted from now, whatever the
    /// [`age`](Self::age).
    pub fresh: Duration,
    /// How long ago that was over; zero while it is not. Set by the store.
    pub stale: Duration,
    /// How long it exists, counted from now.
    pub ttl: Duration,
    /// How long it may exist at most if its ttl is [renewed](super::Store::renew), counted from now; no less than `ttl`, or zero
    /// if it is not.
    pub renewable: Duration,
    /// How long ago its load or write began.
    pub age: Duration,
    /// How long its load took.
    pub cost: Duration,
    /// A write of the key is under way: the value may be served, but not copied. Set by the store.
    pub guarded: bool,
}

impl Envelope {
    /// A value that is served for `fresh` without question, and exists for `ttl`, both from now. Nothing else is known of
    /// it: its load began now and took no time, and the store has not seen it.
    #[must_use]
    pub const fn new(
        bytes: Vec<u8>,
        format: Format,
        versions: Versions,
        fresh: Duration,
        ttl: Duration,
    ) -> Self {
        let none = Duration::ZERO;
        Self {
            bytes,
            format,
            versions,
            id: None,
            fresh,
            stale: none,
            ttl,
            renewable: none,
            age: none,
            cost: none,
            guarded: false,
        }
    }
}

/// Shows everything but the value.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, format, versions, id, fresh, stale, ttl, renewable, age, cost, guarded } =
            self;
        f.debug_struct("Envelope")
            .field("bytes", &bytes.len())
            .field("format", format)
            .field("versions", versions)
            .field("id", id)
            .field("fresh", fresh)
            .field("stale", stale)
            .field("ttl", ttl)
            .field("renewable", renewable)
            .field("age", age)
            .field("cost", cost)
            .field("guarded", guarded)
            .finish()
    }
}
