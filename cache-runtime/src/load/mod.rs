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
use crate::tiers::Bound;
use crate::tiers::remote::Place;
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
    bound: &'a Arc<Bound>,
    key: &'a Key,
    place: Place,
    tags: &'a [Tag],
    form: &'static Form,
}

impl<'a> Call<'a> {
    fn new(bound: &'a Arc<Bound>, key: &'a Key, tags: &'a [Tag], form: &'static Form) -> Self {
        Self { bound, key, place: bound.place(key), tags, form }
    }

    /// A load whose result is not stored.
    fn unstored(&self) -> Ticket {
        Ticket::new(self.bound, self.key, Start::now(self.bound, self.tags))
    }
}

/// Notes that the load whose body makes this call waits for the flight, unless the flight waits for that load.
/// Outside of any load there is nothing to note.
fn begin_wait(flight: Token) -> Result<Option<Wait>, Circle> {
    scope::flight().map(|waiting| Wait::begin(waiting, flight)).transpose()
}

/// A call that was not answered from the cache, on its way to the load.
pub struct Miss {
    bound: Arc<Bound>,
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
    bound: &Arc<Bound>,
    key: &KeyWriter,
    _: A,
) -> ControlFlow<R, Miss> {
    if scope::any() || bound.settings.off {
        return look_up_in_scope::<R, A>(bound, key);
    }
    let Some(stored) = fresh(bound, key) else {
        return ControlFlow::Continue(miss(bound, key));
    };
    let event = if stored.is_some() { Event::Hit } else { Event::NegativeHit };
    let Some(returned) = A::give(stored) else {
        return ControlFlow::Continue(of_another_type(bound, key));
    };
    bound.counters.count(event);
    ControlFlow::Break(returned)
}

/// Reads the local tier. Compiled here, once: in a caller's crate it would be a chain of calls that hand the record on
/// through memory.
#[inline(never)]
fn fresh(bound: &Bound, key: &KeyWriter) -> Option<Stored> {
    bound.tiers.local.get_fresh(key.as_bytes())
}

/// The same under a scope or a policy that is off; apart, because a hit outside of them should not pay for it.
#[cold]
#[inline(never)]
fn look_up_in_scope<R, A: Answer<R>>(bound: &Arc<Bound>, key: &KeyWriter) -> ControlFlow<R, Miss> {
    if bound.settings.off {
        return ControlFlow::Continue(around(bound, Reason::PolicyOff));
    }
    let mode = scope::mode();
    if mode == Mode::Bypass {
        return ControlFlow::Continue(around(bound, Reason::Bypassed));
    }
    match scope::standing(bound.tiers.id(), key.as_bytes()) {
        Standing::Touched => ControlFlow::Continue(around(bound, Reason::OwnWrite)),
        Standing::ByTags if bound.policy.carries_tags() => {
            let by_tags = |key| Miss { bound: Arc::clone(bound), way: Way::ByTags(key, mode) };
            let way = Key::new(key.as_bytes()).map(by_tags);
            ControlFlow::Continue(way.unwrap_or_else(|| key_too_long(bound)))
        }
        Standing::ByTags | Standing::Untouched => unwritten(bound, key.as_bytes(), mode, A::give),
    }
}

/// Answers a call under a scope for an entry that no write around the call has touched.
fn unwritten<R>(
    bound: &Arc<Bound>,
    key: &[u8],
    mode: Mode,
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    match (mode, scope::in_transaction()) {
        // A refresh stores, which a transaction must not: it loads, and that is all.
        (Mode::Refresh, true) => {
            return ControlFlow::Continue(around(bound, Reason::InTransaction));
        }
        (Mode::Refresh, false) => {
            let Miss { bound, way } = miss_of(bound, key);
            let way = if let Way::Load(key) = way { Way::Refresh(key) } else { way };
            return ControlFlow::Continue(Miss { bound, way });
        }
        (Mode::Normal | Mode::Bypass, _) => {}
    }
    let Some(stored) = bound.tiers.local.get_fresh(key) else {
        return ControlFlow::Continue(if scope::in_transaction() {
            around(bound, Reason::InTransaction)
        } else {
            miss_of(bound, key)
        });
    };
    let (event, reason) = match stored {
        Some(_) => (Event::Hit, Reason::Hit),
        None => (Event::NegativeHit, Reason::NegativeHit),
    };
    let Some(returned) = give(stored) else {
        other_type(bound);
        return ControlFlow::Continue(miss_of(bound, key));
    };
    bound.counters.count(event);
    scope::record(reason);
    ControlFlow::Break(returned)
}

/// Decides about a call for an entry that a write around it may have touched by one of these tags.
#[cold]
fn by_tags<R>(
    bound: &Arc<Bound>,
    key: &Key,
    mode: Mode,
    tags: &[Tag],
    give: fn(Stored) -> Option<R>,
) -> ControlFlow<R, Miss> {
    if scope::has_written(bound.tiers.id(), tags) {
        return ControlFlow::Continue(around(bound, Reason::OwnWrite));
    }
    unwritten(bound, key.as_bytes(), mode, give)
}

#[cold]
#[inline(never)]
fn miss(bound: &Arc<Bound>, key: &KeyWriter) -> Miss {
    miss_of(bound, key.as_bytes())
}

fn miss_of(bound: &Arc<Bound>, key: &[u8]) -> Miss {
    bound.counters.count(Event::Miss);
    match Key::new(key) {
        Some(key) => Miss { bound: Arc::clone(bound), way: Way::Load(key) },
        None => key_too_long(bound),
    }
}

fn key_too_long(bound: &Arc<Bound>) -> Miss {
    bound.key_too_long();
    around(bound, Reason::KeyTooLong)
}

#[cold]
#[inline(never)]
fn of_another_type(bound: &Arc<Bound>, key: &KeyWriter) -> Miss {
    other_type(bound);
    miss(bound, key)
}

/// A value of another type stands under the key: two functions share it, or two instantiations of one.
#[cold]
fn other_type(bound: &Bound) {
    bound.counters.count(Event::TypeMismatch);
    bound.trouble(Trouble::OtherType, || {
        let template = bound.policy.key;
        format!(
            "a value of another type is stored under a key of `{template}`: another function has the same keys, and each \
             loads what the other has stored; give one of the two functions another key, and a generic one its type: \
             `<T::NAME>`"
        )
    });
}

#[cold]
#[inline(never)]
pub(crate) fn around(bound: &Arc<Bound>, reason: Reason) -> Miss {
    if reason != Reason::KeyTooLong {
        bound.counters.count(Event::Bypass);
    }
    Miss { bound: Arc::clone(bound), way: Way::Around(reason) }
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
        let Miss { mut bound, mut way } = miss;
        let (key, refresh) = loop {
            match way {
                Way::Load(key) => break (key, false),
                Way::Refresh(key) => break (key, true),
                Way::Around(reason) => {
                    scope::record(reason);
                    return body.await;
                }
                Way::ByTags(key, mode) => {
                    match by_tags(&bound, &key, mode, plan.tags(), plan.answer.give) {
                        ControlFlow::Break(returned) => return returned,
                        ControlFlow::Continue(decided) => Miss { bound, way } = decided,
                    }
                }
            }
        };
        cache_aside::load(bound, key, refresh, plan, body).await
    })
}
