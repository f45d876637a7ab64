//! What a made-up sequence, map, struct or enum contains.

use std::borrow::Cow;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::probe::{Probe, Refused};

/// The elements of a sequence or a tuple.
pub(super) struct Elements<'t> {
    probe: Probe<'t>,
    /// The next one of a tuple; those of a sequence are alike.
    next: Option<usize>,
    left: usize,
}

impl<'t> Elements<'t> {
    /// One element, or none where it is rejected.
    pub(super) fn alike(probe: Probe<'t>) -> Self {
        let left = usize::from(!probe.trace.is_left_out(probe.place));
        Self { probe, next: None, left }
    }

    /// So many elements, each of its own type.
    pub(super) fn each(probe: Probe<'t>, len: usize) -> Self {
        Self { probe, next: Some(0), left: len }
    }
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let Probe { trace, place } = &mut self.probe;
        let Some(index) = self.next.as_mut() else {
            let element = place.inside("element");
            let visit = |trace: &mut _| seed.deserialize(Probe { trace, place: element });
            return trace.optional(*place, visit).map(Some);
        };
        let place = place.nth(*index);
        *index += 1;
        seed.deserialize(Probe { trace, place }).map(Some)
    }
}

/// The entries of a map, or the fields of a struct.
pub(super) struct Entries<'t> {
    probe: Probe<'t>,
    names: Cow<'static, [&'static str]>,
    next: usize,
    /// Whether an entry with a made-up key is to come.
    other: bool,
    /// A name that was offered, and whose value was not asked for yet.
    offered: Option<&'static str>,
}

impl<'t> Entries<'t> {
    /// The fields of a struct.
    pub(super) fn of(mut probe: Probe<'t>, fields: &'static [&'static str]) -> Self {
        probe.names("field", fields);
        Self::new(probe, Cow::Borrowed(fields), false)
    }

    /// What the type turned out to want, and one `other` entry, as far as it is not rejected.
    pub(super) fn learnt(probe: Probe<'t>, other: bool) -> Self {
        let names = probe.trace.learnt(probe.place);
        let other = other && !probe.trace.is_left_out(probe.place);
        Self::new(probe, Cow::Owned(names), other)
    }

    fn new(probe: Probe<'t>, names: Cow<'static, [&'static str]>, other: bool) -> Self {
        Self { probe, names, next: 0, other, offered: None }
    }

    pub(super) fn visited_by<'de, V: Visitor<'de>>(
        mut self,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let result = visitor.visit_map(&mut self);
        let Probe { trace, place } = &mut self.probe;
        result.map_err(|refused| {
            if let Some(name) = self.offered {
                // a second name of one field, or none at all
                trace.leave_out(place.inside(name));
            }
            if let (Cow::Owned(_), Some(name)) = (&self.names, refused.missing) {
                trace.learn(*place, name);
            }
            // of no use further out
            Refused::default()
        })
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refused> {
        let Probe { trace, place } = &mut self.probe;
        while let Some(name) = self.names.get(self.next) {
            self.next += 1;
            if !trace.is_left_out(place.inside(name)) {
                self.offered = Some(name);
                return seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some);
            }
        }
        if !std::mem::take(&mut self.other) {
            return Ok(None);
        }
        let key = place.inside("key");
        let visit = |trace: &mut _| seed.deserialize(Probe { trace, place: key });
        trace.optional(*place, visit).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let Probe { trace, place } = &mut self.probe;
        let (entry, value) = match self.offered.take() {
            Some(name) => (place.inside(name), place.inside(name)),
            None => (*place, place.inside("value")),
        };
        trace.optional(entry, |trace| seed.deserialize(Probe { trace, place: value }))
    }
}

/// An enum that is one variant.
pub(super) struct OneVariant<'t> {
    pub(super) name: &'static str,
    /// At the place of the variant.
    pub(super) probe: Probe<'t>,
}

impl<'de, 't> EnumAccess<'de> for OneVariant<'t> {
    type Error = Refused;
    type Variant = Probe<'t>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Probe<'t>), Refused> {
        let variant = seed.deserialize(BorrowedStrDeserializer::new(self.name))?;
        Ok((variant, self.probe))
    }
}

impl<'de> VariantAccess<'de> for Probe<'_> {
    type Error = Refused;

    fn unit_variant(mut self) -> Result<(), Refused> {
        self.ask("unit variant", "")
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<S::Value, Refused> {
        self.ask("newtype variant", "")?;
        let place = self.place.nth(0);
        seed.deserialize(Probe { trace: self.trace, place })
    }

    fn tuple_variant<V: Visitor<'de>>(
        mut self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("tuple variant", "")?;
        visitor.visit_seq(Elements::each(self, len))
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        self.ask("struct variant", "")?;
        Entries::of(self, fields).visited_by(visitor)
    }
}
