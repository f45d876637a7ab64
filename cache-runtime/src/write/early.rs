//! A write that ends before it is committed, because its caller has the transaction.

use super::open;
use super::selectors::Selectors;
use super::writing::Write;
use crate::policy::Writer;
use crate::scope::{self, Standing};
use crate::uncommitted::{self, Given, Role};

impl Write {
    /// Warns, the first time, of a writer that is given an open transaction where no [`transaction`](super::transaction)
    /// ends the write with the commit. `complete` if nothing is named by the result alone.
    #[cold]
    pub fn look_for_transactions(&self, writer: &Writer, complete: bool, given: &[Given<'_>]) {
        let Some(found) = uncommitted::found(given) else { return };
        if open::is_open() || (complete && self.is_part_of_another()) {
            return;
        }
        let Writer { module, name, line, stores, .. } = *writer;
        let role = if stores { Role::WritesThrough } else { Role::Invalidates };
        uncommitted::warn_once((module, name, line), role, found);
    }

    /// Tells whether the writes around the call end all that this one names, once more and later.
    fn is_part_of_another(&self) -> bool {
        let Selectors { entries, tags, more } = &self.selectors;
        let through =
            self.through.iter().map(|through| (&through.target.state, &through.target.key));
        let mut keys = entries.iter().map(|(state, key)| (state, key)).chain(through);
        keys.all(|(state, key)| {
            scope::standing(state.tiers.id(), key.as_bytes()) == Standing::Touched
        }) && tags
            .iter()
            .all(|(tiers, tag)| scope::has_written(tiers.id(), std::slice::from_ref(tag)))
            && more.is_empty()
    }
}
