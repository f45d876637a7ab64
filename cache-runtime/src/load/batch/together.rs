//! What the calls of one batch have in common: their reads are made together, and it is known who of them waits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::key::{Key, Tag};
use crate::policy::Tier;
use crate::store::Read;
use crate::tiers::remote::{Budget, Remote};

/// The most entries that one request reads.
const MOST: usize = 1_000;

/// The calls of one batch.
#[derive(Debug, Default)]
pub(in crate::load) struct Together {
    requests: Mutex<Vec<Request>>,
    waiting: AtomicUsize,
}

/// A read of one entry.
#[derive(Debug)]
pub(super) struct Request {
    entry: (Key, Vec<Tag>),
    answer: oneshot::Sender<Option<Read>>,
}

impl Together {
    /// Reads an entry, with those that others ask for at the same time.
    pub(in crate::load) async fn read(
        &self,
        key: &Key,
        tags: &[Tag],
        budget: &mut Budget,
    ) -> Result<Read> {
        let ((answer, receive), start) = (oneshot::channel(), Instant::now());
        self.requests.lock().push(Request { entry: (key.clone(), tags.to_vec()), answer });
        let read = receive.await;
        budget.add(start.elapsed());
        let unavailable = || Error::unavailable("the remote tier did not say what the entry is");
        read.ok().flatten().ok_or_else(unavailable)
    }

    /// Notes, until the guard is dropped, that one of the calls waits for what another loads.
    pub(in crate::load) fn waits(&self) -> impl Drop + use<'_> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        Waiting(&self.waiting)
    }

    /// How many of the calls wait for what others load.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// What is to be read now.
    pub(super) fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock())
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Reads entries of one tier in as few requests as may be.
pub(super) fn read(
    remote: &Remote,
    tier: Tier,
    mut requests: Vec<Request>,
) -> impl Iterator<Item = impl Future<Output = ()> + Send + use<'_>> {
    std::iter::from_fn(move || {
        let rest = requests.split_off(requests.len().min(MOST));
        let part = std::mem::replace(&mut requests, rest);
        (!part.is_empty()).then(|| read_part(remote, tier, part))
    })
}

async fn read_part(remote: &Remote, tier: Tier, requests: Vec<Request>) {
    let of_request = |Request { entry, answer }| (entry, answer);
    let (entries, answers): (Vec<_>, Vec<_>) = requests.into_iter().map(of_request).unzip();
    let reads = remote.read_many(tier, entries).await;
    for (answer, read) in answers.into_iter().zip(reads) {
        // In vain if the call is gone.
        let _ = answer.send(read);
    }
}
