//! A source that knows how often each of its rows was read to the end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_runtime::Ambient;
use cache_runtime::testing::Gate;

/// Rows whose value is their id until they are written. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    rows: BTreeMap<u64, u64>,
    failing: BTreeSet<u64>,
    /// How often each row was read to the end.
    reads: BTreeMap<u64, usize>,
    held: BTreeMap<u64, Gate>,
    all_held: Option<Gate>,
    /// Loads take another number of turns each.
    dawdles: bool,
}

impl Ambient for Source {}

impl Source {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a row, and takes its time before it answers.
    pub(crate) async fn load(&self, id: u64) -> Result<u64, String> {
        let (row, gate, turns) = {
            let inner = self.inner();
            let gate = inner.held.get(&id).or(inner.all_held.as_ref()).cloned();
            let turns = if inner.dawdles { id.wrapping_mul(0x9E37_79B9) % 7 } else { 0 };
            (inner.rows.get(&id).copied().unwrap_or(id), gate, turns)
        };
        if let Some(gate) = gate {
            gate.pass().await;
        }
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
        let mut inner = self.inner();
        *inner.reads.entry(id).or_default() += 1;
        if inner.failing.contains(&id) {
            return Err(format!("no row {id}"));
        }
        Ok(row)
    }

    pub(crate) fn write(&self, id: u64, row: u64) {
        self.inner().rows.insert(id, row);
    }

    pub(crate) fn fail(&self, ids: impl IntoIterator<Item = u64>) {
        self.inner().failing.extend(ids);
    }

    pub(crate) fn hold(&self, id: u64, gate: &Gate) {
        self.inner().held.insert(id, gate.clone());
    }

    pub(crate) fn hold_all(&self, gate: &Gate) {
        self.inner().all_held = Some(gate.clone());
    }

    pub(crate) fn dawdle(&self) {
        self.inner().dawdles = true;
    }

    /// How often rows were read to the end.
    pub(crate) fn loads(&self) -> usize {
        self.inner().reads.values().sum()
    }

    /// How often each row was read to the end.
    pub(crate) fn reads(&self) -> BTreeMap<u64, usize> {
        self.inner().reads.clone()
    }
}
