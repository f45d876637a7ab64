//! The answers of a store.

use std::time::Duration;

use super::envelope::{Envelope, Versions};
use crate::key::Key;
use crate::token::Token;

/// The answer to [`Store::read`](super::Store::read): the state of an entry, and the versions at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Read {
    /// What is under the key.
    pub found: Found,
    /// Whose lease is under the key, alone or beside a value.
    pub lease: Option<Token>,
    /// The current versions of the store and of the tags that were asked for; zero for what has none.
    pub versions: Versions,
}

impl Read {
    /// What was found, whose lease is there, and the current versions.
    #[must_use]
    pub const fn new(found: Found, lease: Option<Token>, versions: Versions) -> Self {
        Self { found, lease, versions }
    }
}

/// The state of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

/// The answer to [`Store::acquire`](super::Store::acquire).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acquired {
    /// The lease is the caller's: load, then fill.
    Granted,
    /// Someone else loads. Load without storing, or wait.
    #[non_exhaustive]
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

impl Acquired {
    /// [`Busy`](Self::Busy) for so long at most, with the lease of the load of `holder`.
    #[must_use]
    pub const fn busy(holder: Token, left: Duration) -> Self {
        Self::Busy { holder, left }
    }
}

/// The answer to [`Store::fill`](super::Store::fill) and [`Store::commit`](super::Store::commit): the fate of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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

/// The answer to [`Store::begin`](super::Store::begin): whether the key was free of other writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Begun {
    /// No other writer is known.
    Alone,
    /// Writers overlap: whatever they commit, the key ends up empty.
    Overlapping,
}

/// The answer to [`Store::scan`](super::Store::scan): a part of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scanned {
    /// Keys that were found.
    pub keys: Vec<Key>,
    /// Where to go on; zero at the end.
    pub cursor: u64,
}

impl Scanned {
    /// Keys that were found, and where to go on.
    #[must_use]
    pub const fn new(keys: Vec<Key>, cursor: u64) -> Self {
        Self { keys, cursor }
    }
}
