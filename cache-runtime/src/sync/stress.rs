//! Scenarios of the model on real threads: a few orders as they come, so that a scenario is compiled and run with all other
//! tests. Those that count are explored with `--cfg shuttle`.

use std::hash::BuildHasher;

pub(crate) use std::thread::spawn;

const RUNS: usize = 20;

/// Runs a scenario some times.
pub(crate) fn explore(scenario: impl Fn() + Copy + Send + Sync + 'static) {
    (0..RUNS).for_each(|_| scenario());
}

/// One of so many.
pub(crate) fn choose(many: usize) -> usize {
    let random = std::hash::RandomState::new().hash_one(many);
    usize::try_from(random % many as u64).unwrap()
}

/// Runs a future on this thread.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
