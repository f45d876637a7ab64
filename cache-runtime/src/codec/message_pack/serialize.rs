//! The encoder as a serializer of serde: each kind of value becomes its bytes.

use std::fmt::{self, Write as _};

use serde::ser::{Serialize, Serializer};

use super::super::fault::Fault;
use super::mark;
use super::parts::{Entries, Items};
use super::write::Writer;

macro_rules! integers {
    ($($method:ident($type:ty) $write:ident;)*) => {$(
        #[inline]
        fn $method(self, number: $type) -> Result<(), Fault> {
            self.$write(number.into());
            Ok(())
        }
    )*};
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Items<'w>;
    type SerializeTuple = Items<'w>;
    type SerializeTupleStruct = Items<'w>;
    type SerializeTupleVariant = Items<'w>;
    type SerializeMap = Entries<'w>;
    type SerializeStruct = Entries<'w>;
    type SerializeStructVariant = Entries<'w>;

    integers! {
        serialize_u8(u8) unsigned;
        serialize_u16(u16) unsigned;
        serialize_u32(u32) unsigned;
        serialize_u64(u64) unsigned;
        serialize_i8(i8) signed;
        serialize_i16(i16) signed;
        serialize_i32(i32) signed;
        serialize_i64(i64) signed;
    }

    fn is_human_readable(&self) -> bool {
        mark::HUMAN_READABLE
    }

    fn serialize_bool(self, is: bool) -> Result<(), Fault> {
        self.out.push(if is { mark::TRUE } else { mark::FALSE });
        Ok(())
    }

    fn serialize_i128(self, number: i128) -> Result<(), Fault> {
        match (u64::try_from(number), i64::try_from(number)) {
            (Ok(number), _) => self.unsigned(number),
            (_, Ok(number)) => self.signed(number),
            _ => self.wider(mark::SIGNED, number.to_be_bytes()),
        }
        Ok(())
    }

    fn serialize_u128(self, number: u128) -> Result<(), Fault> {
        match u64::try_from(number) {
            Ok(number) => self.unsigned(number),
            Err(_) => self.wider(mark::UNSIGNED, number.to_be_bytes()),
        }
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<(), Fault> {
        self.wide(0xca, &number.to_bits().to_be_bytes());
        Ok(())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Fault> {
        self.wide(0xcb, &number.to_bits().to_be_bytes());
        Ok(())
    }

    fn serialize_char(self, char: char) -> Result<(), Fault> {
        self.text(char.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<(), Fault> {
        self.text(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Fault> {
        self.head(&mark::BINARY, bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn collect_str<T: ?Sized + fmt::Display>(self, text: &T) -> Result<(), Fault> {
        let start = self.out.len();
        write!(Text(&mut self.out), "{text}").map_err(|_| Fault::Refused)?;
        let head = mark::TEXT.head(self.out.len() - start).ok_or(Fault::Refused)?;
        self.head_at(start, 0, head.as_bytes());
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }

    /// Marked only where it could be taken for `None`.
    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Fault> {
        let start = self.out.len();
        value.serialize(&mut *self)?;
        let somes = match self.out.get(start..) {
            Some([mark::NIL]) => 1,
            Some([0xd4, mark::SOME, somes]) if *somes < mark::MAX_SOMES => somes + 1,
            Some([0xd4, mark::SOME, _]) => return Err(Fault::TooDeep),
            _ => return Ok(()),
        };
        self.out.truncate(start);
        self.out.extend_from_slice(&[0xd4, mark::SOME, somes]);
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.out.push(mark::NIL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
    ) -> Result<(), Fault> {
        self.text(name)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.variant(name)?;
        value.serialize(&mut *self)?;
        self.higher();
        Ok(())
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items<'w>, Fault> {
        Items::new(self, len.unwrap_or(0), 1)
    }

    fn serialize_tuple(self, len: usize) -> Result<Items<'w>, Fault> {
        Items::new(self, len, 1)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Items<'w>, Fault> {
        Items::new(self, len, 1)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Items<'w>, Fault> {
        self.variant(name)?;
        Items::new(self, len, 2)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Entries<'w>, Fault> {
        Entries::new(self, len.unwrap_or(0), 1)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Entries<'w>, Fault> {
        Entries::new(self, len, 1)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        len: usize,
    ) -> Result<Entries<'w>, Fault> {
        self.variant(name)?;
        Entries::new(self, len, 2)
    }
}

/// Text that is written before its length is known.
struct Text<'w>(&'w mut Vec<u8>);

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
