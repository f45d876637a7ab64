//! The eight shapes of a return type: four wrappings of a value, held as itself or in an `Arc`.

use std::marker::PhantomData;
use std::sync::Arc;

use super::stored::Erased;
use crate::codec::{self, LocalValue, Same};

/// A return value, looked into: a value, nothing (a `None`), or a failure (an `Err`).
#[derive(Debug)]
pub enum Opened<T> {
    /// A value.
    Value(T),
    /// A `None`, stored as a negative entry.
    Nothing,
    /// An `Err`, never stored.
    Failed,
}

/// A return value, taken apart.
#[derive(Debug)]
pub enum Apart<R, I> {
    /// What holds a value.
    Value(I),
    /// A `None`, made anew by the function.
    Nothing(fn() -> R),
    /// An `Err`, as it was returned.
    Failed(R),
}

/// The wrapping of a value in the return type `R`.
pub trait Wrap<R>: 'static {
    /// What is wrapped: `T` or `Arc<T>`.
    type Inner;
    /// What is cached of `R`: `R` without its `Result`.
    type Cached;
    /// How the value is wrapped in what is cached.
    type InCached: Wrap<Self::Cached, Inner = Self::Inner>;

    /// Looks into a returned value.
    fn open(returned: &R) -> Opened<&Self::Inner>;
    /// Takes a returned value apart.
    fn apart(returned: R) -> Apart<R, Self::Inner>;
    /// Wraps a value.
    fn whole(inner: Self::Inner) -> R;
    /// Wraps a value, or the lack of one; `None` if `R` has no way to say "nothing".
    fn wrap(inner: Option<Self::Inner>) -> Option<R>;
}

/// A return type that can say "nothing".
#[diagnostic::on_unimplemented(
    message = "`none_ttl` is given, but `{R}` has no `None` that could be cached",
    label = "returns no `Option`",
    note = "take `none_ttl` out, or return `Option<T>` or `Result<Option<T>, E>`"
)]
pub trait Nullable<R> {}

/// Demands a return type that can say "nothing".
pub const fn nullable<R, W: Nullable<R>, H>(_: Shape<R, W, H>) {}

/// `Result<Option<T>, E>`.
#[derive(Debug)]
pub struct InResultOption;
/// `Result<T, E>`.
#[derive(Debug)]
pub struct InResult;
/// `Option<T>`.
#[derive(Debug)]
pub struct InOption;
/// `T`.
#[derive(Debug)]
pub struct Bare;

impl<T, E> Wrap<Result<Option<T>, E>> for InResultOption {
    type Inner = T;
    type Cached = Option<T>;
    type InCached = InOption;

    fn open(returned: &Result<Option<T>, E>) -> Opened<&T> {
        match returned {
            Ok(Some(inner)) => Opened::Value(inner),
            Ok(None) => Opened::Nothing,
            Err(_) => Opened::Failed,
        }
    }

    fn apart(returned: Result<Option<T>, E>) -> Apart<Result<Option<T>, E>, T> {
        match returned {
            Ok(Some(inner)) => Apart::Value(inner),
            Ok(None) => Apart::Nothing(|| Ok(None)),
            failed => Apart::Failed(failed),
        }
    }

    fn whole(inner: T) -> Result<Option<T>, E> {
        Ok(Some(inner))
    }

    #[inline]
    fn wrap(inner: Option<T>) -> Option<Result<Option<T>, E>> {
        Some(Ok(inner))
    }
}

impl<T, E> Wrap<Result<T, E>> for InResult {
    type Inner = T;
    type Cached = T;
    type InCached = Bare;

    fn open(returned: &Result<T, E>) -> Opened<&T> {
        returned.as_ref().map_or(Opened::Failed, Opened::Value)
    }

    fn apart(returned: Result<T, E>) -> Apart<Result<T, E>, T> {
        match returned {
            Ok(inner) => Apart::Value(inner),
            failed => Apart::Failed(failed),
        }
    }

    fn whole(inner: T) -> Result<T, E> {
        Ok(inner)
    }

    #[inline]
    fn wrap(inner: Option<T>) -> Option<Result<T, E>> {
        inner.map(Ok)
    }
}

impl<T> Wrap<Option<T>> for InOption {
    type Inner = T;
    type Cached = Option<T>;
    type InCached = Self;

    fn open(returned: &Option<T>) -> Opened<&T> {
        returned.as_ref().map_or(Opened::Nothing, Opened::Value)
    }

    fn apart(returned: Option<T>) -> Apart<Option<T>, T> {
        returned.map_or(Apart::Nothing(|| None), Apart::Value)
    }

    fn whole(inner: T) -> Option<T> {
        Some(inner)
    }

    #[inline]
    fn wrap(inner: Option<T>) -> Option<Option<T>> {
        Some(inner)
    }
}

