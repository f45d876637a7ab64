//! What the shared tier has been told and has not acknowledged: invalidations to be sent again.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::Place;
use crate::entry::Key;
use crate::policy::Tier;
use crate::tag::Tag;
use crate::token::Token;

/// How many invalidations are remembered one by one. With more, all of the namespace is invalidated instead: a store
/// that was away while so much was written has little left that is worth keeping.
const MOST: usize = 10_000;

/// One invalidation that is still to be sent.
#[derive(Clone, Debug)]
pub(super) enum Owed {
    /// Of an entry; with the token of a guard that is to go with it.
    Entry(Place, Option<Token>),
    /// Of a tag.
    Tag(Tag),
    /// Of the namespace.
    Everything,
}

/// What is invalidated: of two invalidations of the same, the newer is enough.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Entry(Kept, Key),
    Tag(Tag),
    Everything,
}

/// Where the entry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kept {
    ByProcesses,
    Shared,
    Uncopied,
}

impl Subject {
    fn of(owed: &Owed) -> Self {
        match owed {
            Owed::Entry(place, _) => Self::entry(place),
            Owed::Tag(tag) => Self::Tag(tag.clone()),
            Owed::Everything => Self::Everything,
        }
    }

    fn entry(place: &Place) -> Self {
        let kept = match place.tier {
            Tier::Local => Kept::ByProcesses,
            Tier::All => Kept::Shared,
            Tier::Remote => Kept::Uncopied,
        };
        Self::Entry(kept, place.key.clone())
    }
}

#[derive(Default)]
pub(super) struct Journal {
    state: Mutex<State>,
    /// Read on every call, so that the lock is taken only if something is owed.
    len: AtomicUsize,
}

#[derive(Default)]
struct State {
    next: u64,
    order: BTreeMap<u64, Owed>,
    numbers: HashMap<Subject, u64>,
    /// Somebody is sending.
    is_sent: bool,
}

impl Journal {
    /// Notes an invalidation; true if nobody is sending, so that the caller has to.
    pub(super) fn add(&self, owed: Owed) -> bool {
        let mut state = self.state.lock();
        let owed = if state.order.len() >= MOST {
            state.order.clear();
            state.numbers.clear();
            Owed::Everything
        } else {
            owed
        };
        let number = state.next;
        state.next += 1;
        if let Some(older) = state.numbers.insert(Subject::of(&owed), number) {
            state.order.remove(&older);
        }
        state.order.insert(number, owed);
        self.len.store(state.order.len(), Ordering::Release);
        !std::mem::replace(&mut state.is_sent, true)
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Tells whether an entry with these tags is still to be invalidated.
    pub(super) fn concerns(&self, place: &Place, tags: &[Tag]) -> bool {
        if self.is_empty() {
            return false;
        }
        let numbers = &self.state.lock().numbers;
        numbers.contains_key(&Subject::Everything)
            || numbers.contains_key(&Subject::entry(place))
            || tags.iter().any(|tag| numbers.contains_key(&Subject::Tag(tag.clone())))
    }

    /// The oldest that is owed, of those after the given number.
    pub(super) fn after(&self, number: Option<u64>) -> Option<(u64, Owed)> {
        let first = number.map_or(0, |number| number + 1);
        let state = self.state.lock();
        state.order.range(first..).next().map(|(number, owed)| (*number, owed.clone()))
    }

    /// Forgets what was acknowledged, unless it was owed once more meanwhile.
    pub(super) fn paid(&self, number: u64) {
        let mut state = self.state.lock();
        if let Some(owed) = state.order.remove(&number) {
            state.numbers.remove(&Subject::of(&owed));
        }
        self.len.store(state.order.len(), Ordering::Release);
    }

    /// Tells whether nothing is left; then nobody is sending any more.
    pub(super) fn is_settled(&self) -> bool {
        let mut state = self.state.lock();
        state.is_sent = !state.order.is_empty();
        !state.is_sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> Place {
        Place { tier: Tier::All, key: Key::new(name.as_bytes()).unwrap() }
    }

    #[test]
    fn what_is_owed_concerns_its_entry_its_tag_or_everything() {
        let journal = Journal::default();
        let (tag, other) = (Tag::new(b"t"), Tag::new(b"u"));
        assert!(journal.add(Owed::Entry(place("a"), None)), "the first has to be sent");
        assert!(!journal.add(Owed::Tag(tag.clone())), "somebody is sending");
        assert!(journal.concerns(&place("a"), &[]));
        assert!(!journal.concerns(&place("b"), std::slice::from_ref(&other)));
        assert!(journal.concerns(&place("b"), &[other, tag]));
        let elsewhere = Place { tier: Tier::Remote, ..place("a") };
        assert!(!journal.concerns(&elsewhere, &[]));
        journal.add(Owed::Everything);
        assert!(journal.concerns(&elsewhere, &[]));
    }

    #[test]
    fn it_is_sent_in_order_and_the_newest_of_one_subject_counts() {
        let journal = Journal::default();
        journal.add(Owed::Entry(place("a"), None));
        journal.add(Owed::Entry(place("b"), None));
        let (first, _) = journal.after(None).unwrap();
        journal.add(Owed::Entry(place("a"), None));
        journal.paid(first);
        assert_eq!(journal.len(), 2, "the newer `a` is owed still");
        for name in ["b", "a"] {
            let (number, owed) = journal.after(None).unwrap();
            assert!(matches!(&owed, Owed::Entry(found, None) if found.key == place(name).key));
            assert!(!journal.is_settled());
            journal.paid(number);
        }
        assert!(journal.is_settled() && journal.is_empty());
        assert!(journal.add(Owed::Everything), "the next has to be sent again");
    }

    #[test]
    fn too_much_becomes_everything() {
        let journal = Journal::default();
        for id in 0..=MOST {
            journal.add(Owed::Entry(place(&id.to_string()), None));
        }
        assert_eq!(journal.len(), 1);
        assert!(journal.concerns(&place("anything"), &[]));
    }
}
