//! What is alive of the texts of a test, counted by the texts: no cache is asked about itself.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

/// So many texts with so many bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

impl Held {
    /// What this thread has alive: a test of one thread counts its own texts alone.
    pub(super) fn now() -> Self {
        HELD.get()
    }

    pub(super) fn most(self, other: Self) -> Self {
        Self { entries: self.entries.max(other.entries), bytes: self.bytes.max(other.bytes) }
    }
}

thread_local! {
    static HELD: Cell<Held> = Cell::default();
}

/// A text that counts as held from its making, its copying or its decoding until its drop.
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(super) struct Text(String);

impl Text {
    pub(super) fn of(length: usize) -> Self {
        "x".repeat(length).into()
    }

    pub(super) fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        let text = Self(text);
        let Held { entries, bytes } = HELD.get();
        HELD.set(Held { entries: entries + 1, bytes: bytes + text.len() });
        text
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.clone()
    }
}

impl Clone for Text {
    fn clone(&self) -> Self {
        self.0.clone().into()
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        let Held { entries, bytes } = HELD.get();
        HELD.set(Held { entries: entries - 1, bytes: bytes - self.len() });
    }
}
