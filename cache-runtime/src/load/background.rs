//! Refreshes in the background: a caller is given the value that is there, and the cache loads the next.

use std::sync::Arc;

use super::aged::{self, Aged};
use super::call::Call;
use super::join::unstored;
use super::lookup::other_type;
use super::plan::Plan;
use super::revalidate;
use super::run::{self, drive};
use super::state::{Load, Next, Start};
use crate::background::Permit;
use crate::counters::Event;
use crate::flight::{Awaited, LoadResult};
use crate::key::{Key, Tag};
use crate::outcome::Reason;
use crate::policy::Phase;
use crate::scope;
use crate::tiers::{Grant, PolicyState};

/// Serves a value, and has it refreshed unless somebody else does. For a stale value the caller may wait a little.
pub(super) async fn serve<R, V, I, T, C, F>(
    state: Arc<PolicyState>,
    key: Key,
    mut plan: Plan<R, V, I, T, C>,
    body: F,
    aged: Aged,
) -> R
where
    R: Send + 'static,
    V: 'static,
    I: Send + 'static,
    T: Send + 'static,
    C: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    let give = plan.answer.give;
    let Some(returned) = give(aged.value.clone()) else {
        other_type(&state);
        let tags = plan.take_tags();
        let call = Call::new(&state, &key, &tags, plan.answer.erased_codec);
        return run::outcome(&state, drive(unstored(&call), &call, plan, body).await);
    };
    let begun = if aged.is_held { None } else { place(&state) };
    let begun = begun.and_then(|place| Some((begin(&aged, &state, &key, plan.tags())?, place)));
    let waiter =
        if aged.is_worth_waiting(&state) { state.tiers.flights.wait_for_any(&key) } else { None };
    if let Some((load, place)) = begun {
        drop(place.spawn(refresh(Arc::clone(&state), key, load, plan, body)));
    }
    if let Some(waiter) = waiter
        && let Awaited::Ended(LoadResult::Value(value)) = waiter.result(state.rules.patience).await
        && let Some(fresh) = give(value)
    {
        aged.outdated(&state);
        state.counters.count(Event::Join);
        scope::record(Reason::Joined);
        return fresh;
    }
    aged.served(&state);
    scope::record(aged.reason());
    returned
}

/// A place for a refresh in the background.
pub(super) fn place(state: &PolicyState) -> Option<Permit> {
    let place = state.tiers.background.begin();
    if place.is_none() {
        state.background_full();
    }
    place
}

/// Begins the load that refreshes a value: one for all callers of this process.
pub(super) fn begin(
    aged: &Aged,
    state: &Arc<PolicyState>,
    key: &Key,
    tags: &[Tag],
) -> Option<Load> {
    if aged.is_held {
        return None;
    }
    let (local, start) = (&state.tiers.local, Start::now(state, tags));
    let is_current = |stamp: &_| local.is_current(stamp);
    let leading = state.tiers.flights.lead_alone(
        key,
        start.id,
        &start.stamp,
        state.endurance(),
        is_current,
    )?;
    let mut load = Load::leading(state, key, start, leading);
    // Looked at again now that the flight is under way, which whatever ends the entry from now on detaches.
    load.old = aged::old(state, key, Phase::Fresh);
    let is_gone = load.old.is_none() && state.remote().is_none();
    if is_gone || !matches!(load.acquire(Some(aged.id)), Grant::Granted) {
        load.end(LoadResult::Abandoned);
        return None;
    }
    state.counters.count(Event::BackgroundRefresh);
    Some(load)
}

/// Loads the next value, unless the remote tier has it already.
async fn refresh<R, V, I, T, C, F>(
    state: Arc<PolicyState>,
    key: Key,
    load: Load,
    mut plan: Plan<R, V, I, T, C>,
    body: F,
) where
    F: Future<Output = R>,
{
    let tags = plan.take_tags();
    let call = Call::new(&state, &key, &tags, plan.answer.erased_codec);
    let next = match state.remote() {
        Some(remote) => {
            let pulse = load.pulse();
            pulse.watch(revalidate::next(&call, remote, load)).await
        }
        None => Next::Load(load),
    };
    if let Next::Load(load) = next {
        drive(load, &call, plan, body).await;
    }
}
