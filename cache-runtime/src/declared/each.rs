//! Batches of entries: `#[cached(each = ids, writes = get_user(id))]`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::declared::reference::{ByCaller, Reference};
use crate::load::Plan;
use crate::load::batch::{Batch, Body, Job, Whole, serve, serve_owned};
use crate::policy::Policy;
use crate::scope::{self, Mode};
use crate::tiers::PolicyState;
use crate::uncommitted::{self, Given, Role};
use crate::value::{
    self, Answer, Errors, HandedBack, KeptErrors, Kind, Many, Matched, NotCompared, OneOfMany,
    Ownership, ReadAs, Shape, Storage, Valued, Wrapped,
};

/// The entry of each id of a batch: of a function that returns `R`, keeps its values in `M`, and whose loads are `L`'s.
pub struct Naming<T, R, M, L, N> {
    name: N,
    named: fn(&N, &T) -> Reference<R, M, L>,
}

/// Fixes the type of a closure that names the entry of an id.
pub fn naming<T, R, M, L, N>(_: &[T], name: N) -> Naming<T, R, M, L, N>
where
    N: Fn(&T) -> Reference<R, M, L>,
{
    Naming { name, named: |name, id| name(id) }
}

impl<T, R, M, L, N> Naming<T, R, M, L, N> {
    /// What the function of the entries returns.
    #[must_use]
    #[expect(clippy::unused_self, reason = "the variable is what generated code can name")]
    pub fn kind(&self) -> Kind<R> {
        Kind::new()
    }

    /// Looks up the entry of each id; gives the policy of the entries as well, if there is any id.
    fn look<I>(&self, batch: &mut Batch<T, I>, ids: &[T]) -> Option<Arc<PolicyState>>
    where
        T: Clone,
    {
        let mut state: Option<Arc<PolicyState>> = None;
        for id in ids {
            let reference = (self.named)(&self.name, id);
            let state = state.get_or_insert_with(|| reference.bound());
            batch.look(state, reference.rendered(), || reference.tags(), id);
        }
        if let Some(state) = &state {
            batch.end(state);
        }
        state
    }
}

/// Puts together what is known of one value of a batch, which is stored as the function of the entries does.
///
/// Opaque, so that a function that fits not is reported here and nowhere after.
#[must_use]
pub fn one_of<T, R, M, L, N, W, H>(
    _: &Naming<T, R, M, L, N>,
    shape: Shape<R, W, H>,
) -> impl Answer<Option<W::Inner>, Value = H::Value, Inner = W::Inner>
where
    W: OneOfMany<R>,
    H: Ownership<W::Inner>,
    M: Storage<H::Value, W::Inner> + Default,
{
    value::returns(Shape::cached(shape), M::default(), KeptErrors, NotCompared)
}

/// What is known of a batch before what it returns is held against that: its ids are `T`s, and an `I` holds a value. The compiler
/// would infer these from what is returned.
#[derive(Debug)]
pub struct Held<T, I>(PhantomData<fn() -> (T, I)>);

/// What is known of the ids and the values of a batch.
#[must_use]
pub fn held<T, R, M, L, N, A, O>(_: &Naming<T, R, M, L, N>, _: &A) -> Held<T, A::Inner>
where
    A: Answer<O>,
{
    Held(PhantomData)
}

/// Values as the batch has them.
fn returned<I, V: ReadAs<I>>(values: Vec<Option<I>>) -> Vec<Option<V>> {
    values.into_iter().map(|value| value.map(V::returned)).collect()
}

#[expect(clippy::unused_self, reason = "it fixes the types that the bounds are checked for")]
impl<T, I> Held<T, I> {
    /// Puts together what is known of the return type of a batch whose values say to which ids they belong.
    #[must_use]
    pub fn all<B, C, W, E>(self, _: Wrapped<B, W, C>, _: E) -> Whole<B, C, T, I, ()>
    where
        W: Many<B, Inner = C>,
        E: Errors<B>,
        C: Matched<T, Value: ReadAs<I>>,
    {
        Whole {
            apart: W::apart,
            made: W::whole,
            share_error: E::share,
            give_error: E::give,
            by: (),
            split: |(), values, places| values.split(places.ids).read(),
            join: |ids, values| C::join(ids, returned(values)),
        }
    }

