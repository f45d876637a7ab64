//! Ownership of what a load in the background uses: it goes on when its call has ended, so borrows are copied.

use std::borrow::Borrow;
use std::marker::PhantomData;

/// A type of which a load can own a copy.
#[diagnostic::on_unimplemented(
    message = "this argument is borrowed, and a load in the background needs a copy of its own",
    label = "`{Self}` is not `Clone + Send + Sync + 'static`",
    note = "derive `Clone` on `{Self}`, or take an `Arc<{Self}>`",
    note = "a load in the background goes on when the call has ended; `skip` does not change that"
)]
pub trait Own: ToOwned<Owned: Clone + Send> + Sync {}

#[diagnostic::do_not_recommend]
impl<T: ?Sized + ToOwned<Owned: Clone + Send> + Sync> Own for T {}

/// A type with methods of which a load can own a copy.
#[diagnostic::on_unimplemented(
    message = "`self` is borrowed, and a load in the background needs a copy of its own",
    label = "`{Self}` is not `Clone + Send + Sync + 'static`",
    note = "derive `Clone` on `{Self}`, or take `self: Arc<Self>`",
    note = "a load in the background goes on when the call has ended; `skip` does not change that"
)]
pub trait OwnReceiver: Clone + Send + Sync {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync> OwnReceiver for T {}

/// A type that a load in the background can take with it.
#[diagnostic::on_unimplemented(
    message = "this argument cannot go with a load in the background, which another thread may run",
    label = "a `{Self}`, which is not `Send`",
    note = "take a type that is `Send`, such as an `Arc` in the place of an `Rc`; `skip` does not change that"
)]
pub trait Sent: Send {}

#[diagnostic::do_not_recommend]
impl<T: Send> Sent for T {}

/// A return type that a load in the background can hand back.
#[diagnostic::on_unimplemented(
    message = "what a load in the background returns comes from another thread, and `{Self}` is not `Send`",
    label = "this cannot be sent between threads",
    note = "an error in a `Box` is `Box<dyn std::error::Error + Send + Sync>`"
)]
pub trait HandedBack: Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> HandedBack for T {}

/// A copy that can be looked at as what was borrowed.
pub trait Lend {
    /// What was borrowed.
    type Borrowed: ?Sized;
    /// Looks at it.
    fn look(&self) -> &Self::Borrowed;
}

struct Copied<O, T: ?Sized>(O, PhantomData<fn(&T)>);

impl<O: Clone, T: ?Sized> Clone for Copied<O, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<O: Borrow<T>, T: ?Sized> Lend for Copied<O, T> {
    type Borrowed = T;

    fn look(&self) -> &T {
        self.0.borrow()
    }
}

/// Copies what is borrowed.
///
/// Its type is opaque on purpose: it promises everything whether the type meets the bound or not, so that one that does not
/// is reported here, once, and nowhere after.
pub fn own<T: ?Sized + Own>(borrowed: &T) -> impl Lend<Borrowed = T> + Clone + Send + use<T> {
    Copied::<T::Owned, T>(borrowed.to_owned(), PhantomData)
}

/// Copies the receiver of a method.
pub fn own_receiver<T: OwnReceiver>(
    borrowed: &T,
) -> impl Lend<Borrowed = T> + Clone + Send + use<T> {
    Copied::<T, T>(borrowed.clone(), PhantomData)
}

/// Looks at a copy as at what was borrowed.
pub fn lend<L: Lend>(copy: &L) -> &L::Borrowed {
    copy.look()
}

/// Demands an argument that a load in the background can take with it.
pub const fn sent<T: Sent>(_: &T) {}
