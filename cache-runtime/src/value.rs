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

use crate::codec::{self, CacheValue, LocalValue};
use crate::codec::{Encoded, Encoding};

pub use dispatch::{
    EndAny, EndResult, Ended, ErrorsKept, ErrorsShared, HoldOwned, HoldShared, Kind, WrapBare,
    WrapOption, WrapResult, WrapResultOption,
};
pub(crate) use form::{Form, Formed};
pub use given::Given;
pub use refused::{HoldFailure, HoldNothing};
pub(crate) use shape::KeptErrors;
pub use shape::{Errors, Hold, Opened, Shape, Wrap, nullable};

mod dispatch;
mod form;
mod given;
mod refused;
mod shape;

/// A value without its type.
pub type Erased = Arc<dyn Any + Send + Sync>;

/// What a store keeps: a value, or `None` because the function returned `None`.
pub type Stored = Option<Erased>;

/// What can be done with values of type `V`. The only place that knows the bounds on them, so that a type that
/// does not meet them gives one error.
#[diagnostic::on_unimplemented(
    message = "`{V}` cannot be stored in the cache",
    label = "a cached value must be `Clone + Send + Sync + 'static`",
    note = "add `#[derive(Clone)]` to the type"
)]
pub trait Storage<V>: Copy + Send + Sync + 'static {
    /// Clones the value.
    fn copy(self, value: &V) -> V;
    /// Forgets the type.
    fn erase(self, value: Arc<V>) -> Erased;
    /// Remembers the type; `None` if it was another.
    fn recover(self, value: Erased) -> Option<Arc<V>>;
    /// Clones the value out; `None` if it was of another type.
    fn copy_out(self, value: &Erased) -> Option<V>;
    /// Encodes and decodes the value, as a shared tier would; `None` if it does not survive that.
    fn round_trip(self, value: Arc<V>) -> Option<Arc<V>>;
    /// The bytes the value takes: its encoding where it has one, else its own size without what it points to.
    fn weigh(self, value: &V) -> usize;
    /// Encodes the value for the tier that processes share; `None` if it cannot be there.
    fn encode(self, value: &V, encoding: Encoding) -> Option<Encoded>;
    /// Decodes a value of no more than `max` bytes; `None` if the bytes are of no such value.
    fn decode(self, bytes: &[u8], codec: u8, compressed: bool, max: usize) -> Option<Arc<V>>;
    /// What the type looks like to a decoder, and never zero; zero if it is never encoded.
    fn fingerprint(self, version: u32) -> u32;
}

/// Storage in every tier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everywhere;

/// Storage in this process only.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisProcess;

macro_rules! by_any {
    () => {
        #[inline]
        fn copy(self, value: &V) -> V {
            value.clone()
        }

        fn erase(self, value: Arc<V>) -> Erased {
            value
        }

        #[inline]
        fn recover(self, value: Erased) -> Option<Arc<V>> {
            value.downcast().ok()
        }

        #[inline]
        fn copy_out(self, value: &Erased) -> Option<V> {
            value.downcast_ref::<V>().cloned()
        }
    };
}

impl<V: CacheValue> Storage<V> for Everywhere {
    by_any!();

    fn round_trip(self, value: Arc<V>) -> Option<Arc<V>> {
        codec::decode(&codec::encode(&*value)?).map(Arc::new)
    }

    fn weigh(self, value: &V) -> usize {
        codec::encoded_len(value).unwrap_or(size_of::<V>())
    }

    fn encode(self, value: &V, encoding: Encoding) -> Option<Encoded> {
        codec::encode_as(value, encoding)
    }

    fn decode(self, bytes: &[u8], codec: u8, compressed: bool, max: usize) -> Option<Arc<V>> {
        codec::decode_as(bytes, codec, compressed, max).map(Arc::new)
    }

    fn fingerprint(self, version: u32) -> u32 {
        codec::fingerprint::<V>(version)
    }
}

#[diagnostic::do_not_recommend]
impl<V: LocalValue> Storage<V> for ThisProcess {
    by_any!();

    fn round_trip(self, value: Arc<V>) -> Option<Arc<V>> {
        Some(value)
    }

    fn weigh(self, _: &V) -> usize {
        size_of::<V>()
    }

    fn encode(self, _: &V, _: Encoding) -> Option<Encoded> {
        None
    }

    fn decode(self, _: &[u8], _: u8, _: bool, _: usize) -> Option<Arc<V>> {
        None
    }

    fn fingerprint(self, _: u32) -> u32 {
        0
    }
}

/// The storage of a shape's values in every tier.
///
/// Its type is opaque on purpose: it promises `Storage` whether the value meets the bound or not, so that a value
/// that does not is reported here, once, and nowhere after.
#[must_use]
pub fn storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    H::Value: CacheValue,
{
    Everywhere
}

