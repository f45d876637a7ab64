//! Stamps: the versions that an entry carries, held against the current ones.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::delayed::DelayedBumps;
use crate::clock::Millis;
use crate::sync::AtomicU64;
use crate::token::Token;

/// The current version of a tag, shared by all entries that carry the tag.
#[derive(Debug)]
pub(super) struct TagCell {
    version: AtomicU64,
    /// When the version is to change once more. Set when a write may still take effect after its caller has been
    /// answered.
    pub(super) again: DelayedBumps,
    /// Until when somebody may come back with the version as a number; zero if never.
    pub(super) lent: AtomicU64,
}

impl TagCell {
    pub(super) fn new() -> Self {
        let version = AtomicU64::new(Token::new().to_bits());
        Self { version, again: DelayedBumps::default(), lent: AtomicU64::new(0) }
    }

    #[inline]
    pub(super) fn version(&self, now: Millis) -> u64 {
        self.again.catch_up(now, || self.change());
        self.version.load(Ordering::Acquire)
    }

    pub(super) fn change(&self) {
        // A read-modify-write, so that a reader on another processor sees it as soon as this returns.
        self.version.swap(Token::new().to_bits(), Ordering::AcqRel);
    }
}

/// The versions of an entry's tags and of the store as they were before its load began.
///
/// An entry is alive while they are the current ones. Holding them keeps the versions from being forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    pub(super) epoch: u64,
    pub(super) tags: Option<Arc<[Version]>>,
}

/// A tag, and its version at the time of the stamp.
pub(super) type Version = (Arc<TagCell>, u64);

impl Stamp {
    #[inline]
    pub(super) fn is_current(&self, epoch: u64, now: Millis) -> bool {
        self.epoch == epoch
            && self
                .tags
                .as_ref()
                .is_none_or(|tags| tags.iter().all(|(cell, version)| cell.version(now) == *version))
    }
}
