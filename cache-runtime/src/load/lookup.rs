//! The look-up: answers a call from the local tier, or says how it goes on.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::aged::{self, Look};
use super::miss::{Miss, Route, bypass};
use crate::counters::Event;
use crate::key::{Key, KeyWriter, Tag};
use crate::outcome::Reason;
use crate::scope::{self, Mode, Standing};
use crate::tiers::PolicyState;
use crate::trouble::Trouble;
use crate::value::{Answer, Stored};

/// Answers a call from the local tier, or says how it is to go on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of `Callsite::lookup`")]
pub(crate) fn look_up<R, A: Answer<R>>(
    state: &Arc<PolicyState>,
    key: &KeyWriter,
    _: A,
) -> ControlFlow<R, Miss> {
    if scope::any() || state.settings.off {
        return look_up_in_scope(state, key.as_bytes(), A::give);
    }
    let Some(stored) = fresh(state, key) else {
        return aged_or_miss(state, key.as_bytes(), A::give);
    };
    let event = if stored.is_some() { Event::Hit } else { Event::NegativeHit };
    let Some(returned) = A::give(stored) else {
        return ControlFlow::Continue(of_another_type(state, key.as_bytes()));
    };
    state.counters.count(event);
    ControlFlow::Break(returned)
}

/// The same for one of several calls.
pub(super) fn look_up_one<R>(
    state: &Arc<PolicyState>,
    key: &[u8],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    if scope::any() || state.settings.off {
        return look_up_in_scope(state, key, give);
    }
    let Some(stored) = state.tiers.local.get_fresh(key) else {
        return aged_or_miss(state, key, give);
    };
    let event = if stored.is_some() { Event::Hit } else { Event::NegativeHit };
    let Some(returned) = give(stored) else {
        return ControlFlow::Continue(of_another_type(state, key));
    };
    state.counters.count(event);
    ControlFlow::Break(returned)
}

/// Reads the local tier. Compiled here, once: in a caller's crate it would be a chain of calls that hand the record on
/// through memory.
#[inline(never)]
fn fresh(state: &PolicyState, key: &KeyWriter) -> Option<Stored> {
    state.tiers.local.get_fresh(key.as_bytes())
}

/// The same under a scope or a policy that is off; apart, because a hit outside of them should not pay for it.
#[cold]
#[inline(never)]
fn look_up_in_scope<R>(
    state: &Arc<PolicyState>,
    key: &[u8],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    scope::looks_into(state.tiers.id());
    if state.settings.off {
        return ControlFlow::Continue(bypass(state, Reason::PolicyOff));
    }
    let mode = scope::mode();
    if mode == Mode::Bypass {
        return ControlFlow::Continue(bypass(state, Reason::Bypassed));
    }
    match scope::standing(state.tiers.id(), key) {
        Standing::Touched => ControlFlow::Continue(bypass(state, Reason::OwnWrite)),
        Standing::ByTags if state.policy.carries_tags() => {
            let by_tags = |key| Miss { state: Arc::clone(state), route: Route::ByTags(key, mode) };
            let route = Key::new(key).map(by_tags);
            ControlFlow::Continue(route.unwrap_or_else(|| Miss::key_too_long(state)))
        }
        Standing::ByTags | Standing::Untouched => unwritten(state, key, mode, give),
    }
}

/// Answers a call under a scope for an entry that no write around the call has touched.
fn unwritten<R>(
    state: &Arc<PolicyState>,
    key: &[u8],
    mode: Mode,
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    match (mode, scope::in_transaction()) {
        // A refresh stores, which a transaction must not: it loads, and that is all.
        (Mode::Refresh, true) => {
            return ControlFlow::Continue(bypass(state, Reason::InTransaction));
        }
        (Mode::Refresh, false) => {
            let Miss { state, route } = Miss::of(state, key);
            let Route::Load(key) = route else {
                return ControlFlow::Continue(Miss { state, route });
            };
            state.counters.count(Event::Refresh);
            return ControlFlow::Continue(Miss { state, route: Route::Refresh(key) });
        }
        (Mode::Normal | Mode::Bypass, _) => {}
    }
    let Some(stored) = state.tiers.local.get_fresh(key) else {
        if scope::in_transaction() {
            return ControlFlow::Continue(bypass(state, Reason::InTransaction));
        }
        return aged(state, key, give).map_break(|(returned, reason)| {
            scope::record(reason);
            returned
        });
    };
    let (event, reason) = match stored {
        Some(_) => (Event::Hit, Reason::Hit),
        None => (Event::NegativeHit, Reason::NegativeHit),
    };
    let Some(returned) = give(stored) else {
        other_type(state);
        return ControlFlow::Continue(Miss::of(state, key));
    };
    state.counters.count(event);
    scope::record(reason);
    ControlFlow::Break(returned)
}

/// Decides about a call for an entry that a write around it may have touched by one of these tags.
#[cold]
pub(super) fn by_tags<R>(
    state: &Arc<PolicyState>,
    key: &Key,
    mode: Mode,
    tags: &[Tag],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    if scope::has_written(state.tiers.id(), tags) {
        return ControlFlow::Continue(bypass(state, Reason::OwnWrite));
    }
    unwritten(state, key.as_bytes(), mode, give)
}

#[cold]
#[inline(never)]
fn aged_or_miss<R>(
    state: &Arc<PolicyState>,
    key: &[u8],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    aged(state, key, give).map_break(|(returned, _)| returned)
}

/// Answers a call for an entry that is not served without question, if it is to be served at once.
fn aged<R>(
    state: &Arc<PolicyState>,
    key: &[u8],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<(R, Reason), Miss> {
    let (value, reason) = match aged::look(state, key) {
        Look::Serve(value, reason) => (value, reason),
        Look::Refresh(aged) => return ControlFlow::Continue(Miss::of_aged(state, key, aged)),
        Look::Load => return ControlFlow::Continue(Miss::of(state, key)),
    };
    let negative = value.is_none();
    let Some(returned) = give(value) else {
        other_type(state);
        return ControlFlow::Continue(Miss::of(state, key));
    };
    state.counters.count(if negative { Event::NegativeHit } else { Event::Hit });
    if matches!(reason, Reason::Stale | Reason::StaleOnError) {
        state.counters.count(Event::StaleHit);
    }
    ControlFlow::Break((returned, reason))
}

#[cold]
#[inline(never)]
fn of_another_type(state: &Arc<PolicyState>, key: &[u8]) -> Miss {
    other_type(state);
    Miss::of(state, key)
}

/// A value of another type stands under the key: two functions share it, or two instantiations of one.
#[cold]
pub(super) fn other_type(state: &PolicyState) {
    state.counters.count(Event::TypeMismatch);
    state.trouble(Trouble::OtherType, || {
        let template = state.policy.key;
        format!(
            "a value of another type is stored under a key of `{template}`: another function has the same keys, and each \
             loads what the other has stored; give one of the two functions another key, and a generic one its type: \
             `<T::NAME>`"
        )
    });
}
