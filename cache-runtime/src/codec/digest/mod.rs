//! The digest of a value: what it looks like through its own `Serialize`, as a number.
//!
//! It is stored beside the encoding, and what is decoded has to have the same one: names of types, fields and variants,
//! and all that is in them. So bytes of a type that looked otherwise, and values that an encoding or an attribute of
//! serde has changed, are told without a walk through values that were made up.
//!
//! It is the same on every machine, and does not depend on the order of fields, nor on that of what is in a list or a
//! map: a `HashSet` has another one each time. What an integer or a float is kept in does not count, only its value.

mod hash;
mod parts;
mod serialize;
#[cfg(test)]
mod tests;
mod walk;

use serde::Serialize;

use super::depth;
use super::fault::Fault;
pub(super) use hash::{folded, named};
pub(super) use walk::Digest;
use walk::Walk;

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
