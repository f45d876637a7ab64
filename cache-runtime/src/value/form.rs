//! Values without their type, as what moves them sees them: something that has a size, becomes bytes and comes back.

use std::sync::Arc;

use super::{Erased, Stored};
use crate::codec::{self, CacheValue, Encoded, Encoding, LocalValue};

/// What can be done with values of some type where the type is not known. A table of functions, so that what uses it is
/// compiled once.
#[derive(Debug)]
pub struct Form {
    encode: fn(&Erased, Encoding) -> Option<Encoded>,
    decode: fn(&[u8], u8, bool, usize) -> Option<Erased>,
    round_trip: fn(&Erased) -> Option<Erased>,
    weigh: fn(&Erased) -> usize,
    fingerprint: fn(u32) -> u32,
}

impl Form {
    /// The form of values that become bytes.
    pub(super) const fn of_bytes<V: CacheValue>() -> Self {
        Self {
            encode: |value, encoding| codec::encode_as(value.downcast_ref::<V>()?, encoding),
            decode: |bytes, codec, compressed, most| {
                codec::decode_as::<V>(bytes, codec, compressed, most).map(erased)
            },
            round_trip: |value| {
                codec::decode::<V>(&codec::encode(value.downcast_ref::<V>()?)?).map(erased)
            },
            weigh: |value| value.downcast_ref::<V>().map_or(0, codec::weight),
            fingerprint: codec::fingerprint::<V>,
        }
    }

    /// The form of values that stay in this process.
    pub(super) const fn of_memory<V: LocalValue>() -> Self {
        Self {
            encode: |_, _| None,
            decode: |_, _, _, _| None,
            round_trip: |value| Some(Arc::clone(value)),
            weigh: |value| size_of::<V>() + pointed_to(value),
            fingerprint: |_| 0,
        }
    }

    /// Encodes what is stored; `None` if it does not encode. A stored `None` is no bytes, and needs a mark of its own.
    pub(crate) fn encode(&self, stored: &Stored, encoding: Encoding) -> Option<Encoded> {
        match stored {
            Some(value) => (self.encode)(value, encoding),
            None => Some(encoding.of_nothing()),
        }
    }

    /// Decodes bytes of at most so many after decompression; `None` if they are no such value, as no bytes are.
    pub(crate) fn decode(
        &self,
        bytes: &[u8],
        codec: u8,
        compressed: bool,
        most: usize,
    ) -> Option<Stored> {
        (self.decode)(bytes, codec, compressed, most).map(Some)
    }

    /// Encodes and decodes what is stored, as a shared tier would; `None` if it does not survive that.
    pub(crate) fn round_trip(&self, stored: Stored) -> Option<Stored> {
        match stored {
            Some(value) => (self.round_trip)(&value).map(Some),
            None => Some(None),
        }
    }

    /// The bytes the value takes: what serde shows of it; else its own size, and of texts and bytes their length.
    pub(crate) fn weigh(&self, stored: &Stored) -> usize {
        stored.as_ref().map_or(0, self.weigh)
    }

    /// What the type looks like to a decoder, and never zero; zero if it is never encoded.
    pub(crate) fn fingerprint(&self, version: u32) -> u32 {
        (self.fingerprint)(version)
    }
}

/// What texts and bytes point to, which are most of what is large; of other types nothing is known.
fn pointed_to(value: &Erased) -> usize {
    let text = value.downcast_ref::<String>().map(String::len);
    let bytes = || value.downcast_ref::<Vec<u8>>().map(Vec::len);
    let boxed = || value.downcast_ref::<Box<str>>().map(|text| text.len());
    let shared = || value.downcast_ref::<Arc<str>>().map(|text| text.len());
    text.or_else(bytes).or_else(boxed).or_else(shared).unwrap_or(0)
}

fn erased<V: LocalValue>(value: V) -> Erased {
    Arc::new(value)
}
