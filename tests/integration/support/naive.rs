//! The caches that everybody writes first. Each scenario runs on them too, to show that it can fail.

use std::collections::{HashMap, hash_map};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::source::Source;
use super::subject::{Subject, Way};

/// Cache-aside as in every tutorial: get, or load and set; delete after a write.
#[derive(Clone, Debug)]
pub(crate) struct Naive {
    source: Source,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    now: Duration,
    /// With the time at which each expires.
    entries: HashMap<u64, (u64, Duration)>,
}

const TTL: Duration = Duration::from_hours(1);

impl Naive {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, id: u64) -> Option<u64> {
        let shared = self.shared();
        let (row, expires) = shared.entries.get(&id)?;
        (*expires > shared.now).then_some(*row)
    }

    fn set(&self, id: u64, row: u64) {
        let mut shared = self.shared();
        let expires = shared.now + TTL;
        shared.entries.insert(id, (row, expires));
    }

    fn del(&self, id: u64) {
        self.shared().entries.remove(&id);
    }
}

impl Subject for Naive {
    fn new(source: Source) -> Self {
        Self { source, shared: Arc::default() }
    }

    fn source(&self) -> &Source {
        &self.source
    }

    async fn read(&self, id: u64) -> u64 {
        if let Some(row) = self.get(id) {
            return row;
        }
        self.refresh(id).await
    }

    async fn refresh(&self, id: u64) -> u64 {
        let row = self.source.load(id).await;
        self.set(id, row);
        row
    }

    async fn invalidate(&self, id: u64) {
        self.del(id);
    }

    async fn invalidate_tag(&self) {
        self.shared().entries.clear();
    }

    async fn invalidate_pattern(&self) {
        self.shared().entries.clear();
    }

    async fn clear(&self) {
        self.shared().entries.clear();
    }

    async fn put(&self, id: u64, row: u64) {
        self.set(id, row);
    }

    async fn mark_stale(&self, id: u64) {
        self.del(id);
    }

    async fn write<F>(&self, id: u64, change: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        let changed = change.await;
        self.del(id);
        changed
    }

    async fn write_two<F>(&self, rows: [(u64, Way); 2], change: F) -> Option<(u64, [u64; 2])>
    where
        F: Future<Output = Option<[u64; 2]>> + Send,
    {
        for (id, _) in rows {
            self.del(id);
        }
        let versions = change.await?;
        Some((self.read(rows[0].0).await, versions))
    }

    fn advance(&self, by: Duration) {
        self.shared().now += by;
    }
}

/// The same with one load per key at a time: whoever finds one under way waits for its value.
#[derive(Clone, Debug)]
pub(crate) struct NaiveFlights {
    cache: Naive,
    flights: Arc<Mutex<HashMap<u64, Flight>>>,
}

type Flight = Arc<watch::Sender<Option<u64>>>;

impl NaiveFlights {
    fn flights(&self) -> MutexGuard<'_, HashMap<u64, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The flight to wait for; `None` if the caller is to load.
    fn join(&self, id: u64) -> Option<watch::Receiver<Option<u64>>> {
        match self.flights().entry(id) {
            hash_map::Entry::Occupied(flight) => Some(flight.get().subscribe()),
            hash_map::Entry::Vacant(place) => {
                place.insert(Arc::new(watch::Sender::new(None)));
                None
            }
        }
    }
}

impl Subject for NaiveFlights {
    fn new(source: Source) -> Self {
        Self { cache: Naive::new(source), flights: Arc::default() }
    }

    fn source(&self) -> &Source {
        &self.cache.source
    }

    async fn read(&self, id: u64) -> u64 {
        if let Some(row) = self.cache.get(id) {
            return row;
        }
        if let Some(mut flight) = self.join(id) {
            let landed = flight.wait_for(Option::is_some).await.expect("flights are not dropped");
            return landed.expect("it has landed");
        }
        let row = self.cache.refresh(id).await;
        if let Some(flight) = self.flights().remove(&id) {
            flight.send_replace(Some(row));
        }
        row
    }

    async fn refresh(&self, id: u64) -> u64 {
        self.cache.refresh(id).await
    }

    async fn invalidate(&self, id: u64) {
        self.cache.invalidate(id).await;
    }

    async fn invalidate_tag(&self) {
        self.cache.invalidate_tag().await;
    }

    async fn invalidate_pattern(&self) {
        self.cache.invalidate_pattern().await;
    }

    async fn clear(&self) {
        self.cache.clear().await;
    }

    async fn put(&self, id: u64, row: u64) {
        self.cache.put(id, row).await;
    }

    async fn mark_stale(&self, id: u64) {
        self.cache.mark_stale(id).await;
    }

    async fn write<F>(&self, id: u64, change: F) -> F::Output
    where
        F: Future<Output: Send> + Send,
    {
        self.cache.write(id, change).await
    }

    async fn write_two<F>(&self, rows: [(u64, Way); 2], change: F) -> Option<(u64, [u64; 2])>
    where
        F: Future<Output = Option<[u64; 2]>> + Send,
    {
        self.cache.write_two(rows, change).await
    }

    fn advance(&self, by: Duration) {
        self.cache.advance(by);
    }
}
