//! What to do on a hit and on a miss.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;

use crate::counters::Event;
use crate::flight::{Circle, Wait};
use crate::key::Key;
use crate::key::KeyWriter;
use crate::key::Tag;
use crate::outcome::Reason;
use crate::scope::{self, Mode, Standing};
use crate::tiers::PolicyState;
use crate::tiers::remote::EntryAddress;
use crate::token::Token;
use crate::trouble::Trouble;
use crate::value::{Answer, Form, Stored};

use ticket::{Start, Ticket};

pub(crate) use outgoing::{Outgoing, Took};
pub(crate) use packed::unpacked;
pub use plan::Plan;
pub(crate) use plan::rendered_tag;

mod cache_aside;
mod held;
mod outgoing;
mod packed;
mod plan;
mod refresh;
mod shared;
mod ticket;
mod uncommitted;
mod waiting;

/// A call on its way to a load, without its types.
struct Call<'a> {
    state: &'a Arc<PolicyState>,
    key: &'a Key,
    address: EntryAddress,
    tags: &'a [Tag],
    form: &'static Form,
}

impl<'a> Call<'a> {
    fn new(
        state: &'a Arc<PolicyState>,
        key: &'a Key,
        tags: &'a [Tag],
        form: &'static Form,
    ) -> Self {
        Self { state, key, address: state.address(key), tags, form }
    }

    /// A load whose result is not stored.
    fn unstored(&self) -> Ticket {
        Ticket::new(self.state, self.key, Start::now(self.state, self.tags))
    }
}

/// Notes that the load whose body makes this call waits for the flight, unless the flight waits for that load.
/// Outside of any load there is nothing to note.
fn begin_wait(flight: Token) -> Result<Option<Wait>, Circle> {
    scope::flight().map(|waiting| Wait::begin(waiting, flight)).transpose()
}

/// A call that was not answered from the cache, on its way to the load.
pub struct Miss {
    state: Arc<PolicyState>,
    way: Way,
}

enum Way {
    /// Load, and store under the key.
    Load(Key),
    /// The same, whatever is stored already.
    Refresh(Key),
    /// One of the two, unless a write around the call has touched one of the entry's tags, which the plan knows.
    ByTags(Key, Mode),
    /// Leave the cache aside.
    Around(Reason),
}

/// Answers a call from the local tier, or says how it is to go on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of `Site::lookup`")]
pub(crate) fn look_up<R, A: Answer<R>>(
    state: &Arc<PolicyState>,
    key: &KeyWriter,
    _: A,
) -> ControlFlow<R, Miss> {
    if scope::any() || state.settings.off {
        return look_up_in_scope::<R, A>(state, key);
    }
    let Some(stored) = fresh(state, key) else {
        return ControlFlow::Continue(miss(state, key));
    };
    let event = if stored.is_some() { Event::Hit } else { Event::NegativeHit };
    let Some(returned) = A::give(stored) else {
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
fn look_up_in_scope<R, A: Answer<R>>(
    state: &Arc<PolicyState>,
    key: &KeyWriter,
) -> ControlFlow<R, Miss> {
    if state.settings.off {
        return ControlFlow::Continue(around(state, Reason::PolicyOff));
    }
    let mode = scope::mode();
    if mode == Mode::Bypass {
        return ControlFlow::Continue(around(state, Reason::Bypassed));
    }
    match scope::standing(state.tiers.id(), key.as_bytes()) {
        Standing::Touched => ControlFlow::Continue(around(state, Reason::OwnWrite)),
        Standing::ByTags if state.policy.carries_tags() => {
            let by_tags = |key| Miss { state: Arc::clone(state), way: Way::ByTags(key, mode) };
            let way = Key::new(key.as_bytes()).map(by_tags);
            ControlFlow::Continue(way.unwrap_or_else(|| key_too_long(state)))
        }
        Standing::ByTags | Standing::Untouched => unwritten(state, key.as_bytes(), mode, A::give),
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
            return ControlFlow::Continue(around(state, Reason::InTransaction));
        }
        (Mode::Refresh, false) => {
            let Miss { state, way } = miss_of(state, key);
            let way = if let Way::Load(key) = way { Way::Refresh(key) } else { way };
            return ControlFlow::Continue(Miss { state, way });
        }
        (Mode::Normal | Mode::Bypass, _) => {}
    }
    let Some(stored) = state.tiers.local.get_fresh(key) else {
        return ControlFlow::Continue(if scope::in_transaction() {
            around(state, Reason::InTransaction)
        } else {
            miss_of(state, key)
        });
    };
    let (event, reason) = match stored {
        Some(_) => (Event::Hit, Reason::Hit),
        None => (Event::NegativeHit, Reason::NegativeHit),
    };
    let Some(returned) = give(stored) else {
        other_type(state);
        return ControlFlow::Continue(miss_of(state, key));
    };
    state.counters.count(event);
    scope::record(reason);
    ControlFlow::Break(returned)
}

/// Decides about a call for an entry that a write around it may have touched by one of these tags.
#[cold]
fn by_tags<R>(
    state: &Arc<PolicyState>,
    key: &Key,
    mode: Mode,
    tags: &[Tag],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    if scope::has_written(state.tiers.id(), tags) {
        return ControlFlow::Continue(around(state, Reason::OwnWrite));
    }
    unwritten(state, key.as_bytes(), mode, give)
}

#[cold]
#[inline(never)]
fn miss(state: &Arc<PolicyState>, key: &KeyWriter) -> Miss {
    miss_of(state, key.as_bytes())
}

fn miss_of(state: &Arc<PolicyState>, key: &[u8]) -> Miss {
    state.counters.count(Event::Miss);
    match Key::new(key) {
        Some(key) => Miss { state: Arc::clone(state), way: Way::Load(key) },
        None => key_too_long(state),
    }
}

fn key_too_long(state: &Arc<PolicyState>) -> Miss {
    state.key_too_long();
    around(state, Reason::KeyTooLong)
}

#[cold]
#[inline(never)]
fn of_another_type(state: &Arc<PolicyState>, key: &KeyWriter) -> Miss {
    other_type(state);
    miss(state, key)
}

/// A value of another type stands under the key: two functions share it, or two instantiations of one.
#[cold]
fn other_type(state: &PolicyState) {
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

#[cold]
#[inline(never)]
pub(crate) fn around(state: &Arc<PolicyState>, reason: Reason) -> Miss {
    if reason != Reason::KeyTooLong {
        state.counters.count(Event::Bypass);
    }
    Miss { state: Arc::clone(state), way: Way::Around(reason) }
}

/// A future without its type.
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A future of its own, for what waits: for another's load, or for the shared tier. A load that does neither, which is
/// most of them where there is no such tier, is not to be as large as all that it might have to do.
fn boxed<F: Future>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}

/// Loads by the policy's strategy.
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
        let Miss { mut state, mut way } = miss;
        let (key, refresh) = loop {
            match way {
                Way::Load(key) => break (key, false),
                Way::Refresh(key) => break (key, true),
                Way::Around(reason) => {
                    scope::record(reason);
                    return body.await;
                }
                Way::ByTags(key, mode) => {
                    match by_tags(&state, &key, mode, plan.tags(), plan.answer.give) {
                        ControlFlow::Break(returned) => return returned,
                        ControlFlow::Continue(decided) => Miss { state, way } = decided,
                    }
                }
            }
        };
        cache_aside::load(state, key, refresh, plan, body).await
    })
}
