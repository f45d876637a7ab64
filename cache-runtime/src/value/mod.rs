//! Where a function's return value meets what a store keeps.
//!
//! A function returns `T`, `Option<T>`, `Result<T, E>` or `Result<Option<T>, E>`, each with `T` or `Arc<T>`,
//! often behind an alias. A store keeps an `Arc<T>`, or "nothing" for a cached `None`. Which of the eight
//! shapes a return type has is found by method dispatch on [`Kind`], where the most special implementation needs
//! the fewest dereferences and so wins; that sees through aliases. A trait on the return type could not do it:
//! `T` overlaps with all the others.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::codec::{CacheValue, DynValue, LocalValue, SliceValue};

pub use dispatch::{
    CompareEqual, CompareNothing, EndAny, EndResult, Ended, ErrorsKept, ErrorsShared, HoldOwned,
    HoldShared, Kind, WrapBare, WrapOption, WrapResult, WrapResultOption,
};
pub use form::Form;
pub use given::Given;
pub use refused::{HoldFailure, HoldNothing};
use shape::Types;
pub use shape::{Apart, Compare, Errors, HeldBy, Hold, Opened, Shape, Wrap, nullable};
pub(crate) use shape::{KeptErrors, NotCompared};
pub(crate) use vtable::Vtable;

mod dispatch;
mod form;
mod given;
pub(crate) mod proof;
mod refused;
mod shape;
mod vtable;

/// A value without its type.
pub type Erased = Arc<dyn Any + Send + Sync>;

/// What a store keeps: a value, or `None` because the function returned `None`.
pub type Stored = Option<Erased>;

/// What can be done with values of type `V` that an `I` holds. The only place that knows the bounds on them, so that a
/// type that does not meet them gives one error.
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be stored in the cache",
    label = "a cached value must be `Send + Sync + 'static`, and `Clone` unless it is in an `Arc`",
    note = "add `#[derive(Clone)]` to the type, or return it as `Arc<{V}>`"
)]
pub trait Storage<V, I>: Copy + Send + Sync + 'static {
    /// How the values become bytes.
    const FORM: &'static Form;

    /// Shares the value with a store.
    fn share(inner: &I) -> Erased;
    /// Takes the value from a store; `None` if it is of another type.
    fn give(stored: Erased) -> Option<I>;
}

/// Storage in every tier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everywhere;

/// Storage in this process only.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisProcess;

impl<V: CacheValue + HeldBy<I>, I> Storage<V, I> for Everywhere {
    const FORM: &'static Form = &Form::of_bytes::<V>();

    fn share(inner: &I) -> Erased {
        V::share(inner)
    }

    #[inline]
    fn give(stored: Erased) -> Option<I> {
        V::give(stored)
    }
}

#[diagnostic::do_not_recommend]
impl<V: LocalValue> Storage<V, V> for ThisProcess {
    const FORM: &'static Form = &Form::of_memory::<V>();

    fn share(inner: &V) -> Erased {
        <V as HeldBy<V>>::share(inner)
    }

    #[inline]
    fn give(stored: Erased) -> Option<V> {
        <V as HeldBy<V>>::give(stored)
    }
}

// every hit gets the same value, so it need not be `Clone`
#[diagnostic::do_not_recommend]
impl<V: Send + Sync + 'static> Storage<V, Arc<V>> for ThisProcess {
    const FORM: &'static Form = &Form::of_memory::<V>();

    fn share(inner: &Arc<V>) -> Erased {
        Arc::<V>::clone(inner)
    }

    #[inline]
    fn give(stored: Erased) -> Option<Arc<V>> {
        stored.downcast().ok()
    }
}

/// The storage of a shape's values in every tier.
///
/// Its type is opaque on purpose: it promises `Storage` whether the value meets the bound or not, so that a value
/// that does not is reported here, once, and nowhere after.
#[must_use]
pub fn storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    H::Value: CacheValue,
{
    Everywhere
}

/// The same of one that is written as `Arc<[T]>`.
#[must_use]
pub fn slice_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    H::Value: SliceValue,
{
    Everywhere
}

/// The same of a type that is called as the responses of web frameworks are, of which serde reads few.
#[must_use]
pub fn response_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    H::Value: Response,
{
    Everywhere
}