    /// Puts together what is known of the return type of a batch whose values a closure names the entries of.
    pub fn all_by<A, O, B, C, W, E, R, M, L, D>(
        self,
        _: Wrapped<B, W, C>,
        _: E,
        _: A,
        by: D,
    ) -> Whole<B, C, T, I, D>
    where
        A: Answer<O, Inner = I>,
        W: Many<B, Inner = C>,
        E: Errors<B>,
        C: Valued<Value: ReadAs<I>>,
        D: Fn(&A::Value) -> Reference<R, M, L>,
    {
        Whole {
            apart: W::apart,
            made: W::whole,
            share_error: E::share,
            give_error: E::give,
            by,
            split: |by, values, places| {
                let mut split = value::Split::of(places.ids.len());
                for value in values.values().into_iter().map(ReadAs::read) {
                    let place = places.of(by(A::look(&value)).rendered());
                    split.put(place, value);
                }
                split
            },
            join: |_, values| {
                C::collect(values.into_iter().flatten().map(ReadAs::returned).collect())
            },
        }
    }
}

/// Warns, the first time, of a batch that is given an open transaction.
#[cold]
pub fn look_for_transactions<T, R, M, L, N>(
    naming: &Naming<T, R, M, L, N>,
    ids: &[T],
    given: &[Given<'_>],
) {
    if scope::in_transaction() || scope::mode() == Mode::Bypass {
        return;
    }
    if let (Some(id), Some(found)) = (ids.first(), uncommitted::found(given)) {
        let Policy { module, name, line, .. } = (naming.named)(&naming.name, id).policy();
        uncommitted::warn_once((module, name, line), Role::Reads, found);
    }
}

/// The body of a batch.
pub fn each_body<T, P, F>(_: &[T], closure: P) -> Body<P, T, F>
where
    P: Fn(Vec<T>) -> F,
{
    Body::new(closure)
}

/// A function whose loads are its callers'.
#[diagnostic::on_unimplemented(
    message = "the reader of this batch is loaded by the cache itself, and the batch is loaded by its callers",
    label = "the reader is refreshed in the background, or has a `hard_timeout`, or `strategy = \"read_through\"`",
    note = "add `strategy = \"read_through\"` to the attribute of the batch"
)]
pub trait LoadedByCaller {}
#[diagnostic::do_not_recommend]
impl LoadedByCaller for ByCaller {}

/// Demands a function whose loads are its callers'.
pub const fn loaded_by_caller<T, R, M, L: LoadedByCaller, N>(_: &Naming<T, R, M, L, N>) {}

/// Answers a call of a batch: what is cached is given, and the rest is loaded.
pub async fn load_each<T, R, M, L, N, V, I, C, B, W, D, P, F>(
    ids: Vec<T>,
    naming: Naming<T, R, M, L, N>,
    plan: Plan<Option<I>, V, I, (), C>,
    whole: Whole<B, W, T, I, D>,
    chunk: usize,
    body: Body<P, T, F>,
) -> B
where
    T: Clone,
    F: Future<Output = B>,
{
    let mut batch = Batch::new(plan.answer.give, ids.len());
    let Some(state) = naming.look(&mut batch, &ids) else {
        return (whole.made)((whole.join)(Vec::new(), Vec::new()));
    };
    drop(naming);
    serve(Job { state, plan, whole, chunk, body }, batch, ids).await
}

/// As [`load_each`]. The loads are made in a task of their own, and go on when the caller is gone.
pub async fn load_each_owned<T, R, M, L, N, V, I, C, B, W, D, P, F>(
    ids: Vec<T>,
    naming: Naming<T, R, M, L, N>,
    plan: Plan<Option<I>, V, I, (), C>,
    whole: Whole<B, W, T, I, D>,
    chunk: usize,
    body: Body<P, T, F>,
) -> B
where
    B: HandedBack,
    V: 'static,
    I: Send + 'static,
    C: Send + 'static,
    W: 'static,
    D: Send + 'static,
    P: Send + 'static,
    T: Clone + Send + 'static,
    F: Future<Output = B> + Send + 'static,
{
    let mut batch = Batch::new(plan.answer.give, ids.len());
    let Some(state) = naming.look(&mut batch, &ids) else {
        return (whole.made)((whole.join)(Vec::new(), Vec::new()));
    };
    drop(naming);
    serve_owned(Job { state, plan, whole, chunk, body }, batch, ids).await
}

impl<T, R, M, L, N> fmt::Debug for Naming<T, R, M, L, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Naming").finish_non_exhaustive()
    }
}
