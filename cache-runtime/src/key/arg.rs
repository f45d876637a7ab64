//! What a reference such as `get_user(id)` may pass for an argument of the key.

use std::{borrow::Cow, rc::Rc, sync::Arc};

use super::writer::{KeyArg, KeyPart, KeyWriter};

#[diagnostic::do_not_recommend]
impl<T: KeyPart + ?Sized> KeyArg<T> for T {
    #[inline]
    fn write_arg(&self, key: &mut KeyWriter) {
        key.part(self);
    }
}

macro_rules! renders_as {
    ([$($generics:tt)*] $target:ty, $source:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> KeyArg<$target> for $source {
            #[inline]
            fn write_arg(&self, key: &mut KeyWriter) {
                key.part(self);
            }
        }
    };
}
renders_as!([T: KeyPart + ?Sized] T, &T);
renders_as!([T: KeyPart + ?Sized] T, &&T);

/// For each source the value and the references to it.
macro_rules! render_as {
    ($($generics:tt $target:ty: $($source:ty),+;)*) => {$($(
        renders_as!($generics $target, $source);
        renders_as!($generics $target, &$source);
        renders_as!($generics $target, &&$source);
    )+)*};
}
render_as! {
    [] str: String, Box<str>, Arc<str>, Rc<str>, Cow<'_, str>;
    [] String: str, Box<str>, Arc<str>, Rc<str>, Cow<'_, str>;
    [] Box<str>: str, String, Arc<str>, Rc<str>, Cow<'_, str>;
    [] Arc<str>: str, String, Box<str>, Rc<str>, Cow<'_, str>;
    [] Rc<str>: str, String, Box<str>, Arc<str>, Cow<'_, str>;
    [] Cow<'_, str>: str, String, Box<str>, Arc<str>, Rc<str>;

    [T: KeyPart] [T]: Vec<T>;
    [T: KeyPart] Vec<T>: [T];
    [T: KeyPart, const N: usize] [T]: [T; N];
    [T: KeyPart, const N: usize] Vec<T>: [T; N];
    [] [String]: [&str], Vec<&str>;
    [] Vec<String>: [&str], Vec<&str>;
    [] [&str]: [String], Vec<String>;
    [const N: usize] [String]: [&str; N];
    [const N: usize] Vec<String>: [&str; N];

    [T: KeyPart] Option<&T>: Option<T>;
    [] Option<&str>: Option<String>;
}
renders_as!([T: KeyPart] Option<T>, Option<&T>);
renders_as!([] Option<String>, Option<&str>);
renders_as!([] Option<&str>, Option<&String>);

/// The type of a `None` that a reference spells out: with several forms accepted
/// for an `Option`, the compiler could not infer it.
#[doc(hidden)]
#[derive(Debug)]
pub enum Untyped {}

/// What `None` in a reference stands for.
#[doc(hidden)]
pub const NONE: Option<Untyped> = None;

#[diagnostic::do_not_recommend]
impl<T> KeyArg<Option<T>> for Option<Untyped> {
    fn write_arg(&self, key: &mut KeyWriter) {
        key.absent();
    }
}

/// A value that a reference may pass where the key reads a field or calls a
/// method of a `T`.
#[diagnostic::on_unimplemented(
    message = "the cached function takes `{T}` here, not `{Self}`",
    label = "expected `{T}`, found `{Self}`",
    note = "the key reads a field or calls a method of it: pass the `{T}` or a reference to it"
)]
#[doc(hidden)]
pub trait Borrowed<T: ?Sized> {
    /// The `T` that the key is rendered from.
    fn borrowed(&self) -> &T;
}

macro_rules! borrowed {
    ($($generics:tt $source:ty => $target:ty;)*) => {$(
        borrowed!(@impl $generics $source, $target);
    )*};
    (@impl [$($generics:tt)*] $source:ty, $target:ty) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Borrowed<$target> for $source {
            #[inline]
            fn borrowed(&self) -> &$target {
                self
            }
        }
    };
}
borrowed! {
    [T: ?Sized] T => T;
    [T: ?Sized] &T => T;
    [T: ?Sized] &&T => T;
    [T: ?Sized] Box<T> => T;
    [T: ?Sized] &Box<T> => T;
    [T: ?Sized] Rc<T> => T;
    [T: ?Sized] &Rc<T> => T;
    [T: ?Sized] Arc<T> => T;
    [T: ?Sized] &Arc<T> => T;
    [] String => str;
    [] &String => str;
    [T] Vec<T> => [T];
    [T] &Vec<T> => [T];
    [T, const N: usize] [T; N] => [T];
}
