//! What only the methods of a cache invalidate: entries that look alike, everything, an entry that is to be stale.

use std::sync::Arc;
use std::time::Duration;

use super::end::{End, HOLD_AFTER_ERROR};
use super::remote_changes::RemoteChanges;
use crate::key::{Key, Pattern};
use crate::scope::Written;
use crate::tiers::remote::Change;
use crate::tiers::{PolicyState, Tiers};
use crate::token::Token;

/// What a transaction is to end although nothing stands guard over it.
pub(super) enum More {
    Stale(Arc<PolicyState>, Key),
    Matching(Arc<Tiers>, Pattern),
    Everything(Arc<Tiers>),
}

impl More {
    pub(super) fn note(&self, written: &Written) {
        match self {
            Self::Stale(state, key) => written.key(state.tiers.id(), key),
            Self::Matching(tiers, pattern) => written.pattern(tiers.id(), pattern),
            Self::Everything(tiers) => written.everything(tiers.id()),
        }
    }

    /// Ends it, in this process and in the remote tier; after a failure once more, `again` later.
    pub(super) fn finish(&self, end: End, again: Option<Duration>, changes: &mut RemoteChanges) {
        match self {
            Self::Stale(state, key) => {
                let change = match end {
                    End::Written | End::NotWritten => Change::MarkStale,
                    End::Failed => Change::Abandon(Token::new(), Some(HOLD_AFTER_ERROR)),
                    End::Interrupted => Change::Abandon(Token::new(), again),
                };
                changes.change(state, key, change);
            }
            Self::Matching(tiers, pattern) => changes.matching(tiers, pattern, again),
            Self::Everything(tiers) => changes.everything(tiers, again),
        }
    }
}
