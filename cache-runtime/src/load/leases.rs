//! The leases that a load holds while it is under way, and what becomes of its value.

use std::sync::Arc;

use crate::flight::Pulse;
use crate::outcome::{Reason, Refusal};
use crate::store::Versions;
use crate::tiers::remote::Remote;
use crate::token::Token;

/// The part of a load in the flight of its key.
pub(super) enum Role {
    /// Others wait for this load.
    Lead {
        /// The flight that this one takes the place of.
        instead_of: Option<Token>,
    },
    /// Others wait for another load, and are answered by whichever ends first.
    Beside {
        /// That load's flight.
        flight: Token,
        /// Whether that load is polled.
        pulse: Arc<Pulse>,
    },
    /// Nobody waits for this load.
    Alone,
    /// The load is over.
    Ended,
}

/// The lease of the local tier, as a load has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalLease {
    /// The lease is the load's.
    Held,
    /// Another has it, or nobody asked.
    Busy,
    /// A write of this process is under way. Its guard may be missing in the remote tier, so nothing is stored there.
    Guarded,
}

/// The lease of the remote tier, as a load has it.
pub(super) enum RemoteLease {
    /// The lease was not asked for, or another has it.
    None,
    /// The lease was asked for, and may have been granted by now.
    Asked(Arc<Remote>),
    /// The load may store under this lease.
    Held(Box<Lease>),
    /// Nothing is stored in the remote tier, because of this. A lease that was asked for there may have been granted.
    Refused(Refusal, Option<Arc<Remote>>),
}

/// A lease in the remote tier under which a load may store: its own, or one that stood when it began.
pub(super) struct Lease {
    pub(super) remote: Arc<Remote>,
    pub(super) token: Token,
    /// The versions from before the load.
    pub(super) versions: Versions,
}

impl RemoteLease {
    /// The lease under which the load may store there.
    pub(super) fn held(&self) -> Option<&Lease> {
        if let Self::Held(lease) = self { Some(lease) } else { None }
    }

    /// Why nothing is stored there.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        if let Self::Refused(refusal, _) = self { Some(*refusal) } else { None }
    }

    /// Gives the lease up for a reason.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        let asked = match std::mem::replace(self, Self::None) {
            Self::Asked(remote) => Some(remote),
            _ => None,
        };
        *self = Self::Refused(refusal, asked);
    }

    /// The tier in which the lease `token` is to be released when its load ends. The lease of a load elsewhere is left to
    /// whoever has it.
    pub(super) fn into_release(self, token: Token) -> Option<Arc<Remote>> {
        match self {
            Self::Held(lease) => (lease.token == token).then_some(lease.remote),
            Self::Asked(remote) | Self::Refused(_, Some(remote)) => Some(remote),
            Self::None | Self::Refused(_, None) => None,
        }
    }
}

/// What became of a loaded value.
pub(super) enum Kept {
    /// It is stored.
    Stored,
    /// It is kept in this process, although it belongs in the remote tier.
    Here,
    /// It is not stored where it belongs.
    Refused(Refusal),
}

impl Kept {
    pub(super) fn unless(refused: Option<Refusal>) -> Self {
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
