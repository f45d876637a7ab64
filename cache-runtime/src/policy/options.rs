//! The options of a policy that are one of several.

use std::time::Duration;

/// Who loads a value, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias("cache-aside", "lazy loading", "write-through", "read-through", "swr"))]
pub enum Strategy {
    /// The caller looks up, loads on a miss, and stores under a lease.
    CacheAside,
    /// As [`CacheAside`](Self::CacheAside) on the reading side. The writing side writes the source and leaves the value in
    /// the cache before it returns.
    WriteThrough,
    /// One load per key over all processes: the others wait for it, for a bounded time.
    Lock,
    /// The cache owns the load, in a task of its own: a caller that goes away does not end a load that others wait for.
    ReadThrough,
    /// As [`CacheAside`](Self::CacheAside), and a hit after four fifths of the ttl starts a refresh in the background.
    RefreshAhead,
    /// As [`CacheAside`](Self::CacheAside), and a value is served for its ttl once more while it is refreshed in the background.
    StaleWhileRevalidate,
}

/// The tiers that hold a policy's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias("L1", "L2", "near cache"))]
pub enum Tier {
    /// Every tier that the cache has.
    All,
    /// The memory of this process only.
    Local,
    /// The tier that processes share, without a copy in the memory of this one.
    Remote,
}

/// How a value is encoded in the tier that processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// `MessagePack`, with the names of fields: small, and fast to decode.
    MessagePack,
    /// JSON, which a person and other programs can read.
    Json,
}

/// How an encoded value is compressed in the tier that processes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    None,
    /// LZ4, above 4 KiB and where it saves a tenth.
    Lz4,
}

/// How long a value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[doc(alias("expiration", "jitter", "lifetime"))]
pub enum Ttl {
    /// The same for every value.
    Fixed(Duration),
    /// Computed for each call or value, by the expression in the attribute.
    Computed,
}
