//! The walk as a serializer of serde: each kind of value becomes a number.

use std::fmt;

use serde::ser::{Serialize, Serializer};

use super::super::fault::Fault;
use super::hash::{mixed, named, over};
use super::parts::{Entries, Items, List};
use super::walk::{Part, Walk};

// What kinds of things are told apart. The numbers are part of what is stored.
const NOTHING: u64 = 1;
const BOOL: u64 = 2;
const NATURAL: u64 = 3;
const NEGATIVE: u64 = 4;
const FLOAT: u64 = 5;
const TEXT: u64 = 6;
const BYTES: u64 = 7;
const SOME: u64 = 8;
const UNIT: u64 = 9;
const UNIT_STRUCT: u64 = 10;
const NEWTYPE: u64 = 11;
const VARIANT: u64 = 12;
const SEQUENCE: u64 = 13;
const TUPLE: u64 = 14;
const MAP: u64 = 15;
const STRUCT: u64 = 16;

impl Walk {
    fn items(&mut self, number: u64, list: List) -> Result<Items<'_>, Fault> {
        self.deeper()?;
        Ok(Items::new(self, number, list))
    }

    fn entries(&mut self, number: u64) -> Result<Entries<'_>, Fault> {
        self.deeper()?;
        Ok(Entries::new(self, number))
    }
}

fn variant(of: &str, name: &str) -> u64 {
    named(named(VARIANT, of), name)
}

fn natural(number: u64) -> Part {
    Part::new(mixed(NATURAL, number))
}

macro_rules! integers {
    ($($method:ident($type:ty) $as:ident;)*) => {$(
        #[inline]
        fn $method(self, number: $type) -> Result<Part, Fault> {
            self.$as(number.into())
        }
    )*};
}

impl<'w> Serializer for &'w mut Walk {
    type Ok = Part;
    type Error = Fault;
    type SerializeSeq = Items<'w>;
    type SerializeTuple = Items<'w>;
    type SerializeTupleStruct = Items<'w>;
    type SerializeTupleVariant = Items<'w>;
    type SerializeMap = Entries<'w>;
    type SerializeStruct = Entries<'w>;
    type SerializeStructVariant = Entries<'w>;

    integers! {
        serialize_u8(u8) serialize_u64;
        serialize_u16(u16) serialize_u64;
        serialize_u32(u32) serialize_u64;
        serialize_i8(i8) serialize_i64;
        serialize_i16(i16) serialize_i64;
        serialize_i32(i32) serialize_i64;
        serialize_f32(f32) serialize_f64;
    }

    // as every encoding of ours is
    fn is_human_readable(&self) -> bool {
        true
    }

    fn serialize_bool(self, is: bool) -> Result<Part, Fault> {
        Ok(Part::new(mixed(BOOL, is.into())))
    }

    #[inline]
    fn serialize_u64(self, number: u64) -> Result<Part, Fault> {
        Ok(natural(number))
    }

    #[inline]
    fn serialize_i64(self, number: i64) -> Result<Part, Fault> {
        Ok(match u64::try_from(number) {
            Ok(number) => natural(number),
            Err(_) => Part::new(mixed(NEGATIVE, number.cast_unsigned())),
        })
    }

    fn serialize_u128(self, number: u128) -> Result<Part, Fault> {
        Ok(match u64::try_from(number) {
            Ok(number) => natural(number),
            Err(_) => Part::new(over(NATURAL, &number.to_le_bytes())),
        })
    }

    fn serialize_i128(self, number: i128) -> Result<Part, Fault> {
        match (u128::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => self.serialize_u128(number),
            (_, Ok(number)) => self.serialize_i64(number),
            _ => Ok(Part::new(over(NEGATIVE, &number.to_le_bytes()))),
        }
    }

    fn serialize_f64(self, number: f64) -> Result<Part, Fault> {
        let part = mixed(FLOAT, number.to_bits());
        if number.is_finite() {
            return Ok(Part::new(part));
        }
        self.not_finite = true;
        Ok(Part::null(part))
    }

    fn serialize_char(self, char: char) -> Result<Part, Fault> {
        self.serialize_str(char.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<Part, Fault> {
        Ok(Part::new(named(TEXT, text)))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Part, Fault> {
        Ok(Part::new(over(BYTES, bytes)))
    }

    fn collect_str<T: ?Sized + fmt::Display>(self, text: &T) -> Result<Part, Fault> {
        self.serialize_str(&text.to_string())
    }

    fn serialize_none(self) -> Result<Part, Fault> {
        Ok(Part::null(NOTHING))
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<Part, Fault> {
        let Part { number, is_null } = self.wrapped(value)?;
        self.some_of_null |= is_null;
        Ok(Part { number: mixed(SOME, number), is_null })
    }

    fn serialize_unit(self) -> Result<Part, Fault> {
        Ok(Part::null(UNIT))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Part, Fault> {
        Ok(Part::null(named(UNIT_STRUCT, name)))
    }

    fn serialize_unit_variant(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<Part, Fault> {
        Ok(Part::new(variant(of, name)))
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Part, Fault> {
        let Part { number, is_null } = self.wrapped(value)?;
        Ok(Part { number: mixed(named(NEWTYPE, name), number), is_null })
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<Part, Fault> {
        self.deeper()?;
        let Part { number, .. } = value.serialize(&mut *self)?;
        self.higher();
        Ok(Part::new(mixed(variant(of, name), number)))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'w>, Fault> {
        self.items(SEQUENCE, List::OfAnyOrder)
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'w>, Fault> {
        self.items(TUPLE, List::Ordered)
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Items<'w>, Fault> {
        self.items(named(TUPLE, name), List::Ordered)
    }

    fn serialize_tuple_variant(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Items<'w>, Fault> {
        self.items(variant(of, name), List::Ordered)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'w>, Fault> {
        self.entries(MAP)
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Entries<'w>, Fault> {
        self.entries(named(STRUCT, name))
    }

    fn serialize_struct_variant(
        self,
        of: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Entries<'w>, Fault> {
        self.entries(variant(of, name))
    }
}
