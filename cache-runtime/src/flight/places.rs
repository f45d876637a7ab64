//! Who may load a key after a load that others waited for has failed: a few at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Flights;
use crate::entry::Key;
use crate::timer::within;

/// How many callers load the same key at once after a load that they waited for has failed.
pub(super) const LOADS_AFTER_FAILURE: usize = 4;

/// Lets a few through at a time.
pub(super) struct Gate {
    places: Arc<Semaphore>,
    given_back: Arc<AtomicU64>,
}

impl Default for Gate {
    fn default() -> Self {
        let places = Arc::new(Semaphore::new(LOADS_AFTER_FAILURE));
        Self { places, given_back: Arc::default() }
    }
}

impl Flights {
    /// Waits for a place among the few who may load a key at once after a failure.
    ///
    /// Not bounded by time alone, or a thousand who wait would all go at once when it is up: as long as places are
    /// given back the queue moves, and the wait goes on. After `limit` without any progress the caller goes without.
    pub(crate) async fn place(self: &Arc<Self>, key: &Key, limit: Duration) -> Place {
        let gate = {
            let mut lane = self.lane(key).lock();
            Arc::clone(lane.gates.entry(key.clone()).or_default())
        };
        let mut permit = std::pin::pin!(Arc::clone(&gate.places).acquire_owned());
        let given_back = Arc::clone(&gate.given_back);
        let mut place =
            Place { flights: Arc::clone(self), key: key.clone(), gate: Some(gate), permit: None };
        loop {
            let before = given_back.load(Ordering::Relaxed);
            let taken = within(limit, permit.as_mut()).await;
            if taken.is_some() || given_back.load(Ordering::Relaxed) == before {
                place.permit = taken.and_then(Result::ok);
                return place;
            }
        }
    }
}

/// A place among those who load a key after a failure; or none, after a wait that was long enough.
pub(crate) struct Place {
    flights: Arc<Flights>,
    key: Key,
    /// There until the drop.
    gate: Option<Arc<Gate>>,
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        if self.permit.take().is_some() {
            gate.given_back.fetch_add(1, Ordering::Relaxed);
        }
        let mut lane = self.flights.lane(&self.key).lock();
        drop(gate);
        // The table's own reference is the last: nobody else loads, and nobody waits.
        if lane.gates.get(&self.key).is_some_and(|gate| Arc::strong_count(gate) == 1) {
            lane.gates.remove(&self.key);
        }
    }
}
