//! A load although there is a value, which stays until the new one is there.
//!
//! A load that is under way is not joined, and what it loads is not stored: it may have read what the caller wants to be
//! rid of.

use super::Call;
use super::ticket::{Start, Ticket, Turn};
use crate::flight::Landing;
use crate::outcome::Reason;
use crate::tiers::{Grant, Tiers};

use super::shared;

pub(super) async fn take_turn(call: &Call<'_>) -> Turn {
    let Call { state, key, tags, .. } = *call;
    let start = Start::now(state, tags);
    let Tiers { local, flights, .. } = &*state.tiers;
    let lead = flights.lead(key, start.id, &start.stamp);
    local.end_lease(key);
    let observed = local.peek(key).map(|(record, _)| record.id);
    let mut ticket = Ticket::leading(state, key, start, lead);
    match ticket.acquire(observed) {
        Grant::Changed(record) => {
            ticket.land(Landing::Stored(record.payload.clone()));
            Turn::Stored(record.payload, Reason::Hit)
        }
        // Somebody else's load or write: this one's result is not stored.
        Grant::Granted | Grant::Busy { .. } | Grant::Writing => match state.remote() {
            Some(remote) => {
                let pulse = ticket.pulse();
                let mut ticket = pulse.watch(shared::refresh(call, remote, ticket)).await;
                ticket.begins(tags, observed);
                Turn::Load(ticket)
            }
            None => Turn::Load(ticket),
        },
    }
}
