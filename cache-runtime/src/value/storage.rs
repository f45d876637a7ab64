//! Storage of values in the tiers, and the bounds that it puts on them.

use std::sync::Arc;

use super::erased_codec::ErasedCodec;
use super::shape::{HeldBy, Ownership, Shape, Wrap};
use super::stored::Erased;
use crate::codec::{CacheValue, DynValue, LocalValue, SliceValue};

/// The storage of values of type `V` that an `I` holds. The only place that knows the bounds on them, so that a
/// type that does not meet them gives one error.
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be stored in the cache",
    label = "a cached value must be `Send + Sync + 'static`, and `Clone` unless it is in an `Arc`",
    note = "add `#[derive(Clone)]` to the type, or return it as `Arc<{V}>`"
)]
pub trait Storage<V, I>: Copy + Send + Sync + 'static {
    /// The codec of the values.
    const CODEC: &'static ErasedCodec;

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
    const CODEC: &'static ErasedCodec = &ErasedCodec::of_bytes::<V>();

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
    const CODEC: &'static ErasedCodec = &ErasedCodec::of_memory::<V>();

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
    const CODEC: &'static ErasedCodec = &ErasedCodec::of_memory::<V>();

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
    H: Ownership<W::Inner>,
    H::Value: CacheValue,
{
    Everywhere
}

/// The storage of a shape's values whose type is written as `Arc<[T]>`.
#[must_use]
pub fn slice_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
    H::Value: SliceValue,
{
    Everywhere
}

/// The storage of a shape's values whose type is called as the responses of web frameworks are, of which serde reads few.
#[must_use]
pub fn response_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
    H::Value: Response,
{
    Everywhere
}

/// The storage of a shape's values whose type is written with `dyn`.
#[must_use]
pub fn dyn_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value, W::Inner>
where
    W: Wrap<R>,
    H: Ownership<W::Inner>,
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
    H: Ownership<W::Inner>,
    // not `H::Value: LocalValue`, for which the compiler would advise to borrow the value
    ThisProcess: Storage<H::Value, W::Inner>,
{
    ThisProcess
}