/// The storage of a shape's values in this process only.
#[must_use]
pub fn local_storage<R, W, H>(_: Shape<R, W, H>) -> impl Storage<H::Value>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    // not `H::Value: LocalValue`, for which the compiler would advise to borrow the value
    ThisProcess: Storage<H::Value>,
{
    ThisProcess
}

/// Everything that is known of a return type `R`: its shape, how its values are stored, whether its errors can
/// be shared.
#[derive(Debug)]
pub struct Returns<R, W, H, S, E> {
    shape: PhantomData<Shape<R, W, H>>,
    errors: PhantomData<fn() -> E>,
    storage: S,
}

impl<R, W, H, S: Copy, E> Copy for Returns<R, W, H, S, E> {}
impl<R, W, H, S: Copy, E> Clone for Returns<R, W, H, S, E> {
    fn clone(&self) -> Self {
        *self
    }
}

/// Puts together what is known of a return type.
pub fn returns<R, W, H, S, E>(_: Shape<R, W, H>, storage: S, _: E) -> Returns<R, W, H, S, E>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    S: Storage<H::Value>,
    E: Errors<R>,
{
    Returns { shape: PhantomData, errors: PhantomData, storage }
}

/// A return type as the strategies see it.
pub trait Answer<R>: Copy + Send + Sync {
    /// The value that is stored.
    type Value;

    /// Makes what the function would return; `None` if what is stored is of another type.
    fn give(self, stored: Stored) -> Option<R>;
    /// Looks into what the function returned.
    fn open<'r>(self, returned: &'r R) -> Opened<&'r Self::Value>
    where
        Self::Value: 'r;
    /// What a store is to keep of it; `None` for an error.
    fn keep(self, returned: &R) -> Option<Stored>;
    /// Sends what is to be stored through its encoding; `None` if it does not survive that.
    fn round_trip(self, stored: Stored) -> Option<Stored>;
    /// The bytes that a value takes.
    fn weigh(self, value: &Self::Value) -> usize;
    /// Encodes what is stored for the tier that processes share; `None` if it cannot be there. A stored `None` has
    /// no bytes, and needs a mark of its own.
    fn encode(self, stored: &Stored, encoding: Encoding) -> Option<Encoded>;
    /// Decodes a value of no more than `max` bytes; `None` if the bytes are of no such value, as no bytes are.
    fn decode(self, bytes: &[u8], codec: u8, compressed: bool, max: usize) -> Option<Stored>;
    /// What the type of the value looks like to a decoder, and never zero; zero if it is never encoded.
    fn fingerprint(self, version: u32) -> u32;
    /// The error as it is handed to those who waited for the load, if it can be cloned.
    fn share_error(self, returned: &R) -> Option<Erased>;
    /// Makes what the function would return from an error so shared.
    fn give_error(self, error: &Erased) -> Option<R>;
}

impl<R, W, H, S, E> Answer<R> for Returns<R, W, H, S, E>
where
    W: Wrap<R>,
    H: Hold<W::Inner>,
    S: Storage<H::Value>,
    E: Errors<R>,
{
    type Value = H::Value;

    #[inline]
    fn give(self, stored: Stored) -> Option<R> {
        match stored {
            Some(value) => W::wrap(Some(H::give(value, self.storage)?)),
            None => W::wrap(None),
        }
    }

    fn open<'r>(self, returned: &'r R) -> Opened<&'r H::Value>
    where
        H::Value: 'r,
    {
        match W::open(returned) {
            Opened::Value(inner) => Opened::Value(H::look(inner)),
            Opened::Nothing => Opened::Nothing,
            Opened::Failed => Opened::Failed,
        }
    }

    fn keep(self, returned: &R) -> Option<Stored> {
        match W::open(returned) {
            Opened::Value(inner) => {
                let value = H::share(inner, self.storage);
                Some(Some(self.storage.erase(value)))
            }
            Opened::Nothing => Some(None),
            Opened::Failed => None,
        }
    }

    fn round_trip(self, stored: Stored) -> Option<Stored> {
        let Some(value) = stored else { return Some(None) };
        let value = self.storage.round_trip(self.storage.recover(value)?)?;
        Some(Some(self.storage.erase(value)))
    }

    fn weigh(self, value: &H::Value) -> usize {
        self.storage.weigh(value)
    }

    fn encode(self, stored: &Stored, encoding: Encoding) -> Option<Encoded> {
        let Some(value) = stored else { return Some(encoding.of_nothing()) };
        self.storage.encode(&*self.storage.recover(Arc::clone(value))?, encoding)
    }

    fn decode(self, bytes: &[u8], codec: u8, compressed: bool, max: usize) -> Option<Stored> {
        let value = self.storage.decode(bytes, codec, compressed, max)?;
        Some(Some(self.storage.erase(value)))
    }

    fn fingerprint(self, version: u32) -> u32 {
        self.storage.fingerprint(version)
    }

    fn share_error(self, returned: &R) -> Option<Erased> {
        E::share(returned)
    }

    fn give_error(self, error: &Erased) -> Option<R> {
        E::give(error)
    }
}

#[cfg(test)]
mod tests;
