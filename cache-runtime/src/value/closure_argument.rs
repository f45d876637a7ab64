//! The argument of a closure of the user, held against the type that the closure writes for it.

/// The argument that a closure is called with.
#[derive(Debug)]
pub struct ClosureArgument<V>(pub V);

impl<V> ClosureArgument<V> {
    /// Hands over a value that is stored, as the type that the closure writes.
    #[inline]
    pub fn value<T: OfValue<V>>(self) -> T {
        T::take(self.0)
    }

    /// Hands over what a function returned, as the type that the closure writes.
    #[inline]
    pub fn returned<T: OfReturned<V>>(self) -> T {
        T::take(self.0)
    }

    /// Hands over the error of a call that has waited long enough, as the type that the closure writes.
    #[inline]
    pub fn error<T: OfError<V>>(self) -> T {
        T::take(self.0)
    }
}

/// A type that a closure on the value may write for its argument.
#[diagnostic::on_unimplemented(
    message = "the closure gets `{V}`, not `{Self}`",
    label = "expected `{V}`",
    note = "it gets the value without its `Result`, `Option` and `Arc`; the type can be left out"
)]
pub trait OfValue<V> {
    /// Takes what is given.
    fn take(given: V) -> Self;
}

#[diagnostic::do_not_recommend]
impl<V> OfValue<V> for V {
    #[inline]
    fn take(given: V) -> V {
        given
    }
}

/// A type that a closure on what was returned may write for its argument.
#[diagnostic::on_unimplemented(
    message = "the closure gets `{V}`, not `{Self}`",
    label = "expected `{V}`",
    note = "it gets what the function returned, without its `Result`; the type can be left out"
)]
pub trait OfReturned<V> {
    /// Takes what is given.
    fn take(given: V) -> Self;
}

#[diagnostic::do_not_recommend]
impl<V> OfReturned<V> for V {
    #[inline]
    fn take(given: V) -> V {
        given
    }
}

/// A type that a closure on an error may write for its argument.
#[diagnostic::on_unimplemented(
    message = "the closure gets `{V}`, not `{Self}`",
    label = "expected `{V}`",
    note = "it gets the error that says that the load has not ended; the type can be left out"
)]
pub trait OfError<V> {
    /// Takes what is given.
    fn take(given: V) -> Self;
}

#[diagnostic::do_not_recommend]
impl<V> OfError<V> for V {
    #[inline]
    fn take(given: V) -> V {
        given
    }
}
