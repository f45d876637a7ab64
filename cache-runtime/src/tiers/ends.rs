//! The ends of local entries: by a write or an invalidation, by a tag, by a pattern, all of them.
//!
//! Whatever ends an entry in this process comes through here, so that nobody else joins the load of it that is under way: that
//! load may have read what is over.

use std::time::Duration;

use super::remote::Change;
use super::stack::Tiers;
use crate::key::{Key, Pattern, Tag};
use crate::store::Filled;
use crate::store::memory::Incoming;
use crate::token::Token;
use crate::value::Stored;

impl Tiers {
    /// Makes a change of an entry in this process.
    pub(crate) fn end_entry(&self, key: &Key, change: Change) {
        match change {
            Change::Commit(token) => {
                self.local.commit(key, token, None);
            }
            Change::Abandon(token, hold) => self.local.abandon(key, token, hold),
            // The entry does not end.
            Change::Cancel(token) => return self.local.cancel(key, token),
            Change::Remove => self.local.invalidate(key),
            Change::MarkStale => self.local.mark_stale(key),
        }
        self.flights.detach(key);
    }

    /// Ends an entry with the value that a write leaves, if there is one, and the write's guard.
    pub(crate) fn end_with_value(
        &self,
        key: &Key,
        token: Token,
        value: Option<Incoming<Stored>>,
    ) -> Filled {
        let filled = self.local.commit(key, token, value);
        self.flights.detach(key);
        filled
    }

    /// Ends every local entry with the tag; with `again`, once more after that time. Flights compare the tag's version when
    /// someone wants to join.
    pub(crate) fn end_tag(&self, tag: &Tag, again: Option<Duration>) {
        self.local.bump(tag, again);
    }

    /// Ends every local entry whose key matches, and says how many there were: entries, and loads under way.
    pub(crate) fn end_matching(&self, pattern: &Pattern) -> u64 {
        let mut keys = self.local.keys();
        // What is loaded without a lease is not stored, but must not be joined either.
        keys.extend(self.flights.keys());
        let mut found = 0;
        for key in keys.iter().filter(|key| pattern.matches(key.as_bytes())) {
            self.end_entry(key, Change::Remove);
            found += 1;
        }
        found
    }

    /// Ends every local entry.
    pub(crate) fn end_all(&self) {
        self.local.clear();
        self.flights.detach_all();
    }

    /// Ends every local entry once more, after a time. To be said first: what is stored from here on does not live longer.
    pub(crate) fn end_all_again(&self, again: Option<Duration>) {
        if let Some(again) = again {
            self.local.clear_again(again);
        }
    }
}