impl<T> Wrap<T> for Bare {
    type Inner = T;
    type Cached = T;
    type InCached = Self;

    fn open(returned: &T) -> Opened<&T> {
        Opened::Value(returned)
    }

    fn apart(returned: T) -> Apart<T, T> {
        Apart::Value(returned)
    }

    fn whole(inner: T) -> T {
        inner
    }

    #[inline]
    fn wrap(inner: Option<T>) -> Option<T> {
        inner
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> Nullable<Result<Option<T>, E>> for InResultOption {}
#[diagnostic::do_not_recommend]
impl<T> Nullable<Option<T>> for InOption {}

/// The ownership of a value inside its wrapping.
pub trait Ownership<I>: 'static {
    /// The value itself.
    type Value: HeldBy<I>;
}

/// Held as `Arc<T>`: nothing is copied.
#[derive(Debug)]
pub struct Shared;
/// Held as `T`: every hit is a clone.
#[derive(Debug)]
pub struct Owned;

impl<T> Ownership<Arc<T>> for Shared {
    type Value = T;
}

impl<T> Ownership<T> for Owned {
    type Value = T;
}

/// A value in what holds it.
pub trait HeldBy<I>: Sized {
    /// Looks at the value.
    fn look(inner: &I) -> &Self;
    /// Shares the value with a store.
    fn share(inner: &I) -> Erased
    where
        Self: LocalValue;
    /// Takes the value from a store; `None` if it is of another type.
    fn give(stored: Erased) -> Option<I>
    where
        Self: LocalValue;
}

impl<T> HeldBy<Arc<T>> for T {
    fn look(inner: &Arc<T>) -> &T {
        inner
    }

    fn share(inner: &Arc<T>) -> Erased
    where
        T: LocalValue,
    {
        Arc::<T>::clone(inner)
    }

    #[inline]
    fn give(stored: Erased) -> Option<Arc<T>>
    where
        T: LocalValue,
    {
        stored.downcast().ok()
    }
}

impl<T> HeldBy<T> for T {
    fn look(inner: &T) -> &T {
        inner
    }

    fn share(inner: &T) -> Erased
    where
        T: LocalValue,
    {
        Arc::new(inner.clone())
    }

    #[inline]
    fn give(stored: Erased) -> Option<T>
    where
        T: LocalValue,
    {
        stored.downcast_ref::<T>().cloned()
    }
}

/// The shape of a return type: how a value is wrapped in it, and how it is held inside.
#[derive(Debug)]
pub struct Shape<R, W, H>(Types<R, W, H>);

/// Types without a value of them.
pub(super) type Types<A, B, C> = PhantomData<fn() -> (A, B, C)>;

impl<R, W, H> Shape<R, W, H> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }

    /// The shape of what is cached of `R`: `R` without its `Result`.
    pub(crate) fn cached(_: Self) -> Shape<W::Cached, W::InCached, H>
    where
        W: Wrap<R>,
    {
        Shape::new()
    }
}

impl<R, W, H> Copy for Shape<R, W, H> {}
impl<R, W, H> Clone for Shape<R, W, H> {
    fn clone(&self) -> Self {
        *self
    }
}

/// The errors of a return type: whether those who wait for a load can be given one.
pub trait Errors<R>: 'static {
    /// Clones the error, if `R` is one.
    fn share(returned: &R) -> Option<Erased>;
    /// Makes an `R` from a shared error.
    fn give(error: &Erased) -> Option<R>;
}

/// The error is `Clone`: everyone who waited gets it.
#[derive(Debug)]
pub struct SharedErrors;
/// There is no error, or it cannot be cloned: whoever waited loads for itself.
#[derive(Debug)]
pub struct KeptErrors;

impl<T, E: Clone + Send + Sync + 'static> Errors<Result<T, E>> for SharedErrors {
    fn share(returned: &Result<T, E>) -> Option<Erased> {
        returned.as_ref().err().map(|error| Arc::new(error.clone()) as Erased)
    }

    fn give(error: &Erased) -> Option<Result<T, E>> {
        error.downcast_ref::<E>().map(|error| Err(error.clone()))
    }
}

impl<R> Errors<R> for KeptErrors {
    fn share(_: &R) -> Option<Erased> {
        None
    }

    fn give(_: &Erased) -> Option<R> {
        None
    }
}

/// The comparison of two values, where their type has one.
pub trait Compare: 'static {
    /// What compares them.
    const SAME: Same;
}

/// The values are `PartialEq`.
#[derive(Debug)]
pub struct Compared<V>(PhantomData<fn() -> V>);
/// The values have no comparison that is known.
#[derive(Debug)]
pub struct NotCompared;

impl<V> Compared<V> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V: PartialEq + 'static> Compare for Compared<V> {
    const SAME: Same = Some(codec::equal::<V>);
}

impl Compare for NotCompared {
    const SAME: Same = None;
}
