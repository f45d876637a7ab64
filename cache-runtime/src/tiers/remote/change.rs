//! The changes of an entry in the remote tier.

use std::time::Duration;

use crate::key::Key;
use crate::policy::Tier;
use crate::token::Token;

/// The address of an entry in the remote tier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct EntryAddress {
    pub(crate) tier: Tier,
    pub(crate) key: Key,
}

/// What is to happen to an entry that somebody writes or invalidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The write took place: the value goes, the guard too.
    Commit(Token),
    /// It may have: the value goes, the guard stays, to its deadline or so long.
    Abandon(Token, Option<Duration>),
    /// It did not.
    Cancel(Token),
    /// No guard was placed: the value goes.
    Remove,
    /// The value's time is over.
    MarkStale,
}

impl Change {
    /// What ends a write whose value was not stored.
    pub(crate) fn end(token: Token, hold: Option<Duration>) -> Self {
        match hold {
            Some(_) => Self::Abandon(token, hold),
            None => Self::Commit(token),
        }
    }
}
