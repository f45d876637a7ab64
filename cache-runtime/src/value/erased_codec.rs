//! Values without their type, as what moves them sees them: something that has a size, becomes bytes and comes back.

use std::sync::Arc;

use super::stored::{Erased, Stored};
use crate::codec::{self, CacheValue, Encoded, Encoding, Flaw, Illegible, LocalValue, Same};
use crate::contained::contained;

/// The codec of a type, without the type: a table of functions on values of it, so that what uses it is compiled once.
#[derive(Clone, Copy, Debug)]
pub struct ErasedCodec {
    encode: fn(&Erased, Encoding) -> Result<Encoded, Flaw>,
    carried: fn(&Erased, Encoding, Same) -> Carried,
    decode: fn(&[u8], u8, bool, usize) -> Result<Erased, Illegible>,
    weigh: fn(&Erased) -> usize,
    fingerprint: fn(u32) -> u32,
    same: Same,
}

/// The bytes of a value, and what they were decoded to; or why it is not what it was.
type Carried = Result<(Encoded, Erased), Flaw>;

impl ErasedCodec {
    /// The codec of values that become bytes.
    pub(super) const fn of_bytes<V: CacheValue>() -> Self {
        Self {
            encode: |value, encoding| codec::encode_as(of_type::<V>(value)?, encoding),
            carried: |value, encoding, same| {
                let (encoded, back) = codec::carried(of_type::<V>(value)?, encoding, same)?;
                Ok((encoded, erased(back)))
            },
            decode: |bytes, codec, compressed, most| {
                codec::decode_as::<V>(bytes, codec, compressed, most).map(erased)
            },
            weigh: |value| value.downcast_ref::<V>().map_or(0, codec::weight),
            fingerprint: codec::fingerprint::<V>,
            same: None,
        }
    }

    /// The codec of values that stay in this process.
    pub(super) const fn of_memory<V: Send + Sync + 'static>() -> Self {
        Self {
            encode: |_, _| Err(Flaw::Refused),
            carried: |value, encoding, _| Ok((encoding.of_nothing(), Arc::clone(value))),
            decode: |_, _, _, _| Err(Illegible::Other),
            weigh: |value| size_of::<V>() + pointed_to(value),
            fingerprint: |_| 0,
            same: None,
        }
    }

    /// The same codec, of values that can be compared.
    pub(super) const fn compared(self, same: Same) -> Self {
        Self { same, ..self }
    }

    /// Encodes what is stored; if it is to be proven, makes sure that it comes back as it is. A stored `None` is no bytes,
    /// and needs a mark of its own.
    pub(crate) fn encode(
        &self,
        stored: &Stored,
        encoding: Encoding,
        prove: bool,
    ) -> Result<Encoded, Flaw> {
        match stored {
            Some(value) if prove => self.carried(value, encoding).map(|(encoded, _)| encoded),
            Some(value) => {
                contained(|| (self.encode)(value, encoding)).unwrap_or(Err(Flaw::Panicked))
            }
            None => Ok(encoding.of_nothing()),
        }
    }

    /// Decodes bytes of at most so many after decompression, unless they are no such value, as no bytes are.
    pub(crate) fn decode(
        &self,
        bytes: &[u8],
        codec: u8,
        compressed: bool,
        most: usize,
    ) -> Result<Stored, Illegible> {
        let decoded = contained(|| (self.decode)(bytes, codec, compressed, most));
        decoded.unwrap_or(Err(Illegible::Other)).map(Some)
    }

    /// Encodes and decodes what is stored, as a remote tier would, unless it does not come back as it was.
    pub(crate) fn round_trip(&self, stored: Stored, encoding: Encoding) -> Result<Stored, Flaw> {
        let Some(value) = stored else { return Ok(None) };
        self.carried(&value, encoding).map(|(_, back)| Some(back))
    }

    fn carried(&self, value: &Erased, encoding: Encoding) -> Carried {
        let carried = contained(|| (self.carried)(value, encoding, self.same));
        carried.unwrap_or(Err(Flaw::Panicked))
    }

    /// The bytes the value takes: what serde shows of it; else its own size, and of texts and bytes their length. Nothing
    /// if it panics while it is looked at.
    pub(crate) fn weigh(&self, stored: &Stored) -> usize {
        let weigh = |value| contained(|| (self.weigh)(value)).unwrap_or(0);
        stored.as_ref().map_or(0, weigh)
    }

    /// A number for the type, never zero; zero if it is never encoded.
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

fn of_type<V: 'static>(value: &Erased) -> Result<&V, Flaw> {
    value.downcast_ref().ok_or(Flaw::Refused)
}

fn erased<V: LocalValue>(value: V) -> Erased {
    Arc::new(value)
}
