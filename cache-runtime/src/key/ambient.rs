//! Arguments that cannot change what a cached function returns.

use std::{rc::Rc, sync::Arc};

/// A marker for a type whose value never changes what a cached function returns.
///
/// An argument of such a type needs neither a place in the key nor a
/// `skip(...)`: think of a repository, an application's state or a client. It
/// passes through `&T`, `Box<T>`, `Rc<T>` and `Arc<T>`.
///
/// Do not implement it for a type that can hold a tenant, a language or a user:
/// two of those would be given each other's values.
///
/// ```
/// use cache_runtime::Ambient;
///
/// struct Repository {
///     connections: usize,
/// }
///
/// impl Ambient for Repository {}
///
/// fn needs_no_place_in_a_key<T: Ambient>(_: T) {}
///
/// needs_no_place_in_a_key(&Repository { connections: 8 });
/// ```
#[diagnostic::on_unimplemented(
    message = "this argument is not in the key: two calls that differ only in it would get the \
               same cached value",
    label = "a `{Self}` that neither the key nor `skip(...)` names",
    note = "if it can change the result, put it into the key by its name, as in `<user>` or `<user.id>`",
    note = "if it cannot, write its name into `skip(...)`, as in `skip(db)`",
    note = "for a type of yours that never can, as a repository or an application's state, write \
            `impl cache_runtime::Ambient for YourType {{}}` once"
)]
pub trait Ambient {}

#[diagnostic::do_not_recommend]
impl<T: Ambient + ?Sized> Ambient for &T {}
#[diagnostic::do_not_recommend]
impl<T: Ambient + ?Sized> Ambient for Box<T> {}
#[diagnostic::do_not_recommend]
impl<T: Ambient + ?Sized> Ambient for Rc<T> {}
#[diagnostic::do_not_recommend]
impl<T: Ambient + ?Sized> Ambient for Arc<T> {}

/// Accepts an argument that neither the key nor `skip(...)` names.
#[doc(hidden)]
#[inline]
pub fn ambient<T: Ambient + ?Sized>(_: &T) {}

/// Holds for what is [`Ambient`]; a name of its own for a message about `self`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`self` is not in the key: two calls that differ only in it would get the same cached value",
    label = "a `{Self}` that neither the key nor `skip(...)` names",
    note = "if it can change the result, put what does into the key, as in `<self.tenant>`",
    note = "if it cannot, write `skip(self)`",
    note = "for a type of yours that never can, as a repository or an application's state, write \
            `impl cache_runtime::Ambient for YourType {{}}` once"
)]
pub trait AmbientReceiver {}

#[diagnostic::do_not_recommend]
impl<T: Ambient + ?Sized> AmbientReceiver for T {}

/// Accepts a `self` that neither the key nor `skip(...)` names.
#[doc(hidden)]
#[inline]
pub fn ambient_receiver<T: AmbientReceiver + ?Sized>(_: &T) {}

/// Holds for what is [`Ambient`]; a name of its own for a message that knows of the other way out.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "this argument is neither in the key nor what the function writes",
    label = "a `{Self}` that neither the key nor `skip(...)` names",
    note = "if the function writes it, say `value = arg`; if it writes what it returns, `value = return` and \
            `skip(arg)`",
    note = "if the function reads its entry, put the argument into the key, or write `skip(arg)` if it cannot \
            change the result"
)]
pub trait AmbientOrWritten {}

#[diagnostic::do_not_recommend]
impl<T: Ambient + ?Sized> AmbientOrWritten for T {}

/// Accepts an argument that neither the key nor `skip(...)` names, where it could be what is written.
#[doc(hidden)]
#[inline]
pub fn ambient_or_written<T: AmbientOrWritten + ?Sized>(_: &T) {}
