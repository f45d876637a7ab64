//! Loads that the cache owns: each in a task of its own, which goes on when its caller goes away.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::Arc;

use parking_lot::Mutex;

use super::aged::{self, Old};
use super::background::serve;
use super::call::Call;
use super::miss::Miss;
use super::plan::Plan;
use super::run::{self, Way, answered, decide, drive, next};
use super::state::Next;
use crate::counters::Event;
use crate::error::Error;
use crate::key::Key;
use crate::outcome::{Outcome, Reason};
use crate::policy::Phase;
use crate::scope;
use crate::tiers::PolicyState;
use crate::timer::within;
use crate::token::Token;
use crate::value::{HandedBack, Stored};

/// Loads as the policy says, in a task of the cache's own.
#[cold]
#[inline(never)]
pub fn load_owned<R, V, I, T, C, F>(
    miss: Miss,
    plan: Plan<R, V, I, T, C>,
    body: F,
) -> impl Future<Output = R>
where
    R: HandedBack,
    V: 'static,
    I: Send + 'static,
    T: Send + 'static,
    C: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    Box::pin(async move { owned(miss, plan, body, &Mutex::default()).await })
}

/// As [`load_owned`]. At the policy's deadline the call is answered with the value that is there, if it may be served, or by
/// `on_timeout`; the load goes on.
#[cold]
#[inline(never)]
pub fn load_within<R, V, I, T, C, F, O>(
    miss: Miss,
    plan: Plan<R, V, I, T, C>,
    on_timeout: O,
    body: F,
) -> impl Future<Output = R>
where
    R: HandedBack,
    V: 'static,
    I: Send + 'static,
    T: Send + 'static,
    C: Send + 'static,
    F: Future<Output = R> + Send + 'static,
    O: FnOnce(Error) -> R,
{
    Box::pin(async move {
        let (state, give, noted) = (Arc::clone(&miss.state), plan.answer.give, Mutex::default());
        let call = owned(miss, plan, body, &noted);
        let Some(limit) = state.rules.hard_timeout else { return call.await };
        if let Some(returned) = within(limit, call).await {
            return returned;
        }
        state.counters.count(Event::HardTimeout);
        let old = noted.into_inner().and_then(|noted| noted.old(&state));
        if let Some(old) = old.and_then(give) {
            state.counters.count(Event::StaleOnError);
            scope::record(Reason::StaleOnError);
            return old;
        }
        scope::record(Reason::TimedOut);
        on_timeout(Error::timed_out(state.policy.name, limit))
    })
}

/// What is known of a call when its time is over.
struct Noted {
    key: Key,
    /// The value that was there when its load began, and the flight that is to replace it.
    old: Option<(Old, Token)>,
}

impl Noted {
    /// The value that may be served in the place of the one that takes too long.
    fn old(self, state: &PolicyState) -> Option<Stored> {
        let Self { key, old } = self;
        if let Some(old) = aged::old(state, &key, Phase::Stale) {
            return Some(old.value);
        }
        let (old, flight) = old?;
        (state.stands(&key, flight) && old.is_open(state)).then_some(old.value)
    }
}

/// Answers a call whose load is the cache's; notes the value that may be served while that is under way.
async fn owned<R, V, I, T, C, F>(
    miss: Miss,
    mut plan: Plan<R, V, I, T, C>,
    body: F,
    noted: &Mutex<Option<Noted>>,
) -> R
where
    R: Send + 'static,
    V: 'static,
    I: Send + 'static,
    T: Send + 'static,
    C: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let (state, way) = match decide(miss, plan.tags(), plan.answer.give) {
        ControlFlow::Break(returned) => return returned,
        ControlFlow::Continue(decided) => decided,
    };
    let (key, refresh) = match way {
        Way::Body(reason) => {
            scope::record(reason);
            return body.await;
        }
        Way::Aged(key, aged) => return serve(state, key, plan, body, *aged).await,
        Way::Load(key, refresh) => (key, refresh),
    };
    *noted.lock() = Some(Noted { key: key.clone(), old: None });
    let next = {
        let call = Call::new(&state, &key, plan.tags(), plan.answer.erased_codec);
        match next(&call, refresh).await {
            Next::Aged(aged) => Err(aged),
            next => Ok(answered(next, &call, &plan)),
        }
    };
    let load = match next {
        Ok(ControlFlow::Break(returned)) => return returned,
        Err(aged) => return serve(state, key, plan, body, aged).await,
        Ok(ControlFlow::Continue(load)) => load,
    };
    if let Some(old) = load.old.clone() {
        *noted.lock() = Some(Noted { key: key.clone(), old: Some((old, load.flight())) });
    }
    let of_load = Arc::clone(&state);
    let driven = in_own_task(&state, async move {
        let tags = plan.take_tags();
        let call = Call::new(&of_load, &key, &tags, plan.answer.erased_codec);
        drive(load, &call, plan, body).await
    });
    run::outcome(&state, driven.await)
}

/// Makes a load in a task of its own; in the caller's if there is no place for another one, or if the body is to see what its
/// caller runs inside of.
pub(super) async fn in_own_task<T: Send + 'static>(
    state: &PolicyState,
    load: impl Future<Output = T> + Send + 'static,
) -> T {
    let may_leave = scope::may_leave();
    let Some(place) = may_leave.then(|| state.tiers.background.begin()).flatten() else {
        if may_leave {
            state.background_full();
        }
        return load.await;
    };
    let traced = scope::is_traced();
    let task = place.spawn(async move {
        if traced { scope::traced(load).await } else { (load.await, Outcome::NONE) }
    });
    match task.await {
        Ok((loaded, inside)) => {
            scope::merge(inside);
            loaded
        }
        // As if the caller had run it.
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(cancelled) => {
                let name = state.policy.name;
                panic!("the runtime was shut down while `{name}` loaded: {cancelled}")
            }
        },
    }
}
