//! Keys with constants in them, as far as the compiler can evaluate them: those of two functions are held against each
//! other while a crate with `policies!` is compiled.

use std::mem::ManuallyDrop;

use super::plain::is_plain;

/// A crate's declaration that a function has this key. A second one is an error of the compiler.
#[doc(hidden)]
pub trait TwoFunctionsShareAKey<const KEY: u64> {}

/// A number for a rendered key (FNV-1a), its placeholders made alike.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct KeyHash(u64);

impl KeyHash {
    /// Begins a key.
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds text as it stands.
    pub const fn literal(self, text: &str) -> Self {
        let (mut hash, bytes, mut at) = (self, text.as_bytes(), 0);
        while at < bytes.len() {
            hash = hash.byte(bytes[at]);
            at += 1;
        }
        hash
    }

    /// Adds a value, escaped.
    const fn text(self, text: &str) -> Self {
        let (mut hash, bytes, mut at) = (self, text.as_bytes(), 0);
        while at < bytes.len() {
            let byte = bytes[at];
            hash = if is_plain(byte) || !byte.is_ascii() {
                hash.byte(byte)
            } else {
                hash.byte(b'%').integer(byte as u128)
            };
            at += 1;
        }
        hash
    }

    const fn integer(self, integer: u128) -> Self {
        let before = if integer > 9 { self.integer(integer / 10) } else { self };
        before.byte(b'0' + (integer % 10) as u8)
    }

    const fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ byte as u64).wrapping_mul(0x0100_0000_01b3))
    }

    /// The number.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.0
    }
}

impl Default for KeyHash {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells by its type whether the compiler can render a constant.
#[doc(hidden)]
#[derive(Debug)]
pub struct Probe<T>(T);

impl<T> Probe<T> {
    /// Takes the constant.
    pub const fn new(constant: T) -> Self {
        Self(constant)
    }
}

/// What a [`Probe`] says: yes or no, by its type.
#[doc(hidden)]
#[derive(Debug)]
pub struct Known<const KNOWN: bool>;

/// For types that the compiler cannot render: found where the type has no such method of its own.
#[doc(hidden)]
pub trait NotKnown: Sized {
    /// Says no.
    fn cache_constant_is_known(self) -> Known<false> {
        Known
    }
}
impl<T> NotKnown for Probe<T> {}

/// What the probe would say, which is not asked: nothing but the type counts.
#[doc(hidden)]
#[must_use]
pub const fn is_known<const KNOWN: bool, F: Fn() -> Known<KNOWN>>(_: &F) -> bool {
    KNOWN
}

/// A constant in a key. Never dropped, which the compiler could not do while it evaluates.
#[doc(hidden)]
#[derive(Debug)]
pub struct Constant<T, const KNOWN: bool>(ManuallyDrop<T>);

impl<T, const KNOWN: bool> Constant<T, KNOWN> {
    /// Takes the constant.
    pub const fn new(constant: T) -> Self {
        Self(ManuallyDrop::new(constant))
    }
}

impl<T> Constant<T, false> {
    /// Adds the place of the function, which is no other's.
    pub const fn add_to_key(self, key: KeyHash, place: &str) -> KeyHash {
        key.literal("<").literal(place).literal(">")
    }
}

macro_rules! known {
    ($($ty:ty: |$key:ident, $constant:ident| $add:expr;)*) => {$(
        impl Probe<$ty> {
            /// Says yes.
            #[must_use]
            pub fn cache_constant_is_known(self) -> Known<true> {
                Known
            }
        }

        impl Constant<$ty, true> {
            /// Adds what the constant renders to.
            pub const fn add_to_key(self, $key: KeyHash, _place: &str) -> KeyHash {
                let $constant = ManuallyDrop::into_inner(self.0);
                $add
            }
        }
    )*};
}
known! {
    &str: |key, text| key.text(text);
    bool: |key, truth| key.text(if truth { "true" } else { "false" });
    char: |key, letter| key.text(letter.encode_utf8(&mut [0; 4]));
}

macro_rules! integers {
    ($($unsigned:ident)*; $($signed:ident)*) => {
        known! {
            $($unsigned: |key, integer| key.integer(integer as u128);)*
            $($signed: |key, integer| {
                let key = if integer < 0 { key.byte(b'-') } else { key };
                key.integer(integer.unsigned_abs() as u128)
            };)*
        }
    };
}
integers!(u8 u16 u32 u64 u128 usize; i8 i16 i32 i64 i128 isize);

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! hash {
        ($constant:expr) => {{
            const KNOWN: bool = is_known(&|| Probe::new($constant).cache_constant_is_known());
            Constant::<_, KNOWN>::new($constant).add_to_key(KeyHash::new(), "here").end()
        }};
    }

    #[derive(Debug)]
    struct Own;

    #[test]
    fn constants_that_render_alike_have_one_number_and_others_have_others() {
        assert_eq!(hash!("7"), hash!(7_u8));
        assert_eq!(hash!(-7_i128), hash!("-7"));
        assert_eq!(hash!(true), hash!("true"));
        assert_eq!(hash!('日'), hash!("日"));
        assert_eq!(hash!("a"), KeyHash::new().literal("a").end());
        assert_ne!(hash!("a:b"), KeyHash::new().literal("a:b").end());
        assert_ne!(hash!("<>"), KeyHash::new().literal("<>").end());
        assert_ne!(hash!(i64::MIN), hash!(i64::MAX));
    }

    #[test]
    fn of_other_types_nothing_is_said() {
        let own = hash!(Own);
        assert_eq!(own, hash!(String::new()));
        assert_eq!(own, KeyHash::new().literal("<here>").end());
    }
}