/// The same of one that is written with `dyn`.
#[must_use]
pub fn dyn_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    H::Value: DynValue,
{
    Everywhere
}

/// A response that is a value as well.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "this is a response, and serde does not read it back",
    note = "cache the function that loads the value, and make a response of what it returns in the handler"
)]
pub trait Response: CacheValue {}

#[diagnostic::do_not_recommend]
impl<V: CacheValue> Response for V {}

/// The storage of a shape's values in this process only.
#[must_use]
pub fn local_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    // not `H::Value: LocalValue`, for which the compiler would advise to borrow the value
    ThisProcess: Storage<H::Value, W::Inner>,
{
    ThisProcess
}

/// Everything that is known of a return type `R`: its shape, how its values are stored, whether they can be compared, and
/// whether its errors can be shared.
#[derive(Debug)]
pub struct Returns<R, W, H, S, E, Q> {
    shape: PhantomData<Shape<R, W, H>>,
    rest: Types<S, E, Q>,
}

impl<R, W, H, S, E, Q> Copy for Returns<R, W, H, S, E, Q> {}
impl<R, W, H, S, E, Q> Clone for Returns<R, W, H, S, E, Q> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Puts together what is known of a return type.
#[must_use]
pub fn returns<R, W, H, S, E, Q>(_: Shape<R, W, H>, _: S, _: E, _: Q) -> Returns<R, W, H, S, E, Q>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    S: Storage<H::Value, W::Inner>,
    E: Errors<R>,
    Q: Compare,
{
    Returns { shape: PhantomData, rest: PhantomData }
}

/// A return type as a look-up sees it, and as a [`Vtable`] is made of it. It stays in front of the first `.await`.
pub trait Answer<R>: Copy {
    /// The value that is stored.
    type Value;
    /// What holds the value in the return type: itself, or an `Arc`.
    type Inner;
    /// How the value is seen without its type.
    const FORM: &'static Form;

    /// Makes what the function would return; `None` if what is stored is of another type.
    fn give(stored: Stored) -> Option<R>;
    /// Looks into what the function returned.
    fn open(returned: &R) -> Opened<&Self::Inner>;
    /// Takes apart what the function returned.
    fn apart(returned: R) -> Apart<R, Self::Inner>;
    /// Makes what the function returned of the part that holds the value.
    fn whole(inner: Self::Inner) -> R;
    /// Looks at the value.
    fn look(inner: &Self::Inner) -> &Self::Value;
    /// Shares the value with a store.
    fn share(inner: &Self::Inner) -> Erased;
    /// The error as it is handed to those who waited for the load, if it can be cloned.
    fn share_error(returned: &R) -> Option<Erased>;
    /// Makes what the function would return from an error so shared.
    fn give_error(error: &Erased) -> Option<R>;

    /// What a store is to keep of what the function returned; `None` for an error.
    fn keep(returned: &R) -> Option<Stored> {
        match Self::open(returned) {
            Opened::Value(inner) => Some(Some(Self::share(inner))),
            Opened::Nothing => Some(None),
            Opened::Failed => None,
        }
    }
}

impl<R, W, H, S, E, Q> Answer<R> for Returns<R, W, H, S, E, Q>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    S: Storage<H::Value, W::Inner>,
    E: Errors<R>,
    Q: Compare,
{
    type Value = H::Value;
    type Inner = W::Inner;
    const FORM: &'static Form = &S::FORM.compared(Q::SAME);

    #[inline]
    fn give(stored: Stored) -> Option<R> {
        match stored {
            Some(value) => W::wrap(Some(S::give(value)?)),
            None => W::wrap(None),
        }
    }

    fn open(returned: &R) -> Opened<&W::Inner> {
        W::open(returned)
    }

    fn apart(returned: R) -> Apart<R, W::Inner> {
        W::apart(returned)
    }

    fn whole(inner: W::Inner) -> R {
        W::whole(inner)
    }

    fn look(inner: &W::Inner) -> &H::Value {
        H::Value::look(inner)
    }

    fn share(inner: &W::Inner) -> Erased {
        S::share(inner)
    }

    fn share_error(returned: &R) -> Option<Erased> {
        E::share(returned)
    }

    fn give_error(error: &Erased) -> Option<R> {
        E::give(error)
    }
}

#[cfg(test)]
mod tests;
