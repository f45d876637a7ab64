//! A table that is read by several ids at once, and notes which.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use cache_runtime::Ambient;
use cache_runtime::testing::Gate;

/// Rows with numbers. A read sees the rows as they are when it begins; the answer may take its time.
#[derive(Clone, Default)]
pub(super) struct Table(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    rows: HashMap<u64, u64>,
    reads: Vec<Vec<u64>>,
    gate: Option<Gate>,
    fails: bool,
}

impl Ambient for Table {}

/// The error of a table that is away.
pub(super) const AWAY: &str = "the table is away";

impl Table {
    /// A table with these rows, each with a number that is a hundred times its id.
    pub(super) fn of(ids: impl IntoIterator<Item = u64>) -> Self {
        let table = Self::default();
        table.inner().rows = ids.into_iter().map(|id| (id, id * 100)).collect();
        table
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub(super) async fn read(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
        let (rows, gate, fails) = {
            let mut inner = self.inner();
            inner.reads.push(ids.to_vec());
            let row = |id: &u64| Some((*id, *inner.rows.get(id)?));
            (ids.iter().filter_map(row).collect(), inner.gate.clone(), inner.fails)
        };
        if let Some(gate) = gate {
            gate.pass().await;
        }
        if fails { Err(AWAY.to_owned()) } else { Ok(rows) }
    }

    pub(super) fn set(&self, id: u64, row: u64) {
        self.inner().rows.insert(id, row);
    }

    pub(super) fn fail(&self, fails: bool) {
        self.inner().fails = fails;
    }

    /// Has all reads wait from now on.
    pub(super) fn slow_down(&self) -> Gate {
        let gate = Gate::new();
        self.inner().gate = Some(gate.clone());
        gate
    }

    /// The ids of each read since the last time, each read in order.
    pub(super) fn reads(&self) -> Vec<Vec<u64>> {
        let mut reads = std::mem::take(&mut self.inner().reads);
        for ids in &mut reads {
            ids.sort_unstable();
        }
        reads
    }

    /// How often each id was read since the last time.
    pub(super) fn times(&self) -> HashMap<u64, usize> {
        let mut times = HashMap::new();
        for id in self.reads().into_iter().flatten() {
            *times.entry(id).or_default() += 1;
        }
        times
    }
}
