//! A return type where it may have no bounds: in everything that lives across an `.await`.
//!
//! To find out whether a future can be sent, the compiler looks at all that lives across its `.await`s, with every
//! lifetime in it, also each `'static`, replaced by another one. A bound such as `A: Answer<R>`, on types that agree
//! only while their lifetimes do, cannot be proven then ("implementation of `Answer` is not general enough"). So what is
//! needed of a return type is handed on as functions, which were looked up before.

use super::erased_codec::ErasedCodec;
use super::returns::Answer;
use super::shape::{Apart, Opened};
use super::stored::{Erased, Stored};

/// A table of functions on a return type `R`, in which an `I` holds a value of type `V`.
#[derive(Debug)]
pub(crate) struct Vtable<R, V, I> {
    /// How the value is seen without its type.
    pub(crate) erased_codec: &'static ErasedCodec,
    /// Makes what the function would return; `None` if what is stored is of another type.
    pub(crate) give: fn(Stored) -> Option<R>,
    /// Looks into what the function returned.
    pub(crate) open: fn(&R) -> Opened<&I>,
    /// Takes apart what the function returned.
    pub(crate) apart: fn(R) -> Apart<R, I>,
    /// Makes what the function returned of the part that holds the value.
    pub(crate) whole: fn(I) -> R,
    /// Looks at the value.
    pub(crate) look: fn(&I) -> &V,
    /// Shares the value with a store.
    pub(crate) share: fn(&I) -> Erased,
    /// The error as it is handed to those who waited for the load, if it can be cloned.
    pub(crate) share_error: fn(&R) -> Option<Erased>,
    /// Makes what the function would return from an error so shared.
    pub(crate) give_error: fn(&Erased) -> Option<R>,
}

impl<R, V, I> Vtable<R, V, I> {
    pub(crate) fn of<A: Answer<R, Value = V, Inner = I>>() -> Self {
        Self {
            erased_codec: A::CODEC,
            give: A::give,
            open: A::open,
            apart: A::apart,
            whole: A::whole,
            look: A::look,
            share: A::share,
            share_error: A::share_error,
            give_error: A::give_error,
        }
    }
}
