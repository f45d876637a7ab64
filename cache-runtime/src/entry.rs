//! The name of an entry in a store.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

/// The longest rendered key that is cached, in bytes. A longer one is served uncached, and counted.
pub(crate) const MAX_KEY: usize = 1024;

/// A rendered key, such as `user:7`. Cloning it copies no bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Arc<[u8]>);

// By hand, to say by the same hash as the borrowed bytes: look-ups hash a `[u8]`.
impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Key {
    /// Takes rendered bytes; `None` if they are longer than a key may be (1 KiB).
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() <= MAX_KEY).then(|| Self(bytes.into()))
    }

    /// The key's bytes, as a store keeps them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}
