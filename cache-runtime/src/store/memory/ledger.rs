//! The list of the store's entries with what ends them, so that those that have ended are found.
//!
//! The map finds an entry by its key, and is no help in finding those that nobody asks for any more. A list in the order of
//! their ends would have to be kept in order, and would not know of those that a tag ends: so it is read from one end to the
//! other, a few lines at a time. A line has all that tells whether its entry is alive, side by side with the next one's
//! (10 ns each; 300 by way of the map, where each of its parts lies somewhere else).

use super::stamp::Stamp;
use crate::clock::Millis;
use crate::key::Key;
use crate::shards::Shards;

/// A line of the ledger: one entry.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) key: Key,
    pub(super) expires: Millis,
    pub(super) stamp: Stamp,
    /// What the entry takes, bookkeeping included.
    pub(super) bytes: u64,
}

/// Where a line stands in its page. The entry's record knows it, and nobody else may strike the line out.
pub(super) type Slot = u32;

#[derive(Debug)]
pub(super) struct Ledger {
    pages: Shards<Page>,
}

#[derive(Debug, Default)]
struct Page {
    lines: Vec<Option<Line>>,
    free: Vec<Slot>,
}

/// A place in the list: how far it has been read.
#[derive(Debug, Default)]
pub(super) struct Place {
    page: usize,
    slot: Slot,
}

/// The count of what is on the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Entries that may be served.
    pub(crate) live: u64,
    /// Entries that have ended, and are still there.
    pub(crate) dead: u64,
    /// What all of them take.
    pub(crate) bytes: u64,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self { pages: Shards::new() }
    }

    pub(super) fn list(&self, line: Line) -> Slot {
        let mut page = self.pages.lock(&line.key);
        if let Some(slot) = page.free.pop() {
            page.lines[slot as usize] = Some(line);
            return slot;
        }
        page.lines.push(Some(line));
        // No machine has the memory for more.
        Slot::try_from(page.lines.len() - 1).unwrap_or(Slot::MAX)
    }

    /// Takes an entry off the list, once it has left the map.
    pub(super) fn strike(&self, key: &Key, slot: Slot) {
        let mut page = self.pages.lock(key);
        let Some(line) = page.lines.get_mut(slot as usize) else { return };
        if line.take_if(|line| line.key == *key).is_some() {
            page.free.push(slot);
            if page.free.len() == page.lines.len() {
                *page = Page::default();
            }
        }
    }

    /// Notes that an entry ends at another time.
    pub(super) fn expires(&self, key: &Key, slot: Slot, expires: Millis) {
        let mut page = self.pages.lock(key);
        if let Some(Some(line)) = page.lines.get_mut(slot as usize)
            && line.key == *key
        {
            line.expires = expires;
        }
    }

    /// Reads on for so many lines at most; false at the end of the list.
    pub(super) fn read(
        &self,
        place: &mut Place,
        most: Slot,
        mut look: impl FnMut(&Line, Slot),
    ) -> bool {
        let Some(page) = self.pages.nth(place.page) else { return false };
        // Not `skip`, which would walk through all that were read before, under the lock and in each step.
        let unread = page.lines.get(place.slot as usize..).unwrap_or_default();
        for (line, slot) in unread.iter().zip(place.slot..).take(most as usize) {
            if let Some(line) = line {
                look(line, slot);
            }
        }
        place.slot = place.slot.saturating_add(most);
        if place.slot as usize >= page.lines.len() {
            *place = Place { page: place.page + 1, slot: 0 };
        }
        true
    }

    pub(super) fn count(&self, is_live: impl Fn(&Line) -> bool) -> Counted {
        let mut counted = Counted::default();
        for page in self.pages.each() {
            for line in page.lines.iter().flatten() {
                let of = if is_live(line) { &mut counted.live } else { &mut counted.dead };
                *of += 1;
                counted.bytes = counted.bytes.saturating_add(line.bytes);
            }
        }
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::tags::Tags;

    fn key(id: u64) -> Key {
        Key::new(id.to_string().as_bytes()).unwrap()
    }

    fn all(ledger: &Ledger, most: Slot) -> Vec<(Key, Slot)> {
        let (mut place, mut read) = (Place::default(), Vec::new());
        while ledger.read(&mut place, most, |line, slot| read.push((line.key.clone(), slot))) {}
        read
    }

    #[test]
    fn every_line_is_read_once_in_steps_of_any_size_and_struck_lines_are_not() {
        let (ledger, tags) = (Ledger::new(), Tags::new());
        let line = |id| {
            let (key, stamp) = (key(id), tags.stamp(&[], 1));
            Line { key, expires: id, stamp, bytes: 3 }
        };
        let slots: Vec<_> = (0..5_000).map(|id| ledger.list(line(id))).collect();
        for most in [1, 7, 10_000] {
            let mut read = all(&ledger, most);
            read.sort();
            read.dedup();
            assert_eq!(read.len(), 5_000, "{most}");
        }
        let counted = ledger.count(|line| line.expires >= 1_000);
        assert_eq!(counted, Counted { live: 4_000, dead: 1_000, bytes: 15_000 });

        for (id, slot) in (0..).zip(&slots).filter(|(id, _)| id % 2 == 0) {
            ledger.strike(&key(id), *slot);
        }
        assert_eq!(all(&ledger, 7).len(), 2_500);
        // A slot that has another line by now is not the first one's to strike.
        let lines =
            |ledger: &Ledger| ledger.pages.each().map(|page| page.lines.len()).sum::<usize>();
        let before = lines(&ledger);
        for id in (0..5_000).step_by(2) {
            ledger.list(line(id));
        }
        assert_eq!(lines(&ledger), before, "their slots are used again");
        for slot in &slots {
            ledger.strike(&key(9_999_999), *slot);
        }
        assert_eq!(all(&ledger, 7).len(), 5_000);
        for (key, slot) in all(&ledger, 7) {
            ledger.strike(&key, slot);
        }
        assert_eq!(lines(&ledger), 0, "an empty list takes no room");
    }
}
