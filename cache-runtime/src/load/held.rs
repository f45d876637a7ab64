//! What a load holds while it is under way, and what becomes of what it brings.

use std::sync::Arc;

use crate::outcome::{Reason, Refusal};
use crate::store::Versions;
use crate::tiers::remote::Remote;
use crate::token::Token;

/// What a load is to others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// They wait for it.
    Leads,
    /// They wait for another, and are answered by whichever ends first.
    Beside,
    /// Nothing.
    Alone,
}

/// What the local tier said to a load that asked for its lease.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Here {
    /// The lease is the load's.
    Leased,
    /// Another has it, or nobody asked.
    Busy,
    /// A write of this process is under way. Its guard may be missing in the shared tier, so nothing is stored there.
    Guarded,
}

/// What became of a loaded value.
pub(super) enum Kept {
    /// It is stored.
    Stored,
    /// It is kept in this process, although it belongs in the shared tier.
    Here,
    /// It is not stored where it belongs.
    Refused(Refusal),
}

impl Kept {
    pub(super) fn by(refused: Option<Refusal>) -> Self {
        refused.map_or(Self::Stored, Self::Refused)
    }

    pub(super) fn reason(&self) -> Reason {
        match self {
            Self::Stored => Reason::Loaded,
            Self::Here => Reason::KeptHere,
            Self::Refused(refusal) => Reason::NotStored(*refusal),
        }
    }
}

/// A lease in the shared tier under which a load may store: its own, or one that stood when it began.
pub(super) struct Lease {
    pub(super) remote: Arc<Remote>,
    pub(super) token: Token,
    /// The versions from before the load.
    pub(super) versions: Versions,
}
