//! The calls of a batch on their way to their loads, side by side.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::look::Begin;
use super::together;
use crate::io::begin_together;
use crate::load::call::{BoxFuture, Call};
use crate::load::revalidate;
use crate::load::run::next;
use crate::load::state::{Load, Next};

/// How many calls of one batch ask for their leases at the same time. Each has the time of one request for that, which the
/// answers to all must fit in.
const ASKING: usize = 500;

/// The calls of a batch that have not come to their loads yet, each by its number.
pub(super) struct Gather<'a> {
    calls: &'a [Call<'a>],
    together: &'a together::Together,
    queue: VecDeque<(usize, Begin)>,
    /// Those that ask, and those that wait for what others load.
    under_way: FuturesUnordered<BoxFuture<'a, (usize, Next)>>,
    reads: FuturesUnordered<BoxFuture<'a, ()>>,
    come: Vec<(usize, Next)>,
    /// How many of those that have come are to load.
    loads: usize,
}

impl<'a> Gather<'a> {
    pub(super) fn new(calls: &'a [Call<'a>], together: &'a together::Together) -> Self {
        Self {
            calls,
            together,
            queue: VecDeque::new(),
            under_way: FuturesUnordered::new(),
            reads: FuturesUnordered::new(),
            come: Vec::new(),
            loads: 0,
        }
    }

    /// Adds a call, which begins when it is its turn.
    pub(super) fn add(&mut self, at: usize, begin: Begin) {
        self.queue.push_back((at, begin));
    }

    /// Tells whether all calls have come.
    pub(super) fn is_over(&self) -> bool {
        self.queue.is_empty() && self.under_way.is_empty() && self.come.is_empty()
    }

    /// The calls that have come, in the order of their numbers.
    pub(super) fn take(&mut self) -> Vec<(usize, Next)> {
        self.loads = 0;
        let mut come = std::mem::take(&mut self.come);
        come.sort_unstable_by_key(|(at, _)| *at);
        come
    }

    /// Goes on until none of the calls asks any more: each has come, or waits for what another loads. No more of them begin than
    /// there is `room` for loads: a lease is not to be held while others are loaded. That nobody asks is not worth telling
    /// before one has come, unless there is something to load already.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        room: usize,
        has_loads: bool,
    ) -> Poll<()> {
        while begin_together(|| self.step(context, room)) {}
        let is_ready = has_loads || !self.come.is_empty() || self.is_over();
        if self.asking() > 0 || self.may_begin(room) || !is_ready {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    }

    fn asking(&self) -> usize {
        self.under_way.len().saturating_sub(self.together.waiting())
    }

    fn may_begin(&self, room: usize) -> bool {
        let asking = self.asking();
        !self.queue.is_empty() && asking < ASKING && asking + self.loads < room
    }

    /// Does what can be done at once; tells whether that was anything.
    fn step(&mut self, context: &mut Context<'_>, room: usize) -> bool {
        let mut goes_on = false;
        while self.may_begin(room)
            && let Some((at, begin)) = self.queue.pop_front()
        {
            let call = &self.calls[at];
            self.under_way.push(Box::pin(async move { (at, begun(call, begin).await) }));
        }
        while let Poll::Ready(Some(come)) = self.under_way.poll_next_unpin(context) {
            self.loads += usize::from(matches!(come.1, Next::Load(_)));
            self.come.push(come);
            goes_on = true;
        }
        if let Some(Call { state, .. }) = self.calls.first()
            && let Some(remote) = state.remote()
        {
            let requests = self.together.requests();
            goes_on |= !requests.is_empty();
            for read in together::read(remote, state.policy.tier, requests) {
                self.reads.push(Box::pin(read));
            }
        }
        while let Poll::Ready(Some(())) = self.reads.poll_next_unpin(context) {
            goes_on = true;
        }
        goes_on
    }
}

/// The way of one call to its load.
async fn begun(call: &Call<'_>, begin: Begin) -> Next {
    match begin {
        Begin::Load(refresh) => next(call, refresh).await,
        Begin::Refresh(load) => refreshed(call, *load).await,
    }
}

/// The next step of a refresh: the remote tier may have what it is to bring.
async fn refreshed(call: &Call<'_>, load: Load) -> Next {
    match call.state.remote() {
        Some(remote) => {
            let pulse = load.pulse();
            pulse.watch(revalidate::next(call, remote, load)).await
        }
        None => Next::Load(load),
    }
}
