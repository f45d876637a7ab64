//! Parts of the walk: what is in a list, a map or a struct.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::super::fault::Fault;
use super::hash::{mixed, named};
use super::walk::{Part, Walk};

/// Stands for the value of a field that is not written this time.
const SKIPPED: u64 = 17;

#[derive(Clone, Copy)]
pub(super) enum List {
    Ordered,
    OfAnyOrder,
}

/// The items of a list or a tuple.
pub(super) struct Items<'w> {
    walk: &'w mut Walk,
    head: u64,
    sum: u64,
    list: List,
}

impl<'w> Items<'w> {
    pub(super) fn new(walk: &'w mut Walk, head: u64, list: List) -> Self {
        Self { walk, head, sum: 0, list }
    }

    #[inline]
    fn item<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        let Part { number, .. } = value.serialize(&mut *self.walk)?;
        self.sum = match self.list {
            List::Ordered => mixed(self.sum, number),
            List::OfAnyOrder => self.sum.wrapping_add(number),
        };
        Ok(())
    }

    fn finish(self) -> Part {
        self.walk.higher();
        Part::new(mixed(self.head, self.sum))
    }
}

/// The entries of a map, or the fields of a struct.
pub(super) struct Entries<'w> {
    walk: &'w mut Walk,
    head: u64,
    sum: u64,
    key: u64,
}

impl<'w> Entries<'w> {
    pub(super) fn new(walk: &'w mut Walk, head: u64) -> Self {
        Self { walk, head, sum: 0, key: 0 }
    }

    fn entry<T: ?Sized + Serialize>(&mut self, key: u64, value: &T) -> Result<(), Fault> {
        let Part { number, .. } = value.serialize(&mut *self.walk)?;
        self.sum = self.sum.wrapping_add(mixed(key, number));
        Ok(())
    }

    fn finish(self) -> Part {
        self.walk.higher();
        Part::new(mixed(self.head, self.sum))
    }
}

macro_rules! lists {
    ($($name:ident::$method:ident;)*) => {$(
        impl $name for Items<'_> {
            type Ok = Part;
            type Error = Fault;

            #[inline]
            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
                self.item(value)
            }

            fn end(self) -> Result<Part, Fault> {
                Ok(self.finish())
            }
        }
    )*};
}

lists! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

macro_rules! structs {
    ($($name:ident)*) => {$(
        impl $name for Entries<'_> {
            type Ok = Part;
            type Error = Fault;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Fault> {
                self.entry(named(0, name), value)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), Fault> {
                self.sum = self.sum.wrapping_add(mixed(named(0, name), SKIPPED));
                Ok(())
            }

            fn end(self) -> Result<Part, Fault> {
                Ok(self.finish())
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Entries<'_> {
    type Ok = Part;
    type Error = Fault;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Fault> {
        self.key = key.serialize(&mut *self.walk)?.number;
        Ok(())
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        self.entry(self.key, value)
    }

    fn end(self) -> Result<Part, Fault> {
        Ok(self.finish())
    }
}
