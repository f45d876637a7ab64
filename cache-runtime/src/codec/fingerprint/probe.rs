//! A format that does not exist: it has whatever a type asks for, and writes the question down.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};

use super::access::{Elements, Entries, OneVariant};
use super::trace::{Place, Trace};

/// Answers at one place of a type.
pub(super) struct Probe<'t> {
    pub(super) trace: &'t mut Trace,
    pub(super) place: Place,
}

impl<'t> Probe<'t> {
    pub(super) fn new(trace: &'t mut Trace) -> Self {
        Self { trace, place: Place::ROOT }
    }

    pub(super) fn ask(&mut self, kind: &str, name: &str) -> Result<(), Refused> {
        self.trace.ask(self.place, kind, name)
    }

    /// Writes down the names of fields or variants.
    pub(super) fn names(&mut self, kind: &str, names: &[&str]) {
        for name in names {
            self.trace.fact(self.place, kind, name);
        }
    }
}

macro_rules! scalars {
    ($($method:ident, $kind:literal, $visit:ident($($value:expr)?);)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
            self.ask($kind, "")?;
            visitor.$visit($($value)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Refused;

    // values that as many types as can be accept: no zero for `NonZero`, no text that is empty,
    // and as many bytes as a uuid has
    scalars! {
        deserialize_bool, "bool", visit_bool(false);
        deserialize_i8, "i8", visit_i8(1);
        deserialize_i16, "i16", visit_i16(1);
        deserialize_i32, "i32", visit_i32(1);
        deserialize_i64, "i64", visit_i64(1);
        deserialize_i128, "i128", visit_i128(1);
        deserialize_u8, "u8", visit_u8(1);
        deserialize_u16, "u16", visit_u16(1);
        deserialize_u32, "u32", visit_u32(1);
        deserialize_u64, "u64", visit_u64(1);
        deserialize_u128, "u128", visit_u128(1);
        deserialize_f32, "f32", visit_f32(1.0);
        deserialize_f64, "f64", visit_f64(1.0);
        deserialize_char, "char", visit_char('1');
        deserialize_str, "text", visit_borrowed_str("1");
        deserialize_string, "text", visit_borrowed_str("1");
        deserialize_bytes, "bytes", visit_borrowed_bytes(&[1; 16]);
        deserialize_byte_buf, "bytes", visit_borrowed_bytes(&[1; 16]);
        deserialize_unit, "unit", visit_unit();
        deserialize_ignored_any, "ignored", visit_unit();
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    /// A map is what types take that ask for anything; those that want it to have certain fields say so.
    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.ask("any", "")?;
        Entries::learnt(self, false).visited_by(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.ask("identifier", "")?;
        // no name is empty, so a type that knows its names says which they are
        let result: Result<_, Refused> = visitor.visit_borrowed_str("");
        if let Err(refused) = &result {
            self.names("expected", refused.expected);
        }
        result
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.ask("option", "")?;
        let Self { trace, place } = self;
        if trace.is_left_out(place) {
            return visitor.visit_none();
        }
        let some = place.inside("some");
        trace.optional(place, |trace| visitor.visit_some(Probe { trace, place: some }))
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.ask("seq", "")?;
        visitor.visit_seq(Elements::alike(self))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("tuple", "")?;
        visitor.visit_seq(Elements::each(self, len))
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Refused> {
        self.ask("map", "")?;
        Entries::learnt(self, true).visited_by(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("unit struct", name)?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("newtype struct", name)?;
        let Self { trace, place } = self;
        let inside =
            |trace: &mut _| visitor.visit_newtype_struct(Probe { trace, place: place.nth(0) });
        trace.named(name, place, inside)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("tuple struct", name)?;
        let Self { trace, place } = self;
        let inside = |trace: &mut _| visitor.visit_seq(Elements::each(Probe { trace, place }, len));
        trace.named(name, place, inside)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("struct", name)?;
        let Self { trace, place } = self;
        let inside =
            |trace: &mut _| Entries::of(Probe { trace, place }, fields).visited_by(visitor);
        trace.named(name, place, inside)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("enum", name)?;
        self.names("variant", variants);
        let Self { trace, place } = self;
        trace.variant(name, place, variants.len(), |trace, index, place| {
            let name = variants.get(index).copied().unwrap_or_default();
            let place = place.inside(name);
            visitor.visit_enum(OneVariant { name, probe: Probe { trace, place } })
        })
    }
}

/// A type rejects a value. What it would have liked, as far as that is a name: messages are not looked at, because
/// they change with the version of whatever library words them.
#[derive(Debug, Default)]
pub(super) struct Refused {
    pub(super) missing: Option<&'static str>,
    pub(super) expected: &'static [&'static str],
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a made-up value was refused")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::default()
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::default() }
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self { expected, ..Self::default() }
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self { expected, ..Self::default() }
    }
}
