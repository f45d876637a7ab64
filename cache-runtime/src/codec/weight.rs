//! The weight of a value: what it takes in memory, as far as its `Serialize` tells.
//!
//! A limit of bytes is on unless it is changed, so each fill weighs its value: by adding up, without a byte being written
//! anywhere. The parts count as they lie in memory and not as they would be encoded (a small `u64` is one byte of
//! `MessagePack`, and eight here). What serde does not show does not count: fields that are skipped, spare capacity, padding;
//! nor does what lies deeper than the caller's stack is sure to reach.

use std::fmt::{self, Display, Write};

use serde::ser::{self, Serialize};

use super::depth::ON_THE_CALLERS_STACK;

/// A `Vec`, a `String`: pointer, length, capacity.
const HEAD: usize = 24;

/// What a node of a tree or a slot of a table costs beside its key and its value.
const IN_MAP: usize = 16;

/// The tag of an enum, or what stands in the place of a value that is not there.
const TAG: usize = 8;

/// What a value takes, in bytes; not less than its own size.
pub(crate) fn weight<V: Serialize>(value: &V) -> usize {
    let mut scale = Scale { bytes: 0, depth: 0 };
    // A value that refuses to be serialized is not stored for other reasons.
    let _ = value.serialize(&mut scale);
    scale.bytes.max(size_of::<V>())
}

struct Scale {
    bytes: usize,
    depth: usize,
}

impl Scale {
    fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Weighs a part of a value. A tree may be deeper than the stack of whoever fills the cache.
    fn inside<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), Refused> {
        if self.depth == ON_THE_CALLERS_STACK {
            return Ok(());
        }
        self.depth += 1;
        part.serialize(&mut *self)?;
        self.depth -= 1;
        Ok(())
    }

    /// What follows is weighed by the same scale.
    fn open(&mut self, bytes: usize) -> &mut Self {
        self.add(bytes);
        self
    }
}

impl Write for Scale {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.len());
        Ok(())
    }
}

/// Only ever made by the value itself.
#[derive(Debug)]
struct Refused;

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value refuses to be serialized")
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Values of one size.
macro_rules! flat {
    ($($method:ident($type:ty)),*) => {
        $(fn $method(self, _: $type) -> Result<(), Refused> {
            self.add(size_of::<$type>());
            Ok(())
        })*
    };
}

impl<'s> ser::Serializer for &'s mut Scale {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = &'s mut Scale;
    type SerializeTuple = &'s mut Scale;
    type SerializeTupleStruct = &'s mut Scale;
    type SerializeTupleVariant = &'s mut Scale;
    type SerializeMap = &'s mut Scale;
    type SerializeStruct = &'s mut Scale;
    type SerializeStructVariant = &'s mut Scale;

    flat!(serialize_bool(bool), serialize_char(char), serialize_f32(f32), serialize_f64(f64));
    flat!(serialize_i8(i8), serialize_i16(i16), serialize_i32(i32), serialize_i64(i64));
    flat!(serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64));
    flat!(serialize_i128(i128), serialize_u128(u128));

    fn serialize_str(self, text: &str) -> Result<(), Refused> {
        self.add(HEAD + text.len());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Refused> {
        self.add(HEAD + bytes.len());
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, text: &T) -> Result<(), Refused> {
        self.add(HEAD);
        write!(self, "{text}").map_err(|_| Refused)
    }

    fn serialize_none(self) -> Result<(), Refused> {
        self.add(TAG);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        self.inside(value)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refused> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
    ) -> Result<(), Refused> {
        self.add(TAG);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.inside(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        self.open(TAG).inside(value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Refused> {
        Ok(self.open(HEAD))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Refused> {
        Ok(self.open(TAG))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Refused> {
        Ok(self.open(2 * HEAD))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Refused> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, Refused> {
        Ok(self.open(TAG))
    }

    /// Compact forms are nearer to what is in memory.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Parts in a row, with or without a name.
macro_rules! parts {
    ($($trait:ident::$method:ident($($name:ty)?)),*) => {
        $(impl ser::$trait for &mut Scale {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $(_: $name,)?
                value: &T,
            ) -> Result<(), Refused> {
                self.inside(value)
            }

            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        })*
    };
}

parts!(
    SerializeSeq::serialize_element(),
    SerializeTuple::serialize_element(),
    SerializeTupleStruct::serialize_field(),
    SerializeTupleVariant::serialize_field(),
    SerializeStruct::serialize_field(&'static str),
    SerializeStructVariant::serialize_field(&'static str)
);

impl ser::SerializeMap for &mut Scale {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        self.open(IN_MAP).inside(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.inside(value)
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    struct User {
        id: u64,
        name: String,
        tags: Vec<Tag>,
        parent: Option<Box<User>>,
        address: std::net::Ipv4Addr,
    }

    #[derive(Serialize)]
    enum Tag {
        Plain,
        Level(u8),
        Named { name: String },
    }

    #[test]
    fn a_value_weighs_what_its_parts_take() {
        assert_eq!(weight(&7u8), 1);
        assert_eq!(weight(&vec![0u64; 1_000]), 24 + 8_000);
        assert_eq!(weight(&"x".repeat(1_000)), 24 + 1_000);
        let user = |parent| User {
            id: 7,
            name: "ada".to_owned(),
            tags: vec![Tag::Plain, Tag::Level(3), Tag::Named { name: "x".repeat(100) }],
            parent,
            address: std::net::Ipv4Addr::LOCALHOST,
        };
        let parts = 8 + 27 + (24 + 8 + 9 + 8 + 124) + 4;
        assert_eq!(weight(&user(None)), parts + 8);
        assert_eq!(weight(&user(Some(Box::new(user(None))))), parts + parts + 8);
        assert_eq!(weight(&BTreeMap::from([(1u8, "x"), (2, "yz")])), 48 + 2 * (16 + 1 + 24) + 3);
    }

    #[test]
    fn a_value_that_is_deeper_than_any_stack_is_weighed_as_far_as_is_safe() {
        struct Nest(usize);
        impl Serialize for Nest {
            fn serialize<S: ser::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_newtype_variant("Nest", 0, "Nest", &Nest(self.0 + 1))
            }
        }
        assert_eq!(weight(&Nest(0)), TAG * (ON_THE_CALLERS_STACK + 1), "it has no end at all");
    }

    #[test]
    fn a_value_weighs_no_less_than_its_own_size_whatever_serde_shows() {
        #[derive(Serialize)]
        struct Hidden {
            #[serde(skip)]
            _buffer: [u64; 100],
            #[serde(serialize_with = "refuse")]
            refused: [u8; 30],
        }
        fn refuse<S: ser::Serializer>(_: &[u8; 30], _: S) -> Result<S::Ok, S::Error> {
            Err(ser::Error::custom("no"))
        }
        assert_eq!(weight(&Hidden { _buffer: [0; 100], refused: [1; 30] }), size_of::<Hidden>());
        assert_eq!(weight(&None::<[u8; 30]>), size_of::<Option<[u8; 30]>>());
    }
}
