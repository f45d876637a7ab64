//! JSON, which a person and other programs can read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::depth;
use super::legible::Illegible;

/// Encodes a value that is nested no deeper than is followed; `None` if it cannot be, as a map with keys that are no
/// text cannot be.
pub(super) fn encode<V: Serialize>(value: &V) -> Option<Vec<u8>> {
    serde_json::to_vec(value).ok()
}

/// Decodes a value; never panics, whatever the bytes are.
pub(super) fn decode<V: DeserializeOwned + Send>(bytes: &[u8]) -> Result<V, Illegible> {
    let depth = nesting(bytes).ok_or(Illegible::Malformed)?;
    let walk = || {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        // It was looked over already.
        reader.disable_recursion_limit();
        let value = V::deserialize(&mut reader)?;
        reader.end().map(|()| value)
    };
    let walked = depth::with_room(depth, walk).ok_or(Illegible::Other)?;
    walked.map_err(|error| match error.classify() {
        Category::Data => Illegible::Other,
        Category::Io | Category::Syntax | Category::Eof => Illegible::Malformed,
    })
}

/// How deep the brackets are nested; `None` if deeper than is followed.
fn nesting(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut deepest) = (0usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
                if depth > super::depth::MAX {
                    return None;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Some(deepest)
}
