//! The calls of a batch on their way to their loads, side by side.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::together::{self, Together};
use crate::io::begin_together;
use crate::load::call::BoxFuture;
use crate::load::state::Next;
use crate::policy::Tier;
use crate::tiers::PolicyState;
use crate::tiers::remote::Remote;

/// How many calls of one batch ask for their leases at the same time. Each has the time of one request for that, which the
/// answers to all must fit in.
const ASKING: usize = 500;

/// The calls of a batch that have not come to their loads yet, each by its number.
pub(super) struct Gather<'a> {
    remote: Option<&'a Arc<Remote>>,
    tier: Tier,
    together: &'a Together,
    queue: VecDeque<BoxFuture<'a, (usize, Next)>>,
    /// Those that ask, and those that wait for what others load.
    under_way: FuturesUnordered<BoxFuture<'a, (usize, Next)>>,
    reads: FuturesUnordered<BoxFuture<'a, ()>>,
    come: Vec<(usize, Next)>,
}

impl<'a> Gather<'a> {
    pub(super) fn new(state: &'a PolicyState, together: &'a Together) -> Self {
        Self {
            remote: state.remote(),
            tier: state.policy.tier,
            together,
            queue: VecDeque::new(),
            under_way: FuturesUnordered::new(),
            reads: FuturesUnordered::new(),
            come: Vec::new(),
        }
    }

    /// Adds a call.
    pub(super) fn add(&mut self, at: usize, next: impl Future<Output = Next> + Send + 'a) {
        self.queue.push_back(Box::pin(async move { (at, next.await) }));
    }

    /// Tells whether all calls have come.
    pub(super) fn is_over(&self) -> bool {
        self.queue.is_empty() && self.under_way.is_empty() && self.come.is_empty()
    }

    /// The calls that have come, in the order of their numbers.
    pub(super) fn take(&mut self) -> Vec<(usize, Next)> {
        let mut come = std::mem::take(&mut self.come);
        come.sort_unstable_by_key(|(at, _)| *at);
        come
    }

    /// Goes on until none of the calls asks any more: each has come, or waits for what another loads. That is not worth
    /// telling before one has come, unless there is something to load already.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, has_loads: bool) -> Poll<()> {
        while begin_together(|| self.step(context)) {}
        let asks = !self.queue.is_empty() || self.under_way.len() > self.together.waiting();
        let is_ready = has_loads || !self.come.is_empty() || self.is_over();
        if asks || !is_ready { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Does what can be done at once; tells whether that was anything.
    fn step(&mut self, context: &mut Context<'_>) -> bool {
        let before = self.come.len();
        while self.under_way.len() < self.together.waiting() + ASKING
            && let Some(next) = self.queue.pop_front()
        {
            self.under_way.push(next);
        }
        while let Poll::Ready(Some(come)) = self.under_way.poll_next_unpin(context) {
            self.come.push(come);
        }
        let mut goes_on = self.come.len() > before;
        if let Some(remote) = self.remote {
            let requests = self.together.requests();
            goes_on |= !requests.is_empty();
            for read in together::read(remote, self.tier, requests) {
                self.reads.push(Box::pin(read));
            }
        }
        while let Poll::Ready(Some(())) = self.reads.poll_next_unpin(context) {
            goes_on = true;
        }
        goes_on
    }
}
