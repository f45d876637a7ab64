//! Locks, atomics and waits of the parts that many threads change at once: flights, the memory store, timers.
//!
//! They come from here so that a model checker can take their places. Unit tests that are built with `--cfg shuttle` get
//! those of `model`, with which a scheduler decides at each of them which thread goes on, and explores one order after the
//! other. What is in a `static`, or held for no more than a plain assignment, is taken from where it is at home.

#[cfg(all(test, shuttle))]
pub(crate) use model::{
    AtomicBool, AtomicU64, Delay, Map, Mutex, MutexGuard, Notify, OnceLock, block_on, choose,
    explore, spawn,
};

#[cfg(not(all(test, shuttle)))]
pub(crate) use {
    futures_timer::Delay,
    parking_lot::{Mutex, MutexGuard},
    quick_cache::sync::Cache as Map,
    std::sync::OnceLock,
    std::sync::atomic::{AtomicBool, AtomicU64},
    tokio::sync::Notify,
};

#[cfg(all(test, not(shuttle)))]
pub(crate) use stress::{block_on, choose, explore, spawn};

/// Runs each of these in a thread of its own, to its end.
#[cfg(test)]
pub(crate) fn together<W: Send + Sync + 'static>(world: &std::sync::Arc<W>, all: &[fn(&W)]) {
    let run = |act: &fn(&W)| {
        let (world, act) = (std::sync::Arc::clone(world), *act);
        spawn(move || act(&world))
    };
    let threads: Vec<_> = all.iter().map(run).collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[cfg(all(test, shuttle))]
mod model;
#[cfg(all(test, not(shuttle)))]
mod stress;
