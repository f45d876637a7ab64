//! Lies: values that are not what was stored.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::injection::Lie;
use crate::key::Key;
use crate::store::{Envelope, Found, Read};
use crate::token::Token;

/// The values that went through a store: of each key the newest, and the one before.
#[derive(Default)]
pub(super) struct Past(Mutex<HashMap<Key, Newest>>);

#[derive(Default)]
struct Newest {
    last: Option<Envelope>,
    before: Option<Envelope>,
}

impl Past {
    pub(super) fn remember(&self, key: &Key, id: Option<Token>, value: &Envelope) {
        let mut keys = self.0.lock();
        let newest = keys.entry(key.clone()).or_default();
        if newest.last.as_ref().is_some_and(|last| last.id == id) {
            return;
        }
        let value = Envelope { id, guarded: false, ..value.clone() };
        newest.before = newest.last.replace(value);
    }

    pub(super) fn remember_found(&self, key: &Key, found: &Found) {
        if let Found::Fresh(value) = found {
            self.remember(key, value.id, value);
        }
    }

    /// What was there before a value with this id, or before there was none.
    fn before(&self, key: &Key, id: Option<Token>) -> Option<Envelope> {
        let keys = self.0.lock();
        let Newest { last, before } = keys.get(key)?;
        [last, before].into_iter().flatten().find(|old| old.id != id).cloned()
    }
}

/// What a store that lies has found.
pub(super) fn told(lie: Lie, past: &Past, key: &Key, read: Read) -> Read {
    let found = match (lie, read.found) {
        (Lie::OldValue, found) => {
            let id = match &found {
                Found::Fresh(value) | Found::Stale(value) | Found::Dead(value) => value.id,
                _ => None,
            };
            past.before(key, id).map_or(found, Found::Fresh)
        }
        (lie, Found::Fresh(value)) => Found::Fresh(bent(lie, value)),
        (lie, Found::Stale(value)) => Found::Stale(bent(lie, value)),
        (lie, Found::Dead(value)) => Found::Dead(bent(lie, value)),
        (_, found) => found,
    };
    Read { found, ..read }
}

/// A value whose bytes, or their type, are not those that were stored.
pub(super) fn bent(lie: Lie, mut value: Envelope) -> Envelope {
    match lie {
        Lie::CutShort => value.bytes.truncate(value.bytes.len() / 2),
        Lie::Garbled => value.bytes.iter_mut().for_each(|byte| *byte ^= 0b0101_1010),
        Lie::AnotherType => value.format.fingerprint = !value.format.fingerprint,
        Lie::OldValue => {}
    }
    value
}
