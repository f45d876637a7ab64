//! What a type looks like to a decoder, as a number: bytes of a type that looked otherwise are not decoded.
//!
//! The type's own `Deserialize` is run on a format that does not exist, and what it asks for is written down: names
//! and kinds, each with the path that leads to it. The number is that of the set, so the order of fields and of
//! variants, which a named encoding tolerates, is no part of it. Nor is anything that differs between two builds or
//! two machines.
//!
//! Not seen: what a type that rejects the made-up values would have asked for next, what is inside of untagged and
//! flattened types, and whatever takes more than the steps that are allowed.

mod access;
mod probe;
#[cfg(test)]
mod tests;
mod trace;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;

use self::probe::Probe;
use self::trace::Trace;

/// A number that two types share only if they look alike; never zero.
///
/// It is stored beside every value: a change of how it is computed empties the caches.
///
/// In a program that ends with its first panic no type is looked at, because one that panics at a made-up value would end it:
/// there all types of a version share a number.
pub(crate) fn fingerprint<V: DeserializeOwned>(version: u32) -> u32 {
    number::<V>(version, cfg!(panic = "unwind"))
}

fn number<V: DeserializeOwned>(version: u32, looks: bool) -> u32 {
    let mut trace = Trace::default();
    while looks && trace.begin() {
        let mut run = || V::deserialize(Probe::new(&mut trace)).is_ok();
        // a type that panics at a value that is not meant for it was seen as far as that
        if catch_unwind(AssertUnwindSafe(&mut run)).is_err() {
            break;
        }
    }
    trace.number(version)
}

/// The number of a type whose entries carry tags of these shapes, in this order; that of the type if there are none.
pub(crate) fn with_tags(fingerprint: u32, shapes: impl Iterator<Item = String>) -> u32 {
    shapes.fold(fingerprint, |number, shape| {
        trace::folded(trace::hashed(number.into(), shape.as_bytes()))
    })
}
