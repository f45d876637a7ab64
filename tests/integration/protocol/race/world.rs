//! A source that is never wrong, and what is known of it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::scripts::Scripts;
use crate::support::random::Random;

pub(super) const KEYS: usize = 3;

/// Short, so that many end while something is under way.
pub(super) const LEASE: Duration = Duration::from_millis(15);
pub(super) const GUARD: Duration = Duration::from_millis(25);

/// How the clients use the server.
#[derive(Clone, Debug)]
pub(super) enum Protocol {
    /// With leases and guards.
    Ours(Arc<Scripts>),
    /// As in every tutorial: get, or load and set; delete after a write.
    Naive,
}

#[derive(Debug)]
pub(super) struct World {
    /// Rounds share a server, but no keys.
    pub(super) seed: u64,
    pub(super) protocol: Protocol,
    /// Nobody removes entries from outside. Then a guard bounds what a writer leaves behind that died.
    pub(super) calm: bool,
    rows: Mutex<[u64; KEYS]>,
    /// By key, the version of the last write that was acknowledged.
    acknowledged: [AtomicU64; KEYS],
    pub(super) tally: Tally,
}

/// What happened, to show that something did.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) reads: AtomicUsize,
    pub(super) stale: AtomicUsize,
    pub(super) hits: AtomicUsize,
    pub(super) under_guard: AtomicUsize,
    pub(super) busy: AtomicUsize,
    pub(super) writing: AtomicUsize,
    pub(super) changed: AtomicUsize,
    pub(super) filled: AtomicUsize,
    pub(super) refused: AtomicUsize,
    pub(super) failed: AtomicUsize,
    pub(super) renewed: AtomicUsize,
    pub(super) committed: AtomicUsize,
    pub(super) overlapped: AtomicUsize,
    pub(super) cancelled: AtomicUsize,
    pub(super) bounded: AtomicUsize,
    pub(super) died: AtomicUsize,
}

pub(super) fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::SeqCst);
}

impl World {
    pub(super) fn new(seed: u64, protocol: Protocol, calm: bool) -> Self {
        let (rows, acknowledged, tally) = Default::default();
        Self { seed, protocol, calm, rows, acknowledged, tally }
    }

    pub(super) fn key(&self, id: usize) -> String {
        format!("race:v:{}:{id}", self.seed)
    }

    /// What no read that starts now may fall behind.
    pub(super) fn acknowledged(&self, id: usize) -> u64 {
        self.acknowledged[id].load(Ordering::SeqCst)
    }

    pub(super) fn acknowledge(&self, id: usize, version: u64) {
        self.acknowledged[id].fetch_max(version, Ordering::SeqCst);
    }

    pub(super) fn row(&self, id: usize) -> u64 {
        self.rows()[id]
    }

    /// Makes the next version, unless it takes effect at `limit` or later: such a statement is undone before anyone can
    /// see it, as by a database with a time limit.
    pub(super) fn change(&self, id: usize, limit: Option<Instant>) -> Option<u64> {
        let mut rows = self.rows();
        rows[id] += 1;
        if limit.is_some_and(|limit| Instant::now() >= limit) {
            rows[id] -= 1;
            return None;
        }
        Some(rows[id])
    }

    fn rows(&self) -> MutexGuard<'_, [u64; KEYS]> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets others go first, for a time that is often short and sometimes longer than a lease.
pub(super) async fn dawdle(random: &mut Random) {
    let most = match random.below(16) {
        0..4 => return,
        4..9 => return tokio::task::yield_now().await,
        9..15 => 4,
        _ => 25,
    };
    tokio::time::sleep(Duration::from_millis(random.below(most))).await;
}
