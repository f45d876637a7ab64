//! What the shared tier has been told and has not acknowledged: invalidations to be sent again.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Change, Place};
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
    /// Of an entry.
    Entry(Place, Ending),
    /// Of a tag.
    Tag(Tag),
    /// Of the namespace.
    Everything,
}

/// What else is to happen to an entry whose value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing.
    Remove,
    /// The guard goes too.
    Commit(Token),
    /// The guard stands until then, because the write may still take effect.
    Guard(Token, Instant),
}

impl Ending {
    /// What is owed if a change was not made; `None` if nothing is.
    pub(super) fn of(change: Change) -> Option<Self> {
        match change {
            // The guard ends by itself, and the value is as it was.
            Change::Lift(_) => None,
            Change::Commit(token) => Some(Self::Commit(token)),
            Change::Abandon(token, Some(hold)) => Some(
                Instant::now()
                    .checked_add(hold)
                    .map_or(Self::Remove, |until| Self::Guard(token, until)),
            ),
            Change::Abandon(_, None) | Change::Remove | Change::Soften => Some(Self::Remove),
        }
    }

    /// The change to be made now.
    pub(super) fn change(self) -> Change {
        match self {
            Self::Remove => Change::Remove,
            Self::Commit(token) => Change::Commit(token),
            Self::Guard(token, until) => match until.saturating_duration_since(Instant::now()) {
                Duration::ZERO => Change::Remove,
                left => Change::Abandon(token, Some(left)),
            },
        }
    }

    /// What is owed of two, of which this is the newer: the guard that ends last, as long as it has not.
    fn over(self, older: Self) -> Self {
        match (older, self) {
            (Self::Guard(_, until), Self::Guard(_, newer)) if until > newer => older,
            (Self::Guard(_, until), Self::Remove | Self::Commit(_)) if until > Instant::now() => {
                older
            }
            _ => self,
        }
    }
}

/// What is invalidated: two invalidations of the same become one.
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
    overflows: u64,
    /// Somebody is sending.
    is_sent: bool,
}

impl Journal {
    /// Notes an invalidation; true if nobody is sending, so that the caller has to.
    pub(super) fn add(&self, owed: Owed) -> bool {
        let mut state = self.state.lock();
        let mut owed = owed;
        if state.order.len() >= MOST {
            state.order.clear();
            state.numbers.clear();
            state.overflows += 1;
            owed = Owed::Everything;
        }
        let number = state.next;
        state.next += 1;
        if let Some(older) = state.numbers.insert(Subject::of(&owed), number)
            && let Some(Owed::Entry(_, older)) = state.order.remove(&older)
            && let Owed::Entry(_, newer) = &mut owed
        {
            *newer = newer.over(older);
        }
        state.order.insert(number, owed);
        self.len.store(state.order.len(), Ordering::Release);
        !std::mem::replace(&mut state.is_sent, true)
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire)
    }

    pub(super) fn overflows(&self) -> u64 {
        self.state.lock().overflows
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
        assert!(journal.add(Owed::Entry(place("a"), Ending::Remove)), "the first has to be sent");
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
        journal.add(Owed::Entry(place("a"), Ending::Remove));
        journal.add(Owed::Entry(place("b"), Ending::Remove));
        let (first, _) = journal.after(None).unwrap();
        journal.add(Owed::Entry(place("a"), Ending::Remove));
        journal.paid(first);
        assert_eq!(journal.len(), 2, "the newer `a` is owed still");
        for name in ["b", "a"] {
            let (number, owed) = journal.after(None).unwrap();
            assert!(
                matches!(&owed, Owed::Entry(found, Ending::Remove) if found.key == place(name).key)
            );
            assert!(!journal.is_settled());
            journal.paid(number);
        }
        assert!(journal.is_settled() && journal.is_empty());
        assert!(journal.add(Owed::Everything), "the next has to be sent again");
    }

    #[test]
    fn a_guard_that_is_owed_outlives_what_else_is_until_its_time() {
        let [first, second] = [Token::new(), Token::new()];
        let now = Instant::now();
        let minute = Duration::from_secs(60);
        let [soon, late, past] = [now + minute, now + 2 * minute, now];
        let guard = |until| Ending::Guard(first, until);
        for (older, newer, left) in [
            (guard(soon), Ending::Remove, guard(soon)),
            (guard(soon), Ending::Commit(second), guard(soon)),
            (guard(past), Ending::Commit(second), Ending::Commit(second)),
            (guard(soon), Ending::Guard(second, late), Ending::Guard(second, late)),
            (guard(late), Ending::Guard(second, soon), guard(late)),
            (Ending::Remove, guard(soon), guard(soon)),
            (Ending::Commit(second), Ending::Remove, Ending::Remove),
        ] {
            let journal = Journal::default();
            journal.add(Owed::Entry(place("a"), older));
            journal.add(Owed::Entry(place("a"), newer));
            let (_, owed) = journal.after(None).unwrap();
            assert!(matches!(owed, Owed::Entry(_, found) if found == left), "{older:?} {newer:?}");
        }
        assert!(matches!(guard(soon).change(), Change::Abandon(token, Some(_)) if token == first));
        assert_eq!(guard(past).change(), Change::Remove);
    }

    #[test]
    fn too_much_becomes_everything() {
        let journal = Journal::default();
        for id in 0..=MOST {
            journal.add(Owed::Entry(place(&id.to_string()), Ending::Remove));
        }
        assert_eq!((journal.len(), journal.overflows()), (1, 1));
        assert!(journal.concerns(&place("anything"), &[]));
    }
}
