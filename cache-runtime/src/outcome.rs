//! What became of one cached call.

use std::fmt;

pub(crate) use crate::counters::Refusal;

/// What became of the cached calls in a [`traced`](crate::traced) scope: which tier answered, and why.
///
/// It displays as one word, `hit`, `stale`, `miss`, `bypass` or `none` (no cached call was made), fit for a
/// response header; [`reason`](Self::reason) says more. If the scope made several calls, the one that was
/// farthest from a hit counts: `hit` means that every call was one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "x-cache")]
pub struct Outcome(Option<Reason>);

/// Ordered by how far from a hit the answer was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Hit,
    NegativeHit,
    RemoteHit,
    Stale,
    StaleOnError,
    Joined,
    Loaded,
    KeptHere,
    LoadFailed,
    TimedOut,
    NotStored(Refusal),
    Bypassed,
    InTransaction,
    OwnWrite,
    PolicyOff,
    KeyTooLong,
}

impl Outcome {
    pub(crate) const NONE: Self = Self(None);

    pub(crate) fn of(reason: Reason) -> Self {
        Self(Some(reason))
    }

    /// The farther from a hit of two outcomes.
    pub(crate) fn worse(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// The reason as what it is; `None` if no cached call was made.
    pub(crate) fn cause(self) -> Option<Reason> {
        self.0
    }

    /// Tells whether every call was answered from the cache, a cached `None` included.
    #[must_use]
    pub fn is_hit(self) -> bool {
        matches!(self.0, Some(Reason::Hit | Reason::NegativeHit | Reason::RemoteHit))
    }

    /// Tells whether a value past its ttl was served.
    #[must_use]
    pub fn is_stale(self) -> bool {
        matches!(self.0, Some(Reason::Stale | Reason::StaleOnError))
    }

    /// Tells whether a body ran, or a call waited for one that ran.
    #[must_use]
    pub fn is_miss(self) -> bool {
        matches!(
            self.0,
            Some(
                Reason::Joined
                    | Reason::Loaded
                    | Reason::KeptHere
                    | Reason::LoadFailed
                    | Reason::TimedOut
                    | Reason::NotStored(_)
            )
        )
    }

    /// Tells whether the cache was left aside: a [`bypass`](crate::bypass) scope, a
    /// [`transaction`](crate::transaction), what the writing function around the call names, `when`, a policy that is off, a
    /// key that is too long.
    #[must_use]
    pub fn is_bypass(self) -> bool {
        matches!(
            self.0,
            Some(
                Reason::Bypassed
                    | Reason::InTransaction
                    | Reason::OwnWrite
                    | Reason::PolicyOff
                    | Reason::KeyTooLong
            )
        )
    }

    /// Says in a few words why the outcome is what it is.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self.0 {
            None => "no cached function was called",
            Some(Reason::Hit) => "fresh value in the local tier",
            Some(Reason::NegativeHit) => "fresh `None` in the local tier",
            Some(Reason::RemoteHit) => "fresh value in the remote tier",
            Some(Reason::Stale) => "value past its ttl, while it is refreshed",
            Some(Reason::StaleOnError) => "value past its ttl, because the load failed",
            Some(Reason::Joined) => "waited for a load that was under way",
            Some(Reason::Loaded) => "loaded and stored",
            Some(Reason::KeptHere) => {
                "loaded, kept in this process only: the remote tier did not answer"
            }
            Some(Reason::LoadFailed) => "the load returned an error, which is never stored",
            Some(Reason::TimedOut) => "the load takes longer than `hard_timeout`, and goes on",
            Some(Reason::NotStored(refusal)) => refusal.text(),
            Some(Reason::Bypassed) => "bypassed by the call",
            Some(Reason::InTransaction) => "inside of a transaction, where loads are not stored",
            Some(Reason::OwnWrite) => "written by the function or the transaction around the call",
            Some(Reason::PolicyOff) => "the policy is switched off",
            Some(Reason::KeyTooLong) => "the key is longer than 1 KiB",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "none",
            Some(_) if self.is_hit() => "hit",
            Some(_) if self.is_stale() => "stale",
            Some(_) if self.is_miss() => "miss",
            Some(_) => "bypass",
        })
    }
}
