//! A load although there is a value, which stays until the new one is there.
//!
//! A load that is under way is not joined, and its value is not stored: it may have read what the caller wants to be
//! rid of.

use std::ops::ControlFlow;

use super::call::Call;
use super::remote;
use super::state::{Load, Next, Start};
use crate::tiers::Tiers;

/// Takes a load on in the place of the one that is under way.
pub(super) async fn next(call: &Call<'_>) -> Next {
    let Call { state, key, tags, .. } = *call;
    let start = Start::now(state, tags);
    let Tiers { local, flights, .. } = &*state.tiers;
    let leading = flights.lead(key, start.id, &start.stamp);
    local.end_lease(key);
    let observed = local.peek(key).map(|(record, _)| record.id);
    let mut load = Load::leading(state, key, start, leading);
    // The caller wants another value than this one.
    load.old = None;
    let load = match load.or_stored(observed) {
        ControlFlow::Break(next) => return next,
        ControlFlow::Continue(load) => load,
    };
    // Without the lease, which is another load's or a writer's, the result is not stored.
    match state.remote() {
        Some(remote) => {
            let pulse = load.pulse();
            let mut load = pulse.watch(remote::refresh(call, remote, load)).await;
            load.begin(tags, observed);
            Next::Load(load)
        }
        None => Next::Load(load),
    }
}
