//! Refused return types: what one must not hold is found by dispatch as its shape is, so that aliases are seen through.
//!
//! "No value" and "no `Result`" cannot be demanded of a type. So what is refused is found as one more case of
//! [`__hold`](super::HoldOwned), before the others, whose method demands what no type has.

use std::sync::Arc;

use super::dispatch::Wrapped;
use super::shape::{Owned, Shape, Shared};

/// Asks for a value that holds nothing.
pub trait HoldNothing<R> {
    /// The answer, with which everything else is as it would be.
    type Answer;
    /// Refuses.
    fn __hold(&self) -> Self::Answer
    where
        R: Something;
}

/// Asks for a value that holds an `Err`, which would be cached with it.
pub trait HoldFailure<R> {
    /// The answer, with which everything else is as it would be.
    type Answer;
    /// Refuses.
    fn __hold(&self) -> Self::Answer
    where
        R: WithoutFailure;
}

/// A return type with a value in it. No type has this: it is demanded only of those that have none.
#[diagnostic::on_unimplemented(
    message = "there is nothing to cache in `{Self}`",
    label = "this holds no value",
    note = "return the value that was loaded; on a function that writes use `#[invalidates(...)]`"
)]
pub trait Something {}

/// A return type that is no `Result` but on its outside. No type has this: it is demanded only of others.
#[diagnostic::on_unimplemented(
    message = "an `Err` inside of `{Self}` would be cached",
    label = "this holds a `Result`",
    note = "return a `Result` with the rest inside of it, such as `Result<Arc<T>, E>`",
    note = "to cache failures on purpose, return an `enum` of your own"
)]
pub trait WithoutFailure {}

/// `()`, or what holds one at most.
pub trait Empty {
    /// How it is held.
    type Held;
}

/// A `Result`, or what holds one at most.
pub trait Failing {
    /// How it is held.
    type Held;
}

macro_rules! held {
    ($($trait:ident { $([$($generics:tt)*] $type:ty => $held:ty),+ })+) => {
        $($(impl<$($generics)*> $trait for $type {
            type Held = $held;
        })+)+
    };
}

held! {
    Empty {
        [] () => Owned,
        [T: Empty] Arc<T> => Shared,
        [T: Empty] Box<T> => Owned,
        [T: Empty] Option<T> => Owned
    }
    Failing {
        [T, E] Result<T, E> => Owned,
        [T: Failing] Arc<T> => Shared,
        [T: Failing] Box<T> => Owned,
        [T: Failing] Option<T> => Owned
    }
}

impl<R, W, I: Empty> HoldNothing<R> for &&Wrapped<R, W, I> {
    type Answer = Shape<R, W, I::Held>;

    fn __hold(&self) -> Self::Answer
    where
        R: Something,
    {
        Shape::new()
    }
}

impl<R, W, I: Failing> HoldFailure<R> for &&Wrapped<R, W, I> {
    type Answer = Shape<R, W, I::Held>;

    fn __hold(&self) -> Self::Answer
    where
        R: WithoutFailure,
    {
        Shape::new()
    }
}
