//! Times at which something is to be done once more.

use std::ops::Sub;

/// How many times are kept apart. Of more the two that are nearest to each other become a span.
const MOST: usize = 32;

/// Times at which something is to be done once more: at each of them, not only at the last.
///
/// Who invalidates at a time means what is stored until then; a later invalidation of somebody else's would leave that
/// to be served for as long. Bounded: of too many, neighbours become a span, in which the thing is due whenever somebody
/// looks. That can only be done too often.
#[derive(Debug)]
pub(crate) struct Times<T>(Vec<Span<T>>);

/// A time, or all times from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span<T> {
    first: T,
    last: T,
}

impl<T> Default for Times<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + Ord + Sub<Output: Ord>> Times<T> {
    /// Adds a time.
    pub(crate) fn add(&mut self, at: T) {
        self.insert(Span { first: at, last: at });
    }

    /// Adds all of the others.
    pub(crate) fn extend(&mut self, others: &Self) {
        for span in &others.0 {
            self.insert(*span);
        }
    }

    /// Tells whether one of the times has come, and forgets those that are over.
    pub(crate) fn take_due(&mut self, now: T) -> bool {
        let is_due = self.first().is_some_and(|first| first <= now);
        self.0.retain(|span| span.last > now);
        is_due
    }

    /// The first of them: past, if that is within a span.
    pub(crate) fn first(&self) -> Option<T> {
        self.0.first().map(|span| span.first)
    }

    /// The last of them.
    pub(crate) fn last(&self) -> Option<T> {
        self.0.last().map(|span| span.last)
    }

    /// The first that is still to come.
    pub(crate) fn next(&self, now: T) -> Option<T> {
        let mut all = self.0.iter().flat_map(|span| [span.first, span.last]);
        all.find(|time| *time > now)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keeps the spans in order and apart.
    fn insert(&mut self, mut new: Span<T>) {
        // Almost always the new one is the last.
        let begin = self.0.partition_point(|span| span.last < new.first);
        let end = begin + self.0[begin..].partition_point(|span| span.first <= new.last);
        if let [one, .., other] | [one @ other] = &self.0[begin..end] {
            (new.first, new.last) = (new.first.min(one.first), new.last.max(other.last));
        }
        self.0.splice(begin..end, [new]);
        if self.0.len() > MOST {
            self.join();
        }
    }

    /// Makes a span of the two that are nearest to each other.
    fn join(&mut self) {
        let gaps = self.0.windows(2).map(|pair| pair[1].first - pair[0].last);
        if let Some((place, _)) = gaps.enumerate().min_by(|(_, one), (_, other)| one.cmp(other)) {
            let Span { last, .. } = self.0.remove(place + 1);
            self.0[place].last = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(all: impl IntoIterator<Item = u64>) -> Times<u64> {
        let mut times = Times::default();
        for at in all {
            times.add(at);
        }
        times
    }

    #[test]
    fn each_time_comes_once_in_whatever_order_they_were_added() {
        for order in [[10, 20, 30], [30, 20, 10], [20, 30, 10]] {
            let mut times = times(order);
            assert_eq!((times.first(), times.last()), (Some(10), Some(30)));
            let due: Vec<_> = (1..40).filter(|now| times.take_due(*now)).collect();
            assert_eq!(due, [10, 20, 30]);
            assert!(times.is_empty());
        }
    }

    #[test]
    fn times_that_have_come_together_are_due_once() {
        let mut times = times([10, 20, 20, 30]);
        assert_eq!(times.next(10), Some(20));
        assert!(times.take_due(25));
        assert!(!times.take_due(29));
        assert_eq!(times.first(), Some(30));
    }

    #[test]
    fn of_too_many_none_is_lost_and_those_far_apart_stay_as_they_are() {
        // Forwards, backwards, and from both ends.
        let near = || (0..1_000).map(|step| 100_000 + step * 3);
        let mixed = near().zip(near().rev()).flat_map(|(one, other)| [one, other]);
        for many in [near().collect(), near().rev().collect(), mixed.collect::<Vec<_>>()] {
            let mut times = times([10, 50_000].into_iter().chain(many).chain([900_000]));
            assert!(times.0.len() <= MOST);
            let due: Vec<_> = (1..1_000_000).filter(|now| times.take_due(*now)).collect();
            assert!(near().all(|at| due.binary_search(&at).is_ok()));
            let far: Vec<_> = due.iter().filter(|at| !(100_000..103_000).contains(*at)).collect();
            assert_eq!(far, [&10, &50_000, &900_000]);
        }
    }

    #[test]
    fn within_a_span_it_is_due_with_each_look_and_the_next_that_comes_is_its_end() {
        let mut times = times((0..=MOST as u64).map(|step| 100 + step));
        assert_eq!((times.0[0], times.next(100)), (Span { first: 100, last: 101 }, Some(101)));
        assert!(!times.take_due(99));
        assert!(times.take_due(100) && times.take_due(100));
        assert!(times.take_due(101) && !times.take_due(101));
    }

    #[test]
    fn times_that_are_added_to_others_are_all_of_both() {
        let mut one = times([10, 30]);
        one.extend(&times([20, 30, 40]));
        let due: Vec<_> = (1..50).filter(|now| one.take_due(*now)).collect();
        assert_eq!(due, [10, 20, 30, 40]);
    }
}
