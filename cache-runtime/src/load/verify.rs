//! The check of a flight of whose key a change was reported: the remote tier tells whether it holds.

use super::call::Call;
use super::found;
use crate::flight::{Unverified, Waiter};
use crate::outcome::Reason;
use crate::store::{Found, Read};
use crate::tiers::Tiers;
use crate::tiers::remote::{Budget, Remote};
use crate::value::Stored;

/// What is known of an unverified flight.
pub(super) enum Verdict {
    /// It holds: wait for it.
    Holds(Waiter),
    /// There is a value, and why it is served.
    Value(Stored, Reason),
    /// It does not hold, or it is over.
    Outdated,
    /// Nobody can tell.
    Unknown,
}

/// Verifies a flight: asks the remote tier whether its lease is still there.
pub(super) async fn verify(
    call: &Call<'_>,
    remote: &Remote,
    budget: &mut Budget,
    unverified: &Unverified,
    tracking: bool,
) -> Verdict {
    let Tiers { flights, local, .. } = &*call.state.tiers;
    // The flight that would take its place could not be verified either: of all who come, each would take the place of
    // the one before. Where changes are reported only the first who comes after a change asks.
    let unverifiable = if tracking { Verdict::Outdated } else { Verdict::Unknown };
    let (lease, versions) = match call.read(remote, budget).await {
        // The server may be away for this process alone, and others go on writing.
        Err(_) => return Verdict::Unknown,
        // Whoever writes under a guard may have written since the load began, or another beside it.
        Ok(Read { found: Found::Writing(_), .. }) => return unverifiable,
        Ok(Read { found, lease, versions }) => match found::servable(call, &found) {
            Some((value, reason)) => return Verdict::Value(value, reason),
            // Alone, or beside a value that has ended.
            None => (lease, versions),
        },
    };
    let Some(witness) = &unverified.witness else { return unverifiable };
    if lease != Some(witness.lease) {
        return Verdict::Outdated;
    }
    // The lease is not that of the tags.
    if !remote.is_tracking() && !witness.versions.hold(&versions) {
        let outdated = witness.versions.are_known();
        return if outdated { Verdict::Outdated } else { Verdict::Unknown };
    }
    // What ended a tag before the read was reported before its answer.
    let waiter = flights.join_verified(call.key, unverified, |stamp| local.is_current(stamp));
    waiter.map_or(Verdict::Outdated, Verdict::Holds)
}
