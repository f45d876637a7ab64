//! Loads beside a flight, by callers who do not wait for it any longer.
//!
//! A load that begins beside another, while the lease of that one stands, has read the source later than that one: as long
//! as the lease stands, nobody has written the key since either began. So whichever of them ends first is stored under that
//! lease, which ends with it, and is the answer for those who still wait. A source that is slower than anyone waits is
//! cached by its first load, and one whose load hangs by the next.

use std::sync::Arc;
use std::time::Duration;

use super::{Flights, Lead, Pulse};
use crate::key::Key;
use crate::outcome::Refusal;
use crate::store::Versions;
use crate::store::memory::Stamp;
use crate::token::Token;

/// What a load may do with what it brings, once it has begun and asks for no leases any more.
#[derive(Clone, Debug)]
pub(crate) struct Right {
    /// The flight has the lease of the local tier.
    pub(crate) here: bool,
    /// The lease of the shared tier, and the versions of the tags from before the load.
    pub(crate) lease: Option<(Token, Versions)>,
    /// Why nothing goes to the shared tier.
    pub(crate) alone: Option<Refusal>,
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

impl Flights {
    /// Starts a flight if none is under way that others may join.
    pub(crate) fn lead_or_beside(
        &self,
        key: &Key,
        id: Token,
        stamp: &Stamp,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Unwaiting {
        let mut lane = self.lane(key).lock();
        let Some(flight) = lane.flights.get(key).filter(|flight| flight.is_current(is_current))
        else {
            return Unwaiting::Lead(lane.start(key, self.flight(id, stamp)));
        };
        let (flight, pulse, right) = (flight.id, &flight.pulse, flight.right.as_ref());
        right.map_or(Unwaiting::Alone, |right| {
            let (right, pulse) = (right.clone(), Arc::clone(pulse));
            Unwaiting::Beside(Beside { flight, right, pulse })
        })
    }

    /// Notes that a flight's load runs from now on, and what it may do. Its leases are not asked for again: a load that
    /// begins later may be stored under them.
    pub(crate) fn runs(&self, key: &Key, id: Token, right: Right) {
        let mut lane = self.lane(key).lock();
        if let Some(flight) = lane.flights.get_mut(key).filter(|flight| flight.id == id) {
            flight.right = Some(right);
        }
    }

    /// Notes that somebody has waited for a flight as long as a call may. If its load has not even begun, the next who
    /// comes takes its place.
    pub(crate) fn outwaited(&self, key: &Key, id: Token) {
        let mut lane = self.lane(key).lock();
        if let Some(flight) = lane.flights.get_mut(key).filter(|flight| flight.id == id) {
            flight.pulse.outwait();
            flight.is_given_up |= flight.right.is_none();
        }
    }

    /// Gives up a flight that has begun so long ago, or longer: a load beside it has failed, and if its own hangs, those who
    /// come would wait for nothing.
    pub(crate) fn give_up_after(&self, key: &Key, id: Token, age: Duration) {
        let mut lane = self.lane(key).lock();
        if let Some(flight) = lane.flights.get_mut(key).filter(|flight| flight.id == id) {
            flight.is_given_up |= flight.since.elapsed() >= age;
        }
    }
}
