//! Finds the shape of a return type by method dispatch.
//!
//! Each question is a method of the same name in several traits. The compiler takes the first that fits while
//! it strips references off the receiver, so an implementation for more references is asked before one for
//! fewer: `(&&&&kind).__wrap()` tries `Result<Option<T>, E>`, then `Result<T, E>`, then `Option<T>`, then any `T`.
//! One reference too few and `Result<Option<T>, E>` would pass for `Result<T, E>`.
//!
//! Their names begin with two underscores, because a trait of the user's that all types have may be in scope, and a
//! method of it would be found in their place.

use std::marker::PhantomData;
use std::sync::Arc;

use super::shape::{
    Bare, Compared, InOption, InResult, InResultOption, KeptErrors, NotCompared, Owned, Ownership,
    Shape, Shared, SharedErrors, Types, Wrap,
};

/// Stands for a return type where there is no value of it yet.
#[derive(Debug)]
pub struct Kind<R>(PhantomData<fn() -> R>);

impl<R> Kind<R> {
    /// Names the return type.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "only ever named with its type, by generated code"
    )]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Names the type of what was returned.
    #[must_use]
    pub const fn of(_: &R) -> Self {
        Self(PhantomData)
    }
}

impl<R> Copy for Kind<R> {}
impl<R> Clone for Kind<R> {
    fn clone(&self) -> Self {
        *self
    }
}

/// A return type whose wrapping is known.
#[derive(Debug)]
pub struct Wrapped<R, W, I>(Types<R, W, I>);

macro_rules! dispatch {
    ($(#[$doc:meta])* $name:ident, $method:ident, [$($generics:tt)*] $receiver:ty => $answer:ty, $value:expr) => {
        $(#[$doc])*
        pub trait $name {
            /// The answer.
            type Answer;
            /// Answers.
            fn $method(&self) -> Self::Answer;
        }

        impl<$($generics)*> $name for $receiver {
            type Answer = $answer;
            #[inline]
            fn $method(&self) -> $answer {
                $value
            }
        }
    };
}

dispatch!(
    /// Asks for `Result<Option<T>, E>`.
    WrapResultOption, __wrap,
    [T, E] &&&Kind<Result<Option<T>, E>> => Wrapped<Result<Option<T>, E>, InResultOption, T>, Wrapped(PhantomData)
);
dispatch!(
    /// Asks for `Result<T, E>`.
    WrapResult, __wrap, [T, E] &&Kind<Result<T, E>> => Wrapped<Result<T, E>, InResult, T>, Wrapped(PhantomData)
);
dispatch!(
    /// Asks for `Option<T>`.
    WrapOption, __wrap, [T] &Kind<Option<T>> => Wrapped<Option<T>, InOption, T>, Wrapped(PhantomData)
);
dispatch!(
    /// Takes any type as it is.
    WrapBare, __wrap, [T] Kind<T> => Wrapped<T, Bare, T>, Wrapped(PhantomData)
);
dispatch!(
    /// Asks for `Arc<T>`.
    HoldShared, __hold, [R, W, T] &Wrapped<R, W, Arc<T>> => Shape<R, W, Shared>, Shape::new()
);
dispatch!(
    /// Takes any value as it is.
    HoldOwned, __hold, [R, W, I] Wrapped<R, W, I> => Shape<R, W, Owned>, Shape::new()
);
dispatch!(
    /// Asks for a `Result` whose error can be cloned.
    ErrorsShared, __errors,
    [T, E: Clone + Send + Sync + 'static] &Kind<Result<T, E>> => SharedErrors, SharedErrors
);
dispatch!(
    /// Takes any other type.
    ErrorsKept, __errors, [R] Kind<R> => KeptErrors, KeptErrors
);
dispatch!(
    /// Asks for a value that can be compared.
    CompareEqual, __compare,
    [R, W: Wrap<R>, H: Ownership<W::Inner, Value = V>, V: PartialEq + 'static]
    &Shape<R, W, H> => Compared<V>, Compared::new()
);
dispatch!(
    /// Takes any other value.
    CompareNothing, __compare, [R, W, H] Shape<R, W, H> => NotCompared, NotCompared
);
dispatch!(
    /// Asks for a `Result`, of which only `Ok` means that a write took place.
    EndResult, __end, [T, E] &Kind<Result<T, E>> => EndedResult<T, E>, EndedResult(PhantomData)
);
dispatch!(
    /// Takes any other type, which cannot fail.
    EndAny, __end, [R] Kind<R> => EndedAny<R>, EndedAny(PhantomData)
);

/// The end of a writing function.
pub trait Ended {
    /// The function's return type.
    type Returned;
    /// What it returns on success.
    type Success;
    /// The result of a success; `None` if the function failed.
    fn success(self, returned: &Self::Returned) -> Option<&Self::Success>;
}

/// The ends of a function that returns a `Result`.
#[derive(Debug)]
pub struct EndedResult<T, E>(PhantomData<fn() -> (T, E)>);
/// The end of a function that cannot fail.
#[derive(Debug)]
pub struct EndedAny<R>(PhantomData<fn() -> R>);

impl<T, E> Ended for EndedResult<T, E> {
    type Returned = Result<T, E>;
    type Success = T;

    fn success(self, returned: &Result<T, E>) -> Option<&T> {
        returned.as_ref().ok()
    }
}

impl<R> Ended for EndedAny<R> {
    type Returned = R;
    type Success = R;

    fn success(self, returned: &R) -> Option<&R> {
        Some(returned)
    }
}
