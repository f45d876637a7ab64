//! What a caller finds when it asks for the flight of a key.

use std::sync::Arc;

use super::pulse::Pulse;
use super::waiter::Waiter;
use crate::outcome::Refusal;
use crate::store::Versions;
use crate::token::Token;

/// The part of a caller in the load of a key.
pub(crate) enum Joined {
    /// Load; the others wait.
    Lead(Lead),
    /// Wait for the flight with this id.
    Wait(Token, Waiter),
    /// Wait for the flight with this id, whose load does not run yet: its result holds if the flight [begins
    /// anew](Waiter::begins_after).
    WaitForAsking(Token, Waiter),
    /// There is a flight, but something has happened to the key in the remote tier since it was last known to hold.
    Unverified(Unverified),
    /// As many as may wait for one flight do.
    Full,
}

/// The lead of a flight that begins.
pub(crate) struct Lead {
    pub(crate) pulse: Arc<Pulse>,
    /// The flight that this one takes the place of, because its versions no longer hold or nobody polls it: what that one
    /// loads will not be stored.
    pub(crate) instead_of: Option<Token>,
}

/// A flight whose load has begun, and that may be joined if the remote tier still has its witness.
#[derive(Clone, Debug)]
pub(crate) struct Unverified {
    pub(crate) flight: Token,
    /// `None` if the remote tier gave the load no lease, and so cannot tell.
    pub(crate) witness: Option<Witness>,
    /// How many changes it had seen.
    pub(super) seen: u32,
}

/// What stood in the remote tier when a flight's load began. Guards are no such witness: several writers may have one at a
/// time, and that of one stays while another writes.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    /// The lease under the key: the load's own, or that of the load that it waits for or begins beside. While it is there,
    /// nobody has written the key: that ends every lease.
    pub(crate) lease: Token,
    /// The versions of the store and of the tags. While they are the same, nobody has ended these.
    pub(crate) versions: Versions,
}

/// A wait for a flight's end.
pub(crate) enum EndWait {
    /// The flight has ended, or another has its place.
    Over,
    /// Wait for this one.
    Wait(Waiter),
    /// As many as may wait for one flight do.
    Full,
}

/// The leases of a load that has begun, under which a load beside it may store as well.
#[derive(Clone, Debug)]
pub(crate) struct Right {
    /// The flight holds the lease of the local tier.
    pub(crate) local: bool,
    /// The lease of the remote tier, and the versions of the tags from before the load.
    pub(crate) remote: Option<(Token, Versions)>,
    /// Why nothing is stored in the remote tier.
    pub(crate) refusal: Option<Refusal>,
}

/// A flight under way, for a load beside it.
pub(crate) struct Beside {
    pub(crate) flight: Token,
    pub(crate) right: Right,
    pub(crate) pulse: Arc<Pulse>,
}

/// How a caller loads who does not wait.
pub(crate) enum Unwaiting {
    /// As the lead of a flight.
    Lead(Lead),
    /// Beside the one that is under way.
    Beside(Beside),
    /// By itself: the flight's own load has not begun, and so this one may be older than what others write before that.
    Alone,
}
