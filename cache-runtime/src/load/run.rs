//! The run: drives a call that was not answered to its load, and the load to its fill.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use super::call::{BoxFuture, Call};
use super::join::{self, unstored};
use super::lookup::{by_tags, other_type};
use super::miss::{Miss, Route};
use super::plan::Plan;
use super::refresh;
use super::state::{Load, Next};
use crate::contained::contained;
use crate::key::Key;
use crate::outcome::Reason;
use crate::scope;
use crate::tiers::PolicyState;
use crate::value::Apart;

/// Loads as the policy says.
///
/// Boxed as the concrete future, so that a body that is not `Send` makes a call that is not, and so that the
/// caller's own future holds a pointer where it would hold the body, the load and all that they need.
#[cold]
#[inline(never)]
pub fn load<R, V, I, T, C, F>(
    miss: Miss,
    plan: Plan<R, V, I, T, C>,
    body: F,
) -> impl Future<Output = R>
where
    F: Future<Output = R>,
{
    Box::pin(async move {
        let Miss { mut state, mut route } = miss;
        let (key, refresh) = loop {
            match route {
                Route::Load(key) => break (key, false),
                Route::Refresh(key) => break (key, true),
                Route::Bypass(reason) => {
                    scope::record(reason);
                    return body.await;
                }
                Route::ByTags(key, mode) => {
                    match by_tags(&state, &key, mode, plan.tags(), plan.answer.give) {
                        ControlFlow::Break(returned) => return returned,
                        ControlFlow::Continue(decided) => Miss { state, route } = decided,
                    }
                }
            }
        };
        run(state, key, refresh, plan, body).await
    })
}

async fn run<R, V, I, T, C, F>(
    state: Arc<PolicyState>,
    key: Key,
    refresh: bool,
    plan: Plan<R, V, I, T, C>,
    body: F,
) -> R
where
    F: Future<Output = R>,
{
    let call = Call::new(&state, &key, plan.tags(), plan.answer.erased_codec);
    let load = match answered(next(&call, refresh).await, &call, &plan) {
        ControlFlow::Break(returned) => return returned,
        ControlFlow::Continue(load) => load,
    };
    let (start, parked_before) = (Instant::now(), load.pulse().parked());
    // In parts, because an error that cannot be sent must not live across the `.await` that stores a value.
    let (whole, took) = {
        let returned = (plan.answer.apart)(load.run(body).await);
        let took = load.took(start, parked_before);
        match returned {
            Apart::Value(inner) => (Ok(inner), took),
            Apart::Nothing(make) => (Err(make), took),
            Apart::Failed(returned) => {
                // Of an error whose `Clone` panics the others have nothing.
                load.fail(contained(|| (plan.answer.share_error)(&returned)).flatten());
                return returned;
            }
        }
    };
    let inner = whole.as_ref().ok();
    match contained(|| inner.map(plan.answer.share)) {
        Some(value) => {
            let ttl = load.may_store().and_then(|()| plan.ttl_of(inner));
            if let Some(rest) = load.fill(&call, value, ttl, took) {
                rest.await;
            }
        }
        // The caller has its value, as without a cache.
        None => load.unshared(),
    }
    match whole {
        Ok(inner) => (plan.answer.whole)(inner),
        Err(nothing) => nothing(),
    }
}

/// The answer to a call without a load of its own, or the load that it has to make.
fn answered<R, V, I, T, C>(
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
        Next::Error(error) => ((plan.answer.give_error)(&error), Reason::LoadFailed),
    };
    let Some(returned) = returned else { return ControlFlow::Continue(unstored(call)) };
    scope::record(reason);
    ControlFlow::Break(returned)
}

/// The next step of a call, in a box of its own: without optimization what is not boxed has its place in the frame of a
/// load, which stands as long as the body runs, and bodies nest.
fn next<'a>(call: &'a Call<'_>, refresh: bool) -> BoxFuture<'a, Next> {
    if refresh { Box::pin(refresh::next(call)) } else { Box::pin(join::next(call)) }
}
