//! The name of an entry in a store.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

/// The longest rendered key that is cached, in bytes. A longer one is served uncached, and counted.
pub(crate) const MAX_KEY: usize = 1024;

/// A rendered key, such as `user:7`. Cloning it copies no bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Arc<[u8]>);

// By hand, to say that it is the hash of the borrowed bytes: look-ups hash a `[u8]`.
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

    /// Takes rendered bytes of any length; no entry has a key that is too long.
    pub(crate) fn of_any_length(bytes: &[u8]) -> Self {
        Self(bytes.into())
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

/// What is shown of something that callers passed: a digest under a secret of this process. Keys and tags hold names,
/// addresses, tokens; a digest is enough to tell two apart, and not enough to find out what they are.
pub(crate) fn digest(bytes: &[u8]) -> String {
    static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    format!("#{:016x}", SECRET.hash_one(bytes))
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&digest(&self.0))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_key_tells_keys_apart_and_nothing_more() {
        let key = Key::new(b"user:ada@example.org").unwrap();
        for shown in [key.to_string(), format!("{key:?}")] {
            assert!(!shown.contains("ada"), "{shown}");
        }
        assert_eq!(key.to_string(), key.clone().to_string());
        assert_ne!(key.to_string(), Key::new(b"user:bob@example.org").unwrap().to_string());
    }

    #[test]
    fn a_key_holds_one_kibibyte_and_no_more() {
        assert!(Key::new(&[b'a'; MAX_KEY]).is_some());
        assert!(Key::new(&[b'a'; MAX_KEY + 1]).is_none());
    }
}
