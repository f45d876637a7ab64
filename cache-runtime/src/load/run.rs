//! The run: drives a call that was not answered to its load, and the load to its fill.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::aged::Aged;
use super::call::{BoxFuture, Call};
use super::join::{self, unstored};
use super::lookup::{by_tags, other_type};
use super::miss::{Miss, Route};
use super::plan::Plan;
use super::refresh;
use super::state::{Load, Next};
use crate::contained::contained;
use crate::counters::Event;
use crate::key::{Key, Tag};
use crate::outcome::Reason;
use crate::scope;
use crate::tiers::PolicyState;
use crate::value::{Apart, Stored};

/// Loads as the policy says.
///
/// Boxed as the concrete future, so that a body that is not `Send` makes a call that is not, and so that the
/// caller's own future holds a pointer where it would hold the body, the load and all that they need.
#[cold]
#[inline(never)]
pub fn load<R, V, I, T, C, F>(
    miss: Miss,
    mut plan: Plan<R, V, I, T, C>,
    body: F,
) -> impl Future<Output = R>
where
    F: Future<Output = R>,
{
    Box::pin(async move {
        let (state, way) = match decide(miss, plan.tags(), plan.answer.give) {
            ControlFlow::Break(returned) => return returned,
            ControlFlow::Continue(decided) => decided,
        };
        let (key, refresh) = match way {
            Way::Body(reason) => {
                scope::record(reason);
                return body.await;
            }
            Way::Load(key, refresh) => (key, refresh),
            // A policy that refreshes in the background owns its loads.
            Way::Aged(key, _) => (key, false),
        };
        let tags = plan.take_tags();
        let call = Call::new(&state, &key, &tags, plan.answer.erased_codec);
        let load = match answered(next(&call, refresh).await, &call, &plan) {
            ControlFlow::Break(returned) => return returned,
            ControlFlow::Continue(load) => load,
        };
        outcome(&state, drive(load, &call, plan, body).await)
    })
}

/// Notes what became of a call that has loaded.
pub(super) fn outcome<R>(state: &PolicyState, (returned, reason): (R, Reason)) -> R {
    if reason == Reason::StaleOnError {
        state.counters.count(Event::StaleOnError);
    }
    scope::record(reason);
    returned
}

/// The way of a call that was not answered.
pub(super) enum Way {
    /// Run the body, and leave the cache aside.
    Body(Reason),
    /// Load under the key; with `true`, whatever is stored already.
    Load(Key, bool),
    /// Serve the value that is there, and have it refreshed.
    Aged(Key, Box<Aged>),
}

/// Decides how a call goes on, with what its plan knows.
pub(super) fn decide<R>(
    miss: Miss,
    tags: &[Tag],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, (Arc<PolicyState>, Way)> {
    let Miss { mut state, mut route } = miss;
    let way = loop {
        match route {
            Route::Load(key) => break Way::Load(key, false),
            Route::Refresh(key) => break Way::Load(key, true),
            Route::Aged(key, aged) => break Way::Aged(key, aged),
            Route::Bypass(reason) => break Way::Body(reason),
            Route::ByTags(key, mode) => {
                let decided = by_tags(&state, &key, mode, tags, give)?;
                Miss { state, route } = decided;
            }
        }
    };
    ControlFlow::Continue((state, way))
}

/// Runs the body under its load, and stores what it returns; with what became of it.
pub(super) async fn drive<R, V, I, T, C, F>(
    load: Load,
    call: &Call<'_>,
    plan: Plan<R, V, I, T, C>,
    body: F,
) -> (R, Reason)
where
    F: Future<Output = R>,
{
    let start = (Instant::now(), load.pulse().parked());
    let returned = load.run(body).await;
    // In parts, because an error that cannot be sent must not live across the `.await` that stores a value.
    let (whole, filling) = match ended(load, call, &plan, returned, start) {
        ControlFlow::Break(failed) => return failed,
        ControlFlow::Continue(ended) => ended,
    };
    let reason = match filling {
        Ok(reason) => reason,
        Err(filling) => filling.await,
    };
    match whole {
        Ok(inner) => ((plan.answer.whole)(inner), reason),
        Err(nothing) => (nothing(), reason),
    }
}

/// What a function returned, without its error, and what becomes of its value.
type Ended<'a, R, I> = (Result<I, fn() -> R>, Result<Reason, BoxFuture<'a, Reason>>);

/// Ends a load with what its body returned. A function of its own, because what it needs would have its place in the frame
/// of a load as long as the body runs.
fn ended<'a, R, V, I, T, C>(
    load: Load,
    call: &'a Call<'_>,
    plan: &Plan<R, V, I, T, C>,
    returned: R,
    (start, parked_before): (Instant, Duration),
) -> ControlFlow<(R, Reason), Ended<'a, R, I>> {
    let took = load.took(start, parked_before);
    let whole = match (plan.answer.apart)(returned) {
        Apart::Value(inner) => Ok(inner),
        Apart::Nothing(make) => Err(make),
        Apart::Failed(returned) => return ControlFlow::Break(failed(load, plan, returned)),
    };
    let inner = whole.as_ref().ok();
    let filling = match contained(|| inner.map(plan.answer.share)) {
        Some(value) => {
            let ttl = load.may_store().and_then(|()| plan.ttl_of(inner));
            load.fill(call, value, ttl, took)
        }
        // The caller has its value, as without a cache.
        None => Ok(load.unshared()),
    };
    ControlFlow::Continue((whole, filling))
}

/// The answer after a load that failed: its error, or the value that is served in its place.
fn failed<R, V, I, T, C>(load: Load, plan: &Plan<R, V, I, T, C>, returned: R) -> (R, Reason) {
    // Of an error whose `Clone` panics the others have nothing.
    let old = load.fail(contained(|| (plan.answer.share_error)(&returned)).flatten());
    match old.and_then(plan.answer.give) {
        Some(old) => (old, Reason::StaleOnError),
        None => (returned, Reason::LoadFailed),
    }
}

/// The answer to a call without a load of its own, or the load that it has to make.
pub(super) fn answered<R, V, I, T, C>(
    next: Next,
    call: &Call<'_>,
    plan: &Plan<R, V, I, T, C>,
) -> ControlFlow<R, Load> {
    let (returned, reason) = match next {
        Next::Load(load) => return ControlFlow::Continue(load),
        Next::Value(value, reason) => {
            let returned = (plan.answer.give)(value);
            if returned.is_none() {
                // Another function's value under the same key: this one's is loaded and left unstored.
                other_type(call.state);
            }
            (returned, reason)
        }
        Next::Aged(aged) => {
            let reason = aged.reason();
            return answered(Next::Value(aged.value, reason), call, plan);
        }
        Next::Error(error) => ((plan.answer.give_error)(&error), Reason::LoadFailed),
    };
    let Some(returned) = returned else { return ControlFlow::Continue(unstored(call)) };
    scope::record(reason);
    ControlFlow::Break(returned)
}

/// The next step of a call, in a box of its own: without optimization what is not boxed has its place in the frame of a
/// load, which stands as long as the body runs, and bodies nest.
pub(super) fn next<'a>(call: &'a Call<'_>, refresh: bool) -> BoxFuture<'a, Next> {
    if refresh { Box::pin(refresh::next(call)) } else { Box::pin(join::next(call)) }
}
