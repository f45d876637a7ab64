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
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;

use crate::error::Result;

pub(crate) mod memory;
mod namespace;
#[cfg(feature = "redis")]
mod redis;

pub use memory::InMemory;
pub(crate) use namespace::check_namespace;
#[cfg(feature = "redis")]
pub use redis::{RedisOptions, RedisStore};

pub use crate::fault::Fault;
pub use crate::key::Key;
pub use crate::key::Tag;
pub use crate::token::Token;

/// The versions that tell whether a value is still alive: that of the whole store, and those of its tags in their order.
///
/// Compared for equality only. Zero is the version of something that the store does not know, and equals nothing, not
/// even another zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// The version of the whole store.
    pub epoch: u64,
    /// The versions of the tags.
    pub tags: Vec<u64>,
}

impl Versions {
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

/// How the bytes of a value are to be read. A store keeps it and does not look at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// The encoding.
    pub codec: u8,
    /// Compression, and whether it is the lack of a value that is stored; four bits.
    pub flags: u8,
    /// Tells types and their versions apart.
    pub fingerprint: u32,
}

/// Bytes under a key, with what tells whether they may be served.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The encoded value.
    pub bytes: Vec<u8>,
    /// How the bytes are to be read.
    pub format: Format,
    /// The versions as they were before the load or write that made the value.
    pub versions: Versions,
    /// The token of the load or write that stored it. Set by the store.
    pub id: Option<Token>,
    /// How long it is served without question; longer than that only as a stale value. Counted from now, whatever the
    /// [`age`](Self::age).
    pub fresh: Duration,
    /// How long it exists, counted from now.
    pub ttl: Duration,
    /// How long ago its load or write began.
    pub age: Duration,
    /// How long its load took.
    pub cost: Duration,
    /// A write of the key is under way: the value may be served, but not copied. Set by the store.
    pub guarded: bool,
}

/// Shows everything but the value.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, format, versions, id, fresh, ttl, age, cost, guarded } = self;
        f.debug_struct("Envelope")
            .field("bytes", &bytes.len())
            .field("format", format)
            .field("versions", versions)
            .field("id", id)
            .field("fresh", fresh)
            .field("ttl", ttl)
            .field("age", age)
            .field("cost", cost)
            .field("guarded", guarded)
            .finish()
    }
}

/// What [`Store::read`] found, and the versions at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What is under the key.
    pub found: Found,
    /// Whose lease is under the key, alone or beside a value.
    pub lease: Option<Token>,
    /// The current versions of the store and of the tags that were asked for; zero for what has none.
    pub versions: Versions,
}

/// What is under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A value within its fresh time, with current versions.
    Fresh(Envelope),
    /// A value past its fresh time, with current versions.
    Stale(Envelope),
    /// A value that a tag or a clear has ended. It is not to be served.
    Dead(Envelope),
    /// No value, but the lease of a load with this token.
    Loading(Token),
    /// No value, but guards of writes; the first of them has this token.
    Writing(Token),
    /// Something that no store of this kind has put there. It is left alone.
    Foreign,
    /// Nothing.
    Nothing,
}

/// What [`Store::acquire`] decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// The lease is the caller's: load, then fill.
    Granted,
    /// Someone else loads. Load without storing, or wait.
    Busy {
        /// The token of the other's lease.
        holder: Token,
        /// When the lease ends at the latest.
        left: Duration,
    },
    /// A write is under way. Load without storing; never wait, it may be the caller's own.
    Writing,
    /// There is a value that the caller has not seen. Its versions are the caller's to compare.
    Changed(Envelope),
    /// Something that no store of this kind has put there. Load without storing.
    Foreign,
}

/// What [`Store::fill`] or [`Store::commit`] did with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// It is stored.
    Stored,
    /// It is not: the token is gone, because something removed or replaced the entry meanwhile.
    Refused,
    /// It is not: a tag's version or the epoch has changed since the load began. A store that cannot tell at once answers
    /// [`Stored`](Self::Stored), and never finds the value again.
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
///
/// A store that cannot answer says so by [`Error::unavailable`](crate::Error::unavailable), and better soon: a call gives
/// up waiting after [`response_timeout`](crate::CacheBuilder::response_timeout), but what ends a write goes on in the
/// background until the store has answered.
#[async_trait]
pub trait Store: Send + Sync {
    /// Reads an entry, whatever lease or guard stands beside it, and the versions of its tags.
    async fn read(&self, key: &Key, tags: &[Tag]) -> Result<Read>;

