//! What the remote tier has been told and has not acknowledged: invalidations to be sent again.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::change::{Change, EntryAddress};
use crate::key::{Key, Tag};
use crate::policy::Tier;
use crate::token::Token;

/// How many invalidations are remembered one by one. With more, all of the namespace is invalidated instead: a store
/// that was away while so much was written has little left that is worth keeping.
const MOST: usize = 10_000;

/// One invalidation that is still to be sent.
#[derive(Clone, Debug)]
pub(crate) enum Owed {
    /// Of an entry.
    Entry(EntryAddress, Ending),
    /// Of a tag.
    Tag(Tag),
    /// Of the namespace.
    Everything,
}

/// The most writers whose guards are ended one by one: the server knows no more of them either.
const WRITERS: usize = 64;

/// What else is to happen to an entry whose value goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ending {
    /// The guards of these writers go too. Each may have been placed, although nobody was told.
    over: Vec<Token>,
    /// A guard stands until then, because the write may still take effect.
    guard: Option<(Token, Instant)>,
}

impl Ending {
    /// What is owed if a change was not made.
    pub(crate) fn of(change: Change) -> Self {
        match change {
            // A guard that stays would keep the entry empty to its deadline. Without it the value goes, too.
            Change::Commit(token) | Change::Cancel(token) => {
                Self { over: vec![token], guard: None }
            }
            Change::Abandon(token, Some(hold)) => {
                let until = Instant::now().checked_add(hold);
                Self { over: Vec::new(), guard: until.map(|until| (token, until)) }
            }
            Change::Abandon(_, None) | Change::Remove | Change::MarkStale => Self::default(),
        }
    }

    /// The changes to be made now, in their order.
    pub(super) fn changes(&self) -> Vec<Change> {
        let left = |(token, until): (Token, Instant)| {
            let left = until.saturating_duration_since(Instant::now());
            (!left.is_zero()).then_some(Change::Abandon(token, Some(left)))
        };
        let mut changes: Vec<_> = self.over.iter().copied().map(Change::Commit).collect();
        changes.extend(self.guard.and_then(left));
        if changes.is_empty() {
            changes.push(Change::Remove);
        }
        changes
    }

    /// What is owed of two, of which this is the newer: the ends of all guards but the one that is to stand longest.
    fn over(mut self, older: Self) -> Self {
        let guard = match (older.guard, self.guard) {
            (Some(older), Some(newer)) => Some(if older.1 > newer.1 { older } else { newer }),
            (older, newer) => newer.or(older),
        };
        let mut over = older.over;
        over.retain(|token| !self.over.contains(token));
        over.append(&mut self.over);
        over.drain(..over.len().saturating_sub(WRITERS));
        Self { over, guard }
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
            Owed::Entry(address, _) => Self::entry(address),
            Owed::Tag(tag) => Self::Tag(tag.clone()),
            Owed::Everything => Self::Everything,
        }
    }

    fn entry(address: &EntryAddress) -> Self {
        let kept = match address.tier {
            Tier::Local => Kept::ByProcesses,
            Tier::All => Kept::Shared,
            Tier::Remote => Kept::Uncopied,
        };
        Self::Entry(kept, address.key.clone())
    }
}

