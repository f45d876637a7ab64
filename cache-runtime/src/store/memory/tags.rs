//! Versions of tags, and the epoch of the whole store.
//!
//! A tag's version is a token that is compared for equality only. A version that nothing refers to may be
//! forgotten at any time: the next load makes a new one, which equals no old one, so forgetting is only ever a miss.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::delayed::DelayedBumps;
use super::stamp::{Stamp, TagCell};
use crate::clock::Millis;
use crate::key::Tag;
use crate::shards::Shards;
use crate::store::Versions;
use crate::sync::AtomicU64;
use crate::token::Token;

/// How long a version that was given out as a number is kept for a load, in milliseconds.
const FORGET_LENT: Millis = 600_000;

/// The versions of all tags that are in use, and the epoch.
#[derive(Debug)]
pub(crate) struct Tags {
    epoch: AtomicU64,
    /// When the epoch is to change once more. Not looked at by a hit: see [`Tags::epoch_ends`].
    epoch_again: DelayedBumps,
    cells: Shards<Cells>,
}

#[derive(Debug, Default)]
struct Cells {
    by_tag: HashMap<Tag, Arc<TagCell>, foldhash::fast::RandomState>,
    /// The number of cells at which those that nothing refers to are dropped.
    sweep_at: usize,
}

const FIRST_SWEEP: usize = 64;

impl Tags {
    pub(crate) fn new() -> Self {
        Self {
            epoch: AtomicU64::new(Token::new().to_bits()),
            epoch_again: DelayedBumps::default(),
            cells: Shards::new(),
        }
    }

    /// Reads the versions that a load's entry will carry. Called before the load: a version that is too old can
    /// only be a miss, one that is too new would hide an invalidation.
    pub(crate) fn stamp(&self, tags: &[Tag], now: Millis) -> Stamp {
        self.catch_up(now);
        let epoch = self.epoch.load(Ordering::Acquire);
        let tags = (!tags.is_empty()).then(|| {
            let versions = tags.iter().map(|tag| {
                let cell = self.cell(tag, now);
                let version = cell.version(now);
                (cell, version)
            });
            versions.collect()
        });
        Stamp { epoch, tags }
    }

    /// The stamp of versions that were read earlier.
    pub(crate) fn stamp_of(&self, tags: &[Tag], versions: &Versions, now: Millis) -> Stamp {
        let Versions { epoch, tags: given } = versions;
        let tags = (!tags.is_empty()).then(|| {
            let cells = tags.iter().map(|tag| self.cell(tag, now));
            // A version that is not given is zero, which no tag ever has.
            cells.zip(given.iter().copied().chain(std::iter::repeat(0))).collect()
        });
        Stamp { epoch: *epoch, tags }
    }

    #[inline]
    pub(crate) fn is_current(&self, stamp: &Stamp, now: Millis) -> bool {
        stamp.is_current(self.epoch.load(Ordering::Acquire), now)
    }

    /// Invalidates everything that carries the tag; with `again`, once more at that time. Tells whether anything may carry
    /// it.
    pub(crate) fn bump(&self, tag: &Tag, again: Option<Millis>, now: Millis) -> bool {
        let Some(again) = again else {
            // A tag without a cell is on no entry and on no load under way.
            let cell = self.cells.lock(tag).by_tag.get(tag).cloned();
            return cell.is_some_and(|cell| {
                cell.change();
                // The table's reference, and this one.
                Arc::strong_count(&cell) > 2
            });
        };
        let cell = self.cell(tag, now);
        // The time first: a reader that sees the new version must also see that it is not final.
        cell.again.add(again);
        cell.change();
        Arc::strong_count(&cell) > 2
    }

    /// Invalidates everything.
    pub(crate) fn bump_epoch(&self) {
        self.epoch.swap(Token::new().to_bits(), Ordering::AcqRel);
    }

    /// Invalidates everything once more at that time.
    pub(crate) fn bump_epoch_again(&self, at: Millis) {
        self.epoch_again.add(at);
    }

    /// The next time at which everything is invalidated once more. What is stored before then must not live longer: nobody
    /// changes the epoch at that time, but whoever needs it next, and a hit does not.
    pub(crate) fn epoch_ends(&self) -> Millis {
        self.epoch_again.first().unwrap_or(Millis::MAX)
    }

    /// Changes the epoch if that is due.
    pub(crate) fn catch_up(&self, now: Millis) {
        self.epoch_again.catch_up(now, || self.bump_epoch());
    }

    /// The current versions; missing ones are made.
    pub(crate) fn versions(&self, tags: &[Tag], now: Millis) -> Versions {
        let epoch = self.epoch.load(Ordering::Acquire);
        let tags = tags.iter().map(|tag| {
            let cell = self.cell(tag, now);
            cell.lent.fetch_max(now.saturating_add(FORGET_LENT), Ordering::AcqRel);
            cell.version(now)
        });
        Versions { epoch, tags: tags.collect() }
    }

    /// Forgets the tags that nothing refers to; tells when the next of those will be that only time keeps, or everything
    /// ends once more.
    pub(crate) fn sweep(&self, now: Millis) -> Millis {
        let cells = self.cells.each().map(|mut cells| cells.sweep(now));
        let (epoch, _) = self.epoch_again.coming(now);
        cells.chain(epoch).min().unwrap_or(Millis::MAX)
    }

    fn cell(&self, tag: &Tag, now: Millis) -> Arc<TagCell> {
        let mut cells = self.cells.lock(tag);
        if let Some(cell) = cells.by_tag.get(tag) {
            return Arc::clone(cell);
        }
        if cells.by_tag.len() >= cells.sweep_at.max(FIRST_SWEEP) {
            cells.sweep(now);
        }
        let cell = Arc::new(TagCell::new());
        cells.by_tag.insert(tag.clone(), Arc::clone(&cell));
        cell
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.cells.each().map(|cells| cells.by_tag.len()).sum()
    }
}

