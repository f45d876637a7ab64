//! What is to be invalidated once more, at a time: a write may still take effect after its caller has gone.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::change::EntryAddress;
use crate::key::Tag;
use crate::policy::Tier;
use crate::times::Times;

/// How many are remembered one by one. With more, all of the namespace is ended instead, at all of their times.
const MOST: usize = 10_000;

/// How far apart two looks at what is due are at least.
const STEP: Duration = Duration::from_millis(50);

/// What is to be invalidated once more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Delayed {
    /// Every entry with the tag.
    Tag(Tag),
    /// An entry.
    Entry(EntryAddress),
    /// Every entry.
    Everything,
}

impl Delayed {
    /// Tells whether it only makes sure: the entry has a guard in the remote tier, which a server seldom loses. Too many of
    /// these are no reason to end everything.
    fn is_spare(&self) -> bool {
        matches!(self, Self::Entry(address) if address.tier != Tier::Local)
    }
}

/// What is due.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) again: Vec<Delayed>,
    pub(super) everything: bool,
    /// When to look again; `None` if nothing is left, and nobody sees to it any more.
    pub(super) next: Option<Instant>,
}

#[derive(Default)]
pub(super) struct DelayedInvalidations {
    state: Mutex<State>,
    /// The next time is sooner than it was.
    sooner: Notify,
}

#[derive(Default)]
struct State {
    times: HashMap<Delayed, Times<Instant>>,
    /// When to end everything because there was too much.
    everything: Times<Instant>,
    overflows: u64,
    /// When somebody looks what is due; `None` if nobody does.
    next: Option<Instant>,
}

impl DelayedInvalidations {
    /// Notes what is to be invalidated again after a time. True if nobody looks, so that the caller has to.
    pub(super) fn add(&self, again: Delayed, after: Duration) -> bool {
        // A time that no clock can tell does not come.
        let Some(at) = Instant::now().checked_add(after) else { return false };
        let mut state = self.state.lock();
        if state.times.len() >= MOST && !state.times.contains_key(&again) {
            if again.is_spare() {
                return false;
            }
            let State { times, everything, overflows, .. } = &mut *state;
            times.retain(|again, _| !again.is_spare());
            if times.len() >= MOST {
                for (_, times) in times.drain() {
                    everything.extend(&times);
                }
                *overflows += 1;
            }
        }
        state.times.entry(again).or_default().add(at);
        let next = state.next;
        state.next = Some(next.map_or(at, |next| next.min(at)));
        if next.is_some_and(|next| at < next) {
            self.sooner.notify_one();
        }
        next.is_none()
    }

    /// Takes what is due.
    pub(super) fn due(&self) -> Due {
        let now = Instant::now();
        let mut state = self.state.lock();
        let State { times, everything, next, .. } = &mut *state;
        let due = times.iter_mut().filter_map(|(again, times)| {
            let is_due = times.take_due(now);
            is_due.then(|| again.clone())
        });
        let again = due.collect();
        times.retain(|_, times| !times.is_empty());
        let all = everything.take_due(now);
        let first = times.values().chain([&*everything]).filter_map(Times::first).min();
        *next = first.map(|at| at.max(now + STEP));
        Due { again, everything: all, next: *next }
    }

    /// Waits until then, or until something is due sooner.
    pub(super) async fn wait(&self, until: Instant) {
        // Either way the caller looks again.
        let _ = tokio::time::timeout_at(until, self.sooner.notified()).await;
    }

    /// All that is not due yet. It stays.
    pub(super) fn pending(&self) -> Vec<Delayed> {
        let state = self.state.lock();
        let overflowed = (!state.everything.is_empty()).then_some(Delayed::Everything);
        overflowed.into_iter().chain(state.times.keys().cloned()).collect()
    }

