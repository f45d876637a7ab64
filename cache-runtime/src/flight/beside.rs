//! Loads beside a flight, by callers who do not wait for it any longer.
//!
//! A load that begins beside another, while the lease of that one stands, has read the source later than that one: as long
//! as the lease stands, nobody has written the key since either began. So whichever of them ends first is stored under that
//! lease, which ends with it, and is the answer for those who still wait. A source that is slower than anyone waits is
//! cached by its first load, and one whose load hangs by the next.

use std::sync::Arc;
use std::time::Duration;

use super::joined::{Beside, Right, Unwaiting};
use super::pulse::Pulse;
use super::table::Flights;
use crate::key::Key;
use crate::store::memory::Stamp;
use crate::token::Token;

impl Flights {
    /// Starts a flight if none is under way that others may join.
    pub(crate) fn lead_or_beside(
        &self,
        key: &Key,
        id: Token,
        stamp: &Stamp,
        is_current: impl FnOnce(&Stamp) -> bool,
    ) -> Unwaiting {
        let mut shard = self.shard(key);
        let Some(flight) = shard.flights.get(key).filter(|flight| flight.is_current(is_current))
        else {
            return Unwaiting::Lead(shard.start(key, self.flight(id, stamp)));
        };
        let (flight, pulse, right) = (flight.id, &flight.pulse, flight.right.as_ref());
        right.map_or(Unwaiting::Alone, |right| {
            let (right, pulse) = (right.clone(), Arc::clone(pulse));
            Unwaiting::Beside(Beside { flight, right, pulse })
        })
    }

    /// Notes that a flight's load runs from now on, and what it may do. Its leases are not asked for again: a load that
    /// begins later may be stored under them.
    pub(crate) fn runs(&self, key: &Key, id: Token, right: Right, pulse: &Pulse) {
        let mut shard = self.shard(key);
        // Under the lock: whoever finds it running came after its last beginning, or knows that it did not.
        self.begins_anew(pulse);
        if let Some(flight) = shard.flight(key, id) {
            flight.right = Some(right);
        }
    }

    /// Notes that somebody has waited for a flight as long as a call may. If its load has not even begun, the next who
    /// comes takes its place.
    pub(crate) fn outwaited(&self, key: &Key, id: Token) {
        let mut shard = self.shard(key);
        if let Some(flight) = shard.flight(key, id) {
            flight.pulse.outwait();
            flight.is_given_up |= flight.right.is_none();
        }
    }

    /// Gives up a flight that has begun so long ago, or longer: a load beside it has failed, and if its own hangs, those who
    /// come would wait for nothing.
    pub(crate) fn give_up_after(&self, key: &Key, id: Token, age: Duration) {
        let mut shard = self.shard(key);
        if let Some(flight) = shard.flight(key, id) {
            flight.is_given_up |= flight.since.elapsed() >= age;
        }
    }
}
