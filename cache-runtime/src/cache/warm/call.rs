//! One call of a warm, watched while it is polled.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::scope::{CacheId, Watch};

/// A call under way, with what is known of it.
pub(super) struct Watched<Id, Call> {
    /// The place of its id among all.
    at: u64,
    /// There if somebody is to be told of an error.
    id: Option<Id>,
    watch: Watch,
    /// Boxed, because the report of its end is made by whoever polls it, and nothing else here has to stay where it is.
    call: Pin<Box<Call>>,
}

/// A call that has returned.
pub(super) struct Ended<Id, Returned> {
    pub(super) at: u64,
    pub(super) id: Option<Id>,
    pub(super) watch: Watch,
    pub(super) returned: Returned,
}

impl<Id, Call> Watched<Id, Call> {
    /// Watches a call that is expected to look into this cache.
    pub(super) fn new(at: u64, id: Option<Id>, cache: CacheId, call: Call) -> Self {
        Self { at, id, watch: Watch::on(cache), call: Box::pin(call) }
    }
}

impl<Id, Call: Future> Future for Watched<Id, Call> {
    type Output = Ended<Id, Call::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { at, id, watch, call } = &mut *self;
        let returned = ready!(watch.poll(|| call.as_mut().poll(context)));
        Poll::Ready(Ended { at: *at, id: id.take(), watch: *watch, returned })
    }
}

impl<Id, Call> Unpin for Watched<Id, Call> {}
