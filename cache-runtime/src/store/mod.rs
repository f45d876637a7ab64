//! What every store guarantees, whether it is this process's memory or a server.
//!
//! A store knows bytes, expiry, leases, write guards and tags. It knows no types and no strategy.
//!
//! # Why a fill can't be stale
//!
//! A load begins with [`acquire`](Store::acquire), which grants a *lease*: a token kept under the key. Everything
//! that removes or replaces what is under the key destroys the token. [`fill`](Store::fill) stores only while the
//! token is still there. A lease granted before an invalidation has its fill refused; one granted after began its
//! load after the write. (Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1.)
//!
//! A writer places a *guard* before it writes: while any guard is under a key, no lease is granted, so no load that
//! overlaps the write is stored.
//!
//! A *tag* is a version that is compared for equality only. An entry carries the versions as they were before its
//! load; bumping a tag changes its version, and with it ends every entry that carries the old one.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;

pub(crate) mod memory;

pub use memory::InMemory;

pub use crate::entry::Key;
pub use crate::tag::Tag;
pub use crate::token::Token;

/// Bytes under a key, with what tells whether they may be served.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The encoded value.
    pub bytes: Vec<u8>,
    /// The versions of the entry's tags before its load, in the order of the tags.
    pub tags: Vec<u64>,
    /// The version of the whole store before the load.
    pub epoch: u64,
    /// The token of the load or write that stored it. Set by the store.
    pub id: Option<Token>,
    /// How long it is served without question; longer than that only as a stale value.
    pub fresh: Duration,
    /// How long it exists.
    pub ttl: Duration,
}

/// Shows everything but the value.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, tags, epoch, id, fresh, ttl } = self;
        f.debug_struct("Envelope")
            .field("bytes", &bytes.len())
            .field("tags", tags)
            .field("epoch", epoch)
            .field("id", id)
            .field("fresh", fresh)
            .field("ttl", ttl)
            .finish()
    }
}

/// What [`Store::get`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A value within its fresh time. Its tags are the caller's to compare.
    Fresh(Envelope),
    /// A value past its fresh time.
    Stale(Envelope),
    /// No value.
    Nothing,
}

/// What [`Store::acquire`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// The lease is the caller's: load, then fill.
    Granted,
    /// Someone else loads; the lease ends after this time at the latest. Load without storing, or wait.
    Busy(Duration),
    /// A write is under way. Load without storing; never wait, it may be the caller's own.
    Writing,
    /// There is a value that the caller has not seen.
    Changed(Envelope),
}

/// What [`Store::fill`] or [`Store::commit`] did with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// It is stored.
    Stored,
    /// It is not: the token is gone, because something removed or replaced the entry meanwhile.
    Refused,
    /// It is not: a tag's version or the epoch has changed since the load began.
    Outdated,
    /// It is not: it is larger than the store takes.
    TooLarge,
}

/// Whether [`Store::begin`] found the key free of other writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// No other writer is known.
    Alone,
    /// Writers overlap: whatever they commit, the key ends up empty.
    Overlapping,
}

/// A place that keeps entries.
///
/// Implementors must make each operation atomic for its key. Every operation may be repeated or arrive late: an
/// acquire or begin with a token that is there already succeeds again, a second fill is refused, a second commit
/// only removes.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads an entry, whatever lease or guard stands beside it.
    async fn get(&self, key: &Key) -> Result<Found>;

    /// Asks for the lease of a load that starts now and is expected to take less than `lease`.
    ///
    /// `observed` is the id of the value that the caller has seen and found wanting; a fresh value with another id
    /// is returned instead of a lease.
    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired>;

    /// Stores what was loaded under the lease, and ends the lease.
    async fn fill(&self, key: &Key, token: Token, tags: &[Tag], value: Envelope) -> Result<Filled>;

    /// Ends a lease without a value.
    async fn release(&self, key: &Key, token: Token) -> Result<()>;

    /// Lengthens a lease; false if it is gone.
    async fn extend(&self, key: &Key, token: Token, lease: Duration) -> Result<bool>;

    /// Places a write guard that ends by itself after `guard`. A stored value stays readable meanwhile, and at most
    /// that long.
    async fn begin(&self, key: &Key, token: Token, guard: Duration) -> Result<Begun>;

    /// Ends a guard after a successful write: the old value is removed, and `value` stored if no other writer
    /// overlapped.
    async fn commit(
        &self,
        key: &Key,
        token: Token,
        tags: &[Tag],
        value: Option<Envelope>,
    ) -> Result<Filled>;

    /// Removes the value but leaves the guard, because the write may still take effect: to its deadline, or exactly
    /// as long as `hold` from now, even if it had run out.
    async fn abandon(&self, key: &Key, token: Token, hold: Option<Duration>) -> Result<()>;

    /// Ends a guard after a write that did not take place: the old value stays, unless another writer overlapped.
    async fn lift(&self, key: &Key, token: Token) -> Result<()>;

    /// Removes an entry. A load under way will not be stored; a guard stays, and its writer will store nothing.
    async fn invalidate(&self, key: &Key) -> Result<()>;

    /// Makes an entry stale: it may be served as such, and a load under way will not be stored.
    async fn soften(&self, key: &Key) -> Result<()>;

    /// The current versions of tags; missing ones are made.
    async fn tag_versions(&self, tags: &[Tag]) -> Result<Vec<u64>>;

    /// Ends every entry that carries the tag; with `again`, also those stored until that long after.
    async fn bump(&self, tag: &Tag, again: Option<Duration>) -> Result<()>;

    /// The version of the whole store.
    async fn epoch(&self) -> Result<u64>;

    /// Ends every entry.
    async fn clear(&self) -> Result<()>;

    /// The keys that begin with `prefix`, in no order. For administration, not for requests.
    async fn scan(&self, prefix: &[u8]) -> Result<Vec<Key>>;
}
