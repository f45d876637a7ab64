//! Reads a value.

use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::super::fault::Fault;
use super::mark;
use super::scan::skip_value;
use super::token::{self, Token};
use super::uuid_text;

/// The decoder: what is left to read.
pub(super) struct Reader<'de> {
    bytes: &'de [u8],
    /// What comes first is so many `Some` around a nil: the bytes of it were taken already.
    somes: Option<u8>,
    /// How many more options and newtypes may be around what comes next: a type may ask for one in another for ever without
    /// a byte of its own.
    wraps: usize,
}

impl<'de> Reader<'de> {
    pub(super) fn new(bytes: &'de [u8], wraps: usize) -> Self {
        Self { bytes, somes: None, wraps }
    }

    /// Reads what is in an option or a newtype.
    fn wrapped<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.wraps = self.wraps.checked_sub(1).ok_or(Fault::TooDeep)?;
        let read = read(self)?;
        self.wraps += 1;
        Ok(read)
    }

    pub(super) fn is_done(&self) -> bool {
        self.bytes.is_empty() && self.somes.is_none()
    }

    fn next(&mut self) -> Result<Token<'de>, Fault> {
        match self.somes.take() {
            None => token::next(&mut self.bytes),
            Some(0) => Ok(Token::Nil),
            Some(somes) => Ok(Token::Somes(somes)),
        }
    }

    fn items<V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value, Fault> {
        let mut left = Left { reader: self, count };
        let value = visitor.visit_seq(&mut left)?;
        if left.count == 0 { Ok(value) } else { Err(Fault::Refused) }
    }

    fn entries<V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value, Fault> {
        let mut left = Left { reader: self, count };
        let value = visitor.visit_map(&mut left)?;
        if left.count == 0 { Ok(value) } else { Err(Fault::Refused) }
    }

    /// Hands over what was taken to a type that asks for anything.
    fn give<V: Visitor<'de>>(&mut self, token: Token<'de>, visitor: V) -> Result<V::Value, Fault> {
        match token {
            Token::Nil => visitor.visit_unit(),
            Token::Somes(somes) => {
                self.somes = Some(somes - 1);
                self.wrapped(|reader| visitor.visit_some(reader))
            }
            Token::Bool(is) => visitor.visit_bool(is),
            Token::Unsigned(number) => visitor.visit_u64(number),
            Token::Signed(number) => visitor.visit_i64(number),
            Token::WideUnsigned(number) => visitor.visit_u128(number),
            Token::WideSigned(number) => visitor.visit_i128(number),
            Token::Float(number) => visitor.visit_f32(number),
            Token::Double(number) => visitor.visit_f64(number),
            Token::Text(text) => visitor.visit_borrowed_str(text),
            Token::Uuid(bytes) => visitor.visit_string(uuid_text::decoded(bytes)),
            Token::Binary(bytes) => visitor.visit_borrowed_bytes(bytes),
            Token::Bytes(bytes) => numbers(bytes, visitor),
            Token::Array(count) => self.items(count, visitor),
            Token::Map(count) => self.entries(count, visitor),
        }
    }
}

/// Bytes to a type that wants a list of numbers.
fn numbers<'de, V: Visitor<'de>>(bytes: &[u8], visitor: V) -> Result<V::Value, Fault> {
    let mut numbers = SeqDeserializer::<_, Fault>::new(bytes.iter().copied());
    let value = visitor.visit_seq(&mut numbers)?;
    numbers.end()?;
    Ok(value)
}

macro_rules! lists {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $type,)* visitor: V) -> Result<V::Value, Fault> {
            match self.next()? {
                Token::Binary(bytes) => numbers(bytes, visitor),
                token => self.give(token, visitor),
            }
        }
    )*};
}

macro_rules! byte_strings {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            match self.next()? {
                Token::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
                token => self.give(token, visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let token = self.next()?;
        self.give(token, visitor)
    }

    fn is_human_readable(&self) -> bool {
        mark::HUMAN_READABLE
    }

    lists! {
        deserialize_seq();
        deserialize_tuple(usize);
        deserialize_tuple_struct(&'static str, usize);
    }

    byte_strings! { deserialize_bytes deserialize_byte_buf }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.somes.is_none() && !matches!(self.bytes, [mark::NIL, ..] | [0xd4, mark::SOME, ..]) {
            return self.wrapped(|reader| visitor.visit_some(reader));
        }
        match self.next()? {
            Token::Nil => visitor.visit_none(),
            token => self.give(token, visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.wrapped(|reader| visitor.visit_newtype_struct(reader))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.next()? {
            Token::Text(name) => visitor.visit_enum(BorrowedStrDeserializer::new(name)),
            Token::Uuid(bytes) => {
                visitor.visit_enum(StringDeserializer::new(uuid_text::decoded(bytes)))
            }
            Token::Map(1) => visitor.visit_enum(self),
            _ => Err(Fault::Refused),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.somes.take().is_none() {
            skip_value(&mut self.bytes).ok_or(Fault::Refused)?;
        }
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        unit unit_struct map struct identifier
    }
}

/// How many items or entries of a container are left.
struct Left<'r, 'de> {
    reader: &'r mut Reader<'de>,
    count: usize,
}

impl<'de> SeqAccess<'de> for Left<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(count) = self.count.checked_sub(1) else { return Ok(None) };
        self.count = count;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.count)
    }
}

impl<'de> MapAccess<'de> for Left<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.count)
    }
}

/// A variant that holds something: its name comes first.
impl<'de, 'r> EnumAccess<'de> for &'r mut Reader<'de> {
    type Error = Fault;
    type Variant = &'r mut Reader<'de>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Fault> {
        let name = seed.deserialize(&mut *self)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.next()? {
            Token::Nil => Ok(()),
            _ => Err(Fault::Refused),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }
}
