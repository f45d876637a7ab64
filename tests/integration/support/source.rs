//! The source behind the caches: rows that a test can change, slow down and count.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_runtime::Ambient;
use cache_runtime::testing::Gate;

use super::random::Random;

/// What a load panics with.
pub(crate) const PANIC: &str = "the source panics, as the test asked it to";

/// Rows with numbers. Linearizable: a read returns what the last write before it stored.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rows: Mutex<HashMap<u64, u64>>,
    slow: Mutex<Slow>,
    loads: AtomicUsize,
    panics: AtomicBool,
    /// Lets other tasks run between the read of a row and the answer; a different number of times for each load.
    jitter: Option<Mutex<Random>>,
}

/// Which loads wait, after they have read their row, and where.
#[derive(Debug, Default)]
enum Slow {
    #[default]
    None,
    Next(Gate),
    All(Gate),
}

impl Slow {
    fn next(&mut self) -> Option<Gate> {
        match std::mem::take(self) {
            Self::None => None,
            Self::Next(gate) => Some(gate),
            Self::All(gate) => {
                *self = Self::All(gate.clone());
                Some(gate)
            }
        }
    }
}

impl Ambient for Source {}

impl Source {
    /// A source whose answers take their time, each another.
    pub(crate) fn with_jitter(seed: u64) -> Self {
        Self(Arc::new(Inner { jitter: Some(Mutex::new(Random::new(seed))), ..Inner::default() }))
    }

    /// Reads a row as a database does: the row is read first, the answer may take its time.
    pub(crate) async fn load(&self, id: u64) -> u64 {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        let row = self.row(id);
        let slow = self.slow().next();
        if let Some(gate) = slow {
            gate.pass().await;
        }
        self.dawdle().await;
        assert!(!self.0.panics.swap(false, Ordering::SeqCst), "{PANIC}");
        row
    }

    /// Makes the load that ends next panic.
    pub(crate) fn panic_next(&self) {
        self.0.panics.store(true, Ordering::SeqCst);
    }

    /// Lets other tasks run for a while.
    pub(crate) async fn dawdle(&self) {
        let Some(jitter) = &self.0.jitter else { return };
        let turns = jitter.lock().unwrap_or_else(PoisonError::into_inner).below(6);
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    }

    /// The row as it is now; zero if there is none.
    pub(crate) fn row(&self, id: u64) -> u64 {
        let rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.get(&id).copied().unwrap_or_default()
    }

    pub(crate) fn set(&self, id: u64, row: u64) {
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner).insert(id, row);
    }

    /// Changes a row to the next version, and returns it.
    pub(crate) fn advance(&self, id: u64) -> u64 {
        let mut rows = self.0.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let row = rows.entry(id).or_default();
        *row += 1;
        *row
    }

    /// Makes the next load wait, after it has read its row, until the gate opens.
    pub(crate) fn slow_down_next(&self) -> Gate {
        let gate = Gate::new();
        *self.slow() = Slow::Next(gate.clone());
        gate
    }

    /// The same for every load from now on.
    pub(crate) fn slow_down(&self) -> Gate {
        let gate = Gate::new();
        *self.slow() = Slow::All(gate.clone());
        gate
    }

    fn slow(&self) -> MutexGuard<'_, Slow> {
        self.0.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of loads so far.
    pub(crate) fn loads(&self) -> usize {
        self.0.loads.load(Ordering::SeqCst)
    }
}
