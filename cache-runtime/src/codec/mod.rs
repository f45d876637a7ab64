//! Values as bytes.
//!
//! Which type they are of is its `fingerprint`; what a value looks like, which tells whether it is what it was made
//! from, its `digest`.

mod depth;
mod digest;
mod encoding;
mod fault;
mod fingerprint;
mod flaw;
mod json;
mod legible;
mod lz4;
mod message_pack;
#[cfg(test)]
#[expect(clippy::option_option, reason = "a `Some(None)` has to come back as one")]
mod shapes;
mod weight;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use encoding::{Encoded, Encoding, Same};
pub(crate) use encoding::{carried, decode_as, encode_as, equal};
pub(crate) use fingerprint::{fingerprint, with_tags};
pub use flaw::Flaw;
pub use legible::Illegible;
pub(crate) use weight::weight;

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

/// A [`CacheValue`] that is written as `Arc<[T]>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "serde does not decode a slice behind an `Arc`",
    note = "return `Arc<Vec<T>>`, for a `T` that is `Clone + Send + Sync + 'static` and `serde::{{Serialize, Deserialize}}`",
    note = "or keep the value in this process only: `#[cached(tier = \"local\", ...)]` needs no serde"
)]
pub trait SliceValue: CacheValue {}

#[diagnostic::do_not_recommend]
impl<V: CacheValue> SliceValue for V {}

/// A [`CacheValue`] that is written with `dyn`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "what is behind a `dyn` cannot be decoded",
    note = "return a type with a name, such as an `enum` of all that it may be",
    note = "or keep an `Arc<dyn Trait + Send + Sync>` in this process only, with `#[cached(tier = \"local\", ...)]`"
)]
pub trait DynValue: CacheValue {}

#[diagnostic::do_not_recommend]
impl<V: CacheValue> DynValue for V {}

/// A value that the memory of this process can hold: what `tier = "local"` asks for, save of a value that is returned
/// in an `Arc`, which need not be `Clone`.
///
/// Implemented for every type that qualifies.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "a cached value must be `Clone + Send + Sync + 'static`",
    note = "add `#[derive(Clone)]` to the type, or return it as `Arc<{Self}>`"
)]
pub trait LocalValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<V: Clone + Send + Sync + 'static> LocalValue for V {}
