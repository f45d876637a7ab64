//! A table that a test gives to its functions, so that tests share none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Rows with numbers, which are zero until they are set. Clones are the same table.
#[derive(Clone, Default)]
pub(crate) struct Rows(Arc<Mutex<HashMap<u64, u64>>>);

impl Rows {
    pub(crate) fn get(&self, id: u64) -> u64 {
        self.0.lock().unwrap().get(&id).copied().unwrap_or_default()
    }

    pub(crate) fn set(&self, id: u64, value: u64) {
        self.0.lock().unwrap().insert(id, value);
    }
}
