//! The values that can be part of a key.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
    rc::Rc,
    sync::Arc,
};

use super::KeyWriter;

/// A value that can be part of a key: it has one stable, injective text.
///
/// Implemented for integers, `bool`, `char`, text, addresses of [`std::net`],
/// and `Option`, lists, tuples, references and smart pointers of these; with the
/// features `uuid`, `time`, `chrono` and `jiff` for the types of those crates in
/// the versions 1, 0.3, 0.4 and 0.2.
///
/// Derive it for your own types:
///
/// ```
/// use cache_runtime::{KeyPart, KeyWriter};
///
/// #[derive(KeyPart)]
/// struct UserId(u64);
///
/// #[derive(KeyPart)]
/// struct Page {
///     number: u32,
///     size: u32,
/// }
///
/// #[derive(KeyPart)]
/// enum Order {
///     Newest,
///     By(String),
/// }
///
/// let mut key = KeyWriter::new();
/// key.part(&(UserId(7), Page { number: 2, size: 20 }, Order::Newest, Order::By("name".into())));
/// assert_eq!(key.as_bytes(), b"(7,(2,20,),Newest,By(name,),)");
/// ```
///
/// **Not** implemented for floats, `()`, hash maps and sets, clocks and handles:
/// they have no stable text, or none that tells their values apart. `-0.0` equals
/// `0.0` and `NaN` equals nothing; a hash map changes its order from one process
/// to the next.
///
/// # By hand
///
/// Call [`KeyWriter::text`] or [`KeyWriter::part`] **once**, with everything that
/// tells two values apart; several values go into one tuple, because parts are
/// not separated from each other.
///
/// ```
/// use cache_runtime::{KeyPart, KeyWriter};
///
/// struct Price {
///     cents: i64,
///     currency: [u8; 3],
/// }
///
/// impl KeyPart for Price {
///     fn write_key(&self, key: &mut KeyWriter) {
///         key.part(&(self.cents, self.currency));
///     }
/// }
///
/// let mut key = KeyWriter::new();
/// key.part(&Price { cents: 1999, currency: *b"EUR" });
/// assert_eq!(key.as_bytes(), b"(1999,(69,85,82,),)");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a key",
    label = "`{Self}` has no key text",
    note = "key parts are integers, `bool`, `char`, text, and `Option`, lists and tuples of these; \
            `Uuid` and dates with the features `uuid` (1), `time` (0.3), `chrono` (0.4), `jiff` (0.2)",
    note = "to a type of yours add `#[derive(cache_runtime::KeyPart)]`; of another's, name what \
            identifies it, as in `<arg.id>` or `<arg.to_string()>`",
    note = "a float has no exact text and a hash map no order: round to an integer before the \
            call, use a `BTreeSet` or a sorted `Vec`",
    note = "what cannot change the result, as a pool or a clock, is left out of the key with \
            `skip(arg)`"
)]
pub trait KeyPart {
    /// Writes the key text of `self`.
    ///
    /// Implementors promise that it is the same for equal values in every
    /// process and release, and different for different values.
    fn write_key(&self, key: &mut KeyWriter);
}

macro_rules! integers {
    ($($integer:ident)*) => {$(
        #[diagnostic::do_not_recommend]
        impl KeyPart for $integer {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter) {
                key.integer(*self);
            }
        }

        #[diagnostic::do_not_recommend]
        impl KeyPart for NonZero<$integer> {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter) {
                key.integer(self.get());
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

#[diagnostic::do_not_recommend]
impl KeyPart for bool {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter) {
        key.text(if *self { "true" } else { "false" });
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for char {
    fn write_key(&self, key: &mut KeyWriter) {
        key.text(self.encode_utf8(&mut [0; 4]));
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for str {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter) {
        key.text(self);
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for String {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter) {
        key.text(self);
    }
}

macro_rules! as_their_target {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: KeyPart + ?Sized> KeyPart for $pointer {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter) {
                (**self).write_key(key);
            }
        }
    )*};
}
as_their_target!(&T, Box<T>, Rc<T>, Arc<T>);

#[diagnostic::do_not_recommend]
impl<T: KeyPart + ToOwned + ?Sized> KeyPart for Cow<'_, T> {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter) {
        (**self).write_key(key);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart> KeyPart for Option<T> {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter) {
        match self {
            Some(part) => key.present(part),
            None => key.absent(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart> KeyPart for [T] {
    fn write_key(&self, key: &mut KeyWriter) {
        key.sequence(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart, const N: usize> KeyPart for [T; N] {
    fn write_key(&self, key: &mut KeyWriter) {
        key.sequence(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart> KeyPart for Vec<T> {
    fn write_key(&self, key: &mut KeyWriter) {
        key.sequence(self);
    }
}

#[diagnostic::do_not_recommend]
impl<T: KeyPart> KeyPart for BTreeSet<T> {
    fn write_key(&self, key: &mut KeyWriter) {
        key.sequence(self);
    }
}

macro_rules! tuples {
    ($(($($part:ident)+))*) => {$(
        #[diagnostic::do_not_recommend]
        #[expect(non_snake_case, reason = "one name for the type and the value of an element")]
        impl<$($part: KeyPart),+> KeyPart for ($($part,)+) {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter) {
                let ($($part,)+) = self;
                key.open();
                $(key.element($part);)+
                key.close();
            }
        }
    )*};
}
tuples!((A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F));

macro_rules! displayed {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl KeyPart for $type {
            fn write_key(&self, key: &mut KeyWriter) {
                key.display(self);
            }
        }
    )*};
}
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
pub(super) use displayed;
displayed!(IpAddr, Ipv4Addr, Ipv6Addr);

#[diagnostic::do_not_recommend]
impl KeyPart for SocketAddrV4 {
    fn write_key(&self, key: &mut KeyWriter) {
        key.part(&(self.ip(), self.port()));
    }
}

// The `Display` of a v6 address leaves the flow label out.
#[diagnostic::do_not_recommend]
impl KeyPart for SocketAddrV6 {
    fn write_key(&self, key: &mut KeyWriter) {
        key.part(&(self.ip(), self.port(), self.flowinfo(), self.scope_id()));
    }
}

#[diagnostic::do_not_recommend]
impl KeyPart for SocketAddr {
    fn write_key(&self, key: &mut KeyWriter) {
        match self {
            Self::V4(address) => key.part(address),
            Self::V6(address) => key.part(address),
        }
    }
}