    pub(super) fn overflows(&self) -> u64 {
        self.state.lock().overflows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    const SECOND: Duration = Duration::from_secs(1);

    fn tag(name: &impl ToString) -> Delayed {
        Delayed::Tag(Tag::new(name.to_string().as_bytes()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_tag_is_due_at_each_of_its_times() {
        let (later, start) = (DelayedInvalidations::default(), Instant::now());
        assert!(later.add(tag(&"a"), SECOND), "the first has to be seen to");
        assert!(!later.add(tag(&"a"), 3 * SECOND), "somebody does");
        assert!(!later.add(tag(&"a"), 2 * SECOND));
        for seconds in 1..=3 {
            let next = later.due().next.unwrap();
            assert_eq!(next, start + seconds * SECOND);
            later.wait(next).await;
            let next = (seconds < 3).then(|| start + (seconds + 1) * SECOND);
            let due = Due { again: vec![tag(&"a")], everything: false, next };
            assert_eq!(later.due(), due);
        }
        assert!(later.add(tag(&"a"), SECOND), "the next has to be seen to again");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_for_what_is_due_sooner() {
        let later = DelayedInvalidations::default();
        later.add(tag(&"a"), 30 * SECOND);
        let (start, next) = (Instant::now(), later.due().next.unwrap());
        later.add(tag(&"b"), SECOND);
        later.wait(next).await;
        assert_eq!(Instant::now(), start);
        later.wait(later.due().next.unwrap()).await;
        assert_eq!(Instant::now(), start + SECOND);
        assert_eq!(later.due().again, [tag(&"b")]);
        assert_eq!(later.pending(), [tag(&"a")]);
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_become_everything_at_all_of_their_times() {
        let (later, start) = (DelayedInvalidations::default(), Instant::now());
        later.add(tag(&"last"), 9 * SECOND);
        later.add(tag(&"first"), SECOND);
        for id in 2..=MOST {
            later.add(tag(&id), 5 * SECOND);
        }
        assert_eq!(later.overflows(), 1);
        let mut pending = later.pending();
        pending.sort_by_key(|again| *again != Delayed::Everything);
        assert_eq!(pending, [Delayed::Everything, tag(&MOST)], "nothing is forgotten");
        let mut ended = Vec::new();
        while let Some(next) = later.due().next {
            tokio::time::advance(next - Instant::now()).await;
            let Due { again, everything, .. } = later.due();
            ended.push(((Instant::now() - start).as_secs(), again.len(), everything));
        }
        assert_eq!(ended, [(1, 0, true), (5, 1, true), (9, 0, true)], "and the one too many");
    }

    #[tokio::test(start_paused = true)]
    async fn a_tag_of_any_number_of_times_is_due_within_a_step_of_each() {
        let (later, start) = (DelayedInvalidations::default(), Instant::now());
        let all = |step: u32| SECOND * 30 + SECOND * step / 10;
        for step in 0..1_000 {
            later.add(tag(&"a"), all(step));
        }
        let mut ended = Vec::new();
        while let Some(next) = later.due().next {
            tokio::time::advance(next - Instant::now()).await;
            ended.push(Instant::now() - start);
        }
        assert!((0..1_000).all(|step| {
            let at = all(step);
            ended.iter().any(|ended| (at..=at + STEP).contains(ended))
        }));
        assert_eq!(later.overflows(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn entries_that_have_a_guard_end_nothing_else_when_there_are_too_many() {
        let later = DelayedInvalidations::default();
        let entry = |tier, id: usize| {
            Delayed::Entry(EntryAddress { tier, key: Key::new(id.to_string().as_bytes()).unwrap() })
        };
        for id in 0..MOST {
            later.add(entry(Tier::All, id), SECOND);
        }
        assert!(!later.add(entry(Tier::Remote, MOST), SECOND));
        assert_eq!((later.pending().len(), later.overflows()), (MOST, 0));
        later.add(tag(&"t"), SECOND);
        assert_eq!((later.pending(), later.overflows()), (vec![tag(&"t")], 0), "they make room");
    }

    #[test]
    fn a_time_beyond_all_clocks_is_left_out() {
        let later = DelayedInvalidations::default();
        assert!(!later.add(tag(&"a"), Duration::MAX));
        assert_eq!(later.due(), Due::default());
    }
}