    /// Reads several entries at once, each with its tags, in their order.
    async fn read_many(&self, entries: &[(Key, Vec<Tag>)]) -> Result<Vec<Read>> {
        let reads = entries.iter().map(|(key, tags)| self.read(key, tags));
        join_all(reads).await.into_iter().collect()
    }

    /// Asks for the lease of a load that starts now and is expected to take less than `lease`.
    ///
    /// `observed` is the id of the value that the caller has seen and found wanting; a fresh value with another id
    /// is returned instead of a lease. A lease does not last longer than its load is worth waiting for: it is to be
    /// [extended](Self::extend) while the load goes on.
    ///
    /// A caller that got no answer takes another token when it asks again: if its first request arrives after an
    /// invalidation it is granted, and what was loaded before would be stored.
    async fn acquire(
        &self,
        key: &Key,
        token: Token,
        lease: Duration,
        observed: Option<Token>,
    ) -> Result<Acquired>;

    /// Stores what was loaded under the lease, and ends the lease. `tags` are those whose versions the value carries.
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
    async fn cancel(&self, key: &Key, token: Token) -> Result<()>;

    /// Removes an entry. A load under way will not be stored; a guard stays, and its writer will store nothing.
    async fn invalidate(&self, key: &Key) -> Result<()>;

    /// Tells every [`Watch`] that an entry is to be removed which processes keep for themselves and not in the store.
    async fn announce(&self, key: &Key) -> Result<()> {
        let _ = key;
        Ok(())
    }

    /// Makes an entry stale: it may be served as such, and a load under way will not be stored.
    async fn mark_stale(&self, key: &Key) -> Result<()>;

    /// The current versions; missing ones are made. To be called before a load whose value is to carry them.
    async fn versions(&self, tags: &[Tag]) -> Result<Versions>;

    /// Ends every entry that carries the tag.
    async fn bump(&self, tag: &Tag) -> Result<()>;

    /// Ends every entry.
    async fn clear(&self) -> Result<()>;

    /// Some of the keys that begin with `prefix`, in no order. For administration, not for requests.
    ///
    /// Begins with the cursor zero and goes on with the one that is returned, until that is zero again. A key that is
    /// there all the while comes at least once.
    async fn scan(&self, prefix: &[u8], cursor: u64) -> Result<Scanned>;

    /// Tells whether the store can be asked.
    fn health(&self) -> Health {
        Health::ALWAYS
    }

    /// Reports from now on what changes, to keep copies of entries by; to everyone who asks. A store that cannot do that does nothing: then
    /// [`Watch::restored`] is never called, and no copies are kept.
    fn watch(&self, watch: Arc<dyn Watch>) {
        let _ = watch;
    }
}

/// Whether a store can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Calls are answered. If not, they fail at once.
    pub reachable: bool,
    /// Changes are reported to the [`Watch`].
    pub watching: bool,
    /// How often the store became unreachable.
    pub losses: u64,
    /// How many calls were not answered in time.
    pub timeouts: u64,
    /// What is wrong with the store, if it knows: why it is not reachable, or what it does not do.
    pub fault: Option<Fault>,
}

impl Health {
    /// A store that is always there.
    pub const ALWAYS: Self =
        Self { reachable: true, watching: false, losses: 0, timeouts: 0, fault: None };
}

/// A part of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Keys that were found.
    pub keys: Vec<Key>,
    /// Where to go on; zero at the end.
    pub cursor: u64,
}

/// Who is told what changes in a store, whoever changes it. Called on the store's own thread, or on that of a caller: must not
/// block. A panic counts as [`lost`](Self::lost), which is told in its turn.
pub trait Watch: Send + Sync {
    /// Reports begin: from here on every change is told. Called again after each [`lost`](Self::lost).
    fn restored(&self);
    /// Something under the key has changed, or is gone; perhaps only a lease.
    fn changed(&self, key: &Key);
    /// Somebody has [announced](Store::announce) the key.
    fn announced(&self, key: &Key);
    /// The tag has another version.
    fn bumped(&self, tag: &Tag);
    /// Everything may have changed.
    fn cleared(&self);
    /// Changes may go unreported from now on.
    fn lost(&self);
}