impl Cells {
    /// Drops the cells that no entry and no load refers to: tags such as `user:<id>` come and go with their entries. Done
    /// whenever their number has doubled since the last time, and when entries are given back.
    fn sweep(&mut self, now: Millis) -> Millis {
        let mut next = Millis::MAX;
        self.by_tag.retain(|_, cell| {
            // Under the shard's lock, so that nobody takes another reference meanwhile.
            let in_use = Arc::strong_count(cell) > 1;
            let lent = cell.lent.load(Ordering::Acquire);
            let (coming, last) = cell.again.coming(now);
            let times = coming.into_iter().chain(Some(lent)).filter(|time| *time > now);
            next = times.fold(next, Millis::min);
            in_use || lent.max(last) > now
        });
        self.sweep_at = self.by_tag.len() * 2;
        if self.by_tag.capacity() / 4 > self.sweep_at.max(FIRST_SWEEP) {
            self.by_tag.shrink_to(self.sweep_at);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(name: &str) -> Tag {
        Tag::new(name.as_bytes())
    }

    #[test]
    fn a_stamp_is_current_until_one_of_its_tags_is_bumped() {
        let tags = Tags::new();
        let stamp = tags.stamp(&[tag("a"), tag("b")], 1);
        assert!(tags.is_current(&stamp, 1));
        tags.bump(&tag("c"), None, 1);
        assert!(tags.is_current(&stamp, 1));
        tags.bump(&tag("b"), None, 1);
        assert!(!tags.is_current(&stamp, 1));
        assert!(tags.is_current(&tags.stamp(&[tag("b")], 1), 1));
    }

    #[test]
    fn a_bump_that_comes_again_also_ends_what_was_stamped_in_between() {
        let tags = Tags::new();
        tags.bump(&tag("a"), Some(100), 1);
        let between = tags.stamp(&[tag("a")], 50);
        assert!(tags.is_current(&between, 99));
        assert!(!tags.is_current(&between, 100));
        let after = tags.stamp(&[tag("a")], 100);
        assert!(tags.is_current(&after, 10_000));
    }

    #[test]
    fn of_two_bumps_that_come_again_both_do() {
        for order in [[100, 200], [200, 100]] {
            let tags = Tags::new();
            for again in order {
                tags.bump(&tag("a"), Some(again), 1);
            }
            let before = tags.stamp(&[tag("a")], 50);
            assert!(tags.is_current(&before, 99));
            assert!(!tags.is_current(&before, 100));
            let between = tags.stamp(&[tag("a")], 100);
            assert!(tags.is_current(&between, 199));
            assert!(!tags.is_current(&between, 200));
            let after = tags.stamp(&[tag("a")], 200);
            assert!(tags.is_current(&after, 10_000));
        }
    }

    #[test]
    fn of_any_number_of_bumps_that_come_again_every_one_does() {
        let tags = Tags::new();
        let all = |step: Millis| 100 + step * 10;
        for step in 0..1_000 {
            tags.bump(&tag("a"), Some(all(step)), 1);
            tags.bump_epoch_again(all(step));
        }
        for step in 0..1_000 {
            let (at, before) = (all(step), all(step) - 1);
            let (tagged, any) = (tags.stamp(&[tag("a")], before), tags.stamp(&[], before));
            assert!(!tags.is_current(&tagged, at), "{step}");
            tags.catch_up(at);
            assert!(!tags.is_current(&any, at), "{step}");
        }
        let (tagged, any) = (tags.stamp(&[tag("a")], 10_090), tags.stamp(&[], 10_090));
        assert!(tags.is_current(&tagged, Millis::MAX) && tags.is_current(&any, Millis::MAX));
        assert_eq!(tags.epoch_ends(), Millis::MAX);
    }

    #[test]
    fn clearing_ends_every_stamp() {
        let tags = Tags::new();
        let stamp = tags.stamp(&[], 1);
        tags.bump_epoch();
        assert!(!tags.is_current(&stamp, 1));
    }

    #[test]
    fn what_was_stamped_before_everything_ends_again_is_not_current_afterwards() {
        let tags = Tags::new();
        tags.bump_epoch_again(100);
        let between = tags.stamp(&[], 50);
        tags.catch_up(99);
        assert!(tags.is_current(&between, 99));
        assert_eq!(tags.epoch_ends(), 100);
        tags.catch_up(100);
        assert!(!tags.is_current(&between, 100));
        let after = tags.stamp(&[], 100);
        tags.catch_up(10_000);
        assert!(tags.is_current(&after, 10_000));
        assert_eq!(tags.epoch_ends(), Millis::MAX);
    }

    #[test]
    fn tags_that_nothing_carries_are_forgotten_and_the_others_are_not() {
        let tags = Tags::new();
        let kept = tags.stamp(&[tag("kept")], 1);
        tags.bump(&tag("pending"), Some(500_000), 1);
        tags.bump(&tag("pending"), Some(1_000_000), 1);
        assert_eq!(tags.sweep(1), 500_000);
        assert_eq!(tags.sweep(500_000), 1_000_000);
        for id in 0..100_000 {
            tags.stamp(&[tag(&format!("user:{id}"))], 1);
        }
        assert!(tags.len() < 5_000, "{} cells", tags.len());
        assert!(tags.is_current(&kept, 1));
        tags.bump(&tag("kept"), None, 1);
        assert!(!tags.is_current(&kept, 1));
        let pending = tags.stamp(&[tag("pending")], 1);
        assert!(!tags.is_current(&pending, 1_000_000));
    }
}
