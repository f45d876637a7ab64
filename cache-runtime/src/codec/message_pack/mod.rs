//! `MessagePack` with named fields: a struct that gained, lost or reordered a field still decodes, where the
//! compact formats decode a reordered one as garbage, silently.
//!
//! The format has no `Option`: `Some(x)` is written as `x`. Where `x` is written as nil, as `None`, `()` and the null
//! of JSON are, an extension says that it is a `Some`. Lists of bytes are an extension too where that is shorter; a
//! type may ask for them as a list or as bytes. Text that is a uuid is one as well, of 18 bytes instead of 38. All
//! of it is valid `MessagePack`.
//!
//! Types are asked for what they are to people ([`HUMAN_READABLE`](mark::HUMAN_READABLE)).

mod byte;
mod mark;
mod parts;
mod read;
mod scan;
mod serialize;
#[cfg(test)]
mod tests;
mod token;
mod uuid_text;
mod write;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::depth;
use super::fault::Fault;
use super::legible::Illegible;
use read::Reader;
use write::Writer;

/// Encodes a value that is nested no deeper than is followed.
pub(super) fn encode<V: Serialize>(value: &V) -> Result<Vec<u8>, Fault> {
    let mut writer = Writer::new();
    value.serialize(&mut writer)?;
    Ok(writer.out)
}

/// Decodes a value; never panics, whatever the bytes are.
pub(super) fn decode<V: DeserializeOwned + Send>(bytes: &[u8]) -> Result<V, Illegible> {
    let depth = scan::depth_of_one_value(bytes).ok_or(Illegible::Malformed)?;
    let walk = |depth: usize| {
        let walk = move || {
            let mut reader = Reader::new(bytes, depth.saturating_mul(depth::WRAPS));
            let value = V::deserialize(&mut reader)?;
            if reader.is_done() { Ok(value) } else { Err(Fault::Refused) }
        };
        depth::with_room(depth, walk).unwrap_or(Err(Fault::TooDeep))
    };
    let walked = match walk(depth.max(depth::ON_THE_CALLERS_STACK)) {
        // Of options and newtypes the bytes do not show how many there are.
        Err(Fault::TooDeep) => walk(depth::MAX),
        walked => walked,
    };
    walked.map_err(|_| Illegible::Other)
}
