//! What a value looks like through its own `Serialize`, as a number.
//!
//! It is stored beside the encoding, and what is decoded has to have the same one: names of types, fields and variants,
//! and all that is in them. So bytes of a type that looked otherwise, and values that an encoding or an attribute of
//! serde has changed, are told without a walk through values that were made up.
//!
//! It is the same on every machine, and does not depend on the order of fields, nor on that of what is in a list or a
//! map: a `HashSet` has another one each time. What an integer or a float is kept in does not count, only its value.

mod hash;
mod parts;
#[cfg(test)]
mod tests;
mod walk;

use serde::Serialize;

use super::depth;
use super::fault::Fault;
pub(super) use hash::{folded, named};
use walk::Walk;

/// What was seen of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) number: u64,
    /// How deep the value is nested: levels that are written, or as many as its options and newtypes have the stack of.
    pub(super) depth: usize,
    /// There is a `Some` of something that JSON writes as null.
    pub(super) some_of_null: bool,
    /// There is a float that JSON cannot write.
    pub(super) not_finite: bool,
}

/// Looks at a value; refuses one that is nested too deep, or that its type does not show.
pub(super) fn digest<V: Serialize + Sync>(value: &V) -> Result<Digest, Fault> {
    match Walk::through(value, depth::ON_THE_CALLERS_STACK) {
        Err(Fault::TooDeep) => {
            let walk = || Walk::through(value, depth::MAX);
            depth::with_room(depth::MAX, walk).unwrap_or(Err(Fault::TooDeep))
        }
        digest => digest,
    }
}
