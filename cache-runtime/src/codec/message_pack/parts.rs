//! Writes what a list, a map or a struct contains.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::super::fault::Fault;
use super::byte::Byte;
use super::mark;
use super::write::{Writer, head_of_bytes};

/// The items of a list or a tuple.
pub(super) struct Items<'w> {
    writer: &'w mut Writer,
    start: usize,
    /// How many there are said to be.
    promised: usize,
    count: usize,
    /// All of them are bytes so far, and written as such, without a head.
    bytes: bool,
    levels: usize,
}

impl<'w> Items<'w> {
    /// Begins a list; it and what is around it, as far as that ends with it, are so many levels.
    pub(super) fn new(
        writer: &'w mut Writer,
        promised: usize,
        levels: usize,
    ) -> Result<Self, Fault> {
        writer.deeper()?;
        let start = writer.out.len();
        Ok(Self { writer, start, promised, count: 0, bytes: true, levels })
    }

    #[inline]
    fn item<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        if self.bytes {
            if let Ok(byte) = value.serialize(Byte) {
                self.count += 1;
                self.writer.out.push(byte);
                return Ok(());
            }
            self.spread()?;
        }
        self.count += 1;
        value.serialize(&mut *self.writer)
    }

    /// Writes what are bytes so far as items of a list.
    fn spread(&mut self) -> Result<(), Fault> {
        self.bytes = false;
        let bytes = self.writer.out.split_off(self.start);
        self.writer.head(&mark::ARRAY, self.promised)?;
        for byte in bytes {
            self.writer.unsigned(byte.into());
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Fault> {
        if self.bytes && !self.pack()? {
            self.promised = self.count;
            self.spread()?;
        }
        if !self.bytes && self.count != self.promised {
            amend(self.writer, &mark::ARRAY, self.start, self.promised, self.count)?;
        }
        (0..self.levels).for_each(|_| self.writer.higher());
        Ok(())
    }

    /// Puts the head in front of what are all bytes, unless they are shorter as a list.
    fn pack(&mut self) -> Result<bool, Fault> {
        let bytes = self.writer.out.get(self.start..).unwrap_or_default();
        let large = bytes.iter().filter(|byte| **byte > 0x7f).count();
        let list = mark::ARRAY.head(self.count).ok_or(Fault::Refused)?.as_bytes().len() + large;
        let (head, kind) = head_of_bytes(self.count).ok_or(Fault::Refused)?;
        let head = [head.as_bytes(), &[kind]].concat();
        if list <= head.len() {
            return Ok(false);
        }
        self.writer.head_at(self.start, 0, &head);
        Ok(true)
    }
}

/// Changes a head that promised another number.
fn amend(
    writer: &mut Writer,
    kind: &mark::Sized,
    start: usize,
    promised: usize,
    count: usize,
) -> Result<(), Fault> {
    let before = kind.head(promised).ok_or(Fault::Refused)?;
    let head = kind.head(count).ok_or(Fault::Refused)?;
    writer.head_at(start, before.as_bytes().len(), head.as_bytes());
    Ok(())
}

/// The entries of a map, or the fields of a struct.
pub(super) struct Entries<'w> {
    writer: &'w mut Writer,
    start: usize,
    promised: usize,
    count: usize,
    levels: usize,
}

impl<'w> Entries<'w> {
    pub(super) fn new(
        writer: &'w mut Writer,
        promised: usize,
        levels: usize,
    ) -> Result<Self, Fault> {
        writer.deeper()?;
        let start = writer.out.len();
        writer.head(&mark::MAP, promised)?;
        Ok(Self { writer, start, promised, count: 0, levels })
    }

    fn key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Fault> {
        self.count += 1;
        key.serialize(&mut *self.writer)
    }

    fn value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(&mut *self.writer)
    }

    fn finish(self) -> Result<(), Fault> {
        if self.count != self.promised {
            amend(self.writer, &mark::MAP, self.start, self.promised, self.count)?;
        }
        (0..self.levels).for_each(|_| self.writer.higher());
        Ok(())
    }
}

macro_rules! lists {
    ($($name:ident::$method:ident;)*) => {$(
        impl $name for Items<'_> {
            type Ok = ();
            type Error = Fault;

            #[inline]
            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
                self.item(value)
            }

            fn end(self) -> Result<(), Fault> {
                self.finish()
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
            type Ok = ();
            type Error = Fault;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Fault> {
                self.key(name)?;
                self.value(value)
            }

            fn end(self) -> Result<(), Fault> {
                self.finish()
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result<(), Fault> {
        self.key(key)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<(), Fault> {
        self.value(value)
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}
