//! Values as bytes.
//!
//! `MessagePack` with named fields: a struct that gained, lost or reordered a field still decodes, where the
//! compact formats decode a reordered one as garbage, silently.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Nesting that a decoder follows before it gives up: deeper input overflows a worker's stack.
const MAX_DEPTH: usize = 128;

/// A value that every tier can hold: cloneable, shareable between threads, and encoded by serde.
///
/// Implemented for every type that qualifies.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "a cached value must be `Clone + Send + Sync + 'static` and `serde::{{Serialize, Deserialize}}`",
    note = "add `#[derive(Clone, serde::Serialize, serde::Deserialize)]` to the type",
    note = "or keep the value in this process only: `#[cached(tier = \"local\", ...)]` needs no serde",
    note = "of `Option<T>`, `Result<T, E>` and `Arc<T>` only the `T` has to be storable"
)]
pub trait CacheValue: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> CacheValue for V {}

/// A value that the memory of this process can hold: what `tier = "local"` asks for.
///
/// Implemented for every type that qualifies.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "a cached value must be `Clone + Send + Sync + 'static`",
    note = "add `#[derive(Clone)]` to the type, or return it as `Arc<{Self}>` inside of a type that is `Clone`"
)]
pub trait LocalValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Clone + Send + Sync + 'static> LocalValue for V {}

/// Encodes a value.
pub(crate) fn encode<V: Serialize>(value: &V) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(value)
}

/// Decodes a value; never panics, whatever the bytes are.
pub(crate) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, rmp_serde::decode::Error> {
    let mut decoder = rmp_serde::Deserializer::from_read_ref(bytes);
    decoder.set_max_depth(MAX_DEPTH);
    V::deserialize(&mut decoder)
}

/// How many bytes a value encodes to, without keeping them; `None` if it does not encode.
pub(crate) fn encoded_len<V: Serialize>(value: &V) -> Option<usize> {
    let mut length = Length(0);
    let mut encoder = rmp_serde::Serializer::new(&mut length).with_struct_map();
    value.serialize(&mut encoder).ok().map(|()| length.0)
}

struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_survives_its_encoding_and_its_length_is_known() {
        let value = (7u64, "ada".to_owned(), vec![Some(1u8), None]);
        let bytes = encode(&value).unwrap();
        assert_eq!(decode::<(u64, String, Vec<Option<u8>>)>(&bytes).unwrap(), value);
        assert_eq!(encoded_len(&value), Some(bytes.len()));
    }

    #[test]
    fn bytes_nested_too_deep_are_an_error_and_not_an_overflow() {
        #[derive(Debug, serde::Deserialize)]
        struct Nest {
            _inner: Option<Box<Nest>>,
        }
        let deep = vec![0x91; 100_000];
        assert!(decode::<Nest>(&deep).is_err());
    }
}