#[derive(Default)]
pub(super) struct Outbox {
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

impl Outbox {
    /// Notes an invalidation; true if nobody is sending, so that the caller has to.
    pub(super) fn add(&self, owed: Owed) -> bool {
        let mut state = self.state.lock();
        let mut owed = owed;
        if state.order.len() >= MOST && !state.numbers.contains_key(&Subject::of(&owed)) {
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
            *newer = std::mem::take(newer).over(older);
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
    pub(super) fn concerns(&self, address: &EntryAddress, tags: &[Tag]) -> bool {
        if self.is_empty() {
            return false;
        }
        let numbers = &self.state.lock().numbers;
        numbers.contains_key(&Subject::Everything)
            || numbers.contains_key(&Subject::entry(address))
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
    use std::time::Duration;

    use super::*;

    fn address(name: &str) -> EntryAddress {
        EntryAddress { tier: Tier::All, key: Key::new(name.as_bytes()).unwrap() }
    }

    #[test]
    fn what_is_owed_concerns_its_entry_its_tag_or_everything() {
        let outbox = Outbox::default();
        let (tag, other) = (Tag::new(b"t"), Tag::new(b"u"));
        assert!(
            outbox.add(Owed::Entry(address("a"), Ending::default())),
            "the first has to be sent"
        );
        assert!(!outbox.add(Owed::Tag(tag.clone())), "somebody is sending");
        assert!(outbox.concerns(&address("a"), &[]));
        assert!(!outbox.concerns(&address("b"), std::slice::from_ref(&other)));
        assert!(outbox.concerns(&address("b"), &[other, tag]));
        let elsewhere = EntryAddress { tier: Tier::Remote, ..address("a") };
        assert!(!outbox.concerns(&elsewhere, &[]));
        outbox.add(Owed::Everything);
        assert!(outbox.concerns(&elsewhere, &[]));
    }

    #[test]
    fn it_is_sent_in_order_and_the_newest_of_one_subject_counts() {
        let outbox = Outbox::default();
        outbox.add(Owed::Entry(address("a"), Ending::default()));
        outbox.add(Owed::Entry(address("b"), Ending::default()));
        let (first, _) = outbox.after(None).unwrap();
        outbox.add(Owed::Entry(address("a"), Ending::default()));
        outbox.paid(first);
        assert_eq!(outbox.len(), 2, "the newer `a` is owed still");
        for name in ["b", "a"] {
            let (number, owed) = outbox.after(None).unwrap();
            assert!(matches!(&owed, Owed::Entry(found, _) if found.key == address(name).key));
            assert!(!outbox.is_settled());
            outbox.paid(number);
        }
        assert!(outbox.is_settled() && outbox.is_empty());
        assert!(outbox.add(Owed::Everything), "the next has to be sent again");
    }

    /// What is left of two changes of one entry that were not made.
    fn left_of(older: Change, newer: Change) -> Vec<Change> {
        let outbox = Outbox::default();
        outbox.add(Owed::Entry(address("a"), Ending::of(older)));
        outbox.add(Owed::Entry(address("a"), Ending::of(newer)));
        let Some((_, Owed::Entry(_, ending))) = outbox.after(None) else { panic!("it is owed") };
        ending.changes()
    }

    #[test]
    fn the_guards_of_all_writers_are_ended_but_the_one_that_stands_longest() {
        let [first, second] = [Token::new(), Token::new()];
        let hold = |token, minutes| Change::Abandon(token, Some(Duration::from_mins(minutes)));
        let over = Change::Commit;
        let [soon, late, past] = [hold(first, 1), hold(second, 2), hold(first, 0)];
        for (older, newer, left) in [
            (over(first), over(second), vec![over(first), over(second)]),
            (Change::Cancel(first), Change::Remove, vec![over(first)]),
            (Change::Remove, Change::MarkStale, vec![Change::Remove]),
            (past, over(second), vec![over(second)]),
            (past, Change::Remove, vec![Change::Remove]),
        ] {
            assert_eq!(left_of(older, newer), left, "{older:?} {newer:?}");
        }
        for (older, newer, over_too, stands) in [
            (soon, Change::Remove, None, first),
            (Change::Remove, soon, None, first),
            (soon, over(second), Some(second), first),
            (over(second), soon, Some(second), first),
            (soon, late, None, second),
            (late, soon, None, second),
        ] {
            let mut left = left_of(older, newer);
            let Some(Change::Abandon(token, Some(_))) = left.pop() else { panic!("{left:?}") };
            assert_eq!((left, token), (over_too.map(over).into_iter().collect(), stands));
        }
    }

    #[test]
    fn no_more_writers_are_remembered_than_a_server_tells_apart() {
        let outbox = Outbox::default();
        let tokens: Vec<_> = std::iter::repeat_with(Token::new).take(WRITERS + 9).collect();
        for token in &tokens {
            outbox.add(Owed::Entry(address("a"), Ending::of(Change::Commit(*token))));
        }
        let Some((_, Owed::Entry(_, ending))) = outbox.after(None) else { panic!("it is owed") };
        let last = tokens.iter().skip(9).copied().map(Change::Commit).collect::<Vec<_>>();
        assert_eq!(ending.changes(), last);
    }

    #[test]
    fn too_much_becomes_everything() {
        let outbox = Outbox::default();
        let add = |id: usize| {
            outbox.add(Owed::Entry(address(&id.to_string()), Ending::default()));
            (outbox.len(), outbox.overflows())
        };
        assert_eq!((0..MOST).map(add).last(), Some((MOST, 0)));
        assert_eq!(add(7), (MOST, 0), "it was owed before");
        assert_eq!(add(MOST), (1, 1));
        assert!(outbox.concerns(&address("anything"), &[]));
    }
}
