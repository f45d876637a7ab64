//! A return type as the shared tier sees it: something that becomes bytes and comes back.

use std::marker::PhantomData;

use super::{Answer, Stored};
use crate::codec::{Encoded, Encoding};

/// How values of some type become bytes. Without the type, so that what moves bytes is compiled once.
pub(crate) trait Form: Send + Sync {
    /// Encodes what is stored; `None` if it does not encode. A stored `None` is no bytes.
    fn encode(&self, stored: &Stored, encoding: Encoding) -> Option<Encoded>;
    /// Decodes bytes of at most so many after decompression; `None` if they are no such value.
    fn decode(&self, bytes: &[u8], codec: u8, compressed: bool, most: usize) -> Option<Stored>;
    /// Tells the encodings of this type and version from all others.
    fn fingerprint(&self, version: u32) -> u32;
}

/// The form of a return type.
pub(crate) struct Formed<R, A>(A, PhantomData<fn() -> R>);

impl<R, A: Answer<R>> Formed<R, A> {
    pub(crate) fn new(answer: A) -> Self {
        Self(answer, PhantomData)
    }
}

impl<R, A: Answer<R>> Form for Formed<R, A> {
    fn encode(&self, stored: &Stored, encoding: Encoding) -> Option<Encoded> {
        self.0.encode(stored, encoding)
    }

    fn decode(&self, bytes: &[u8], codec: u8, compressed: bool, most: usize) -> Option<Stored> {
        self.0.decode(bytes, codec, compressed, most)
    }

    fn fingerprint(&self, version: u32) -> u32 {
        self.0.fingerprint(version)
    }
}
