//! Everything that is known of a return type, put together.

use std::marker::PhantomData;

use super::erased_codec::ErasedCodec;
use super::shape::{Apart, Compare, Errors, HeldBy, Opened, Ownership, Shape, Types, Wrap};
use super::storage::Storage;
use super::stored::{Erased, Stored};

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
    H: Ownership<W::Inner>,
    S: Storage<H::Value, W::Inner>,
    E: Errors<R>,
    Q: Compare,
{
    Returns { shape: PhantomData, rest: PhantomData }
}

/// A value of a function's return type, for a `return` that is never taken: it fixes the type of the body, as the signature
/// did.
#[must_use]
pub fn never_returned<R>() -> R {
    unreachable!("this stands behind `if false`")
}

/// A return type as a look-up sees it, and as a [`Vtable`] is made of it. It stays in front of the first `.await`.
pub trait Answer<R>: Copy {
    /// The value that is stored.
    type Value;
    /// What holds the value in the return type: itself, or an `Arc`.
    type Inner;
    /// How the value is seen without its type.
    const CODEC: &'static ErasedCodec;

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
    H: Ownership<W::Inner>,
    S: Storage<H::Value, W::Inner>,
    E: Errors<R>,
    Q: Compare,
{
    type Value = H::Value;
    type Inner = W::Inner;
    const CODEC: &'static ErasedCodec = &S::CODEC.compared(Q::SAME);

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
