//! The types of std that can be part of a key.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::NonZero,
    rc::Rc,
    sync::Arc,
};

use super::writer::{KeyPart, KeyWriter};

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
