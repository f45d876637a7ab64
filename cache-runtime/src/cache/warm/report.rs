//! The report of a warm, while it runs and at its end.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::outcome::Reason;
use crate::scope::Watch;

/// What the reasons of `unstored` say where the entry is another cache's.
const ELSEWHERE: &str = "the function uses another cache than the one that is warmed";

/// The report of a [warm](crate::Cache::warm): what became of its ids so far, or of all of them.
///
/// Of the ids that are `done`, each is counted once: as skipped, hit, joined, loaded, unstored or failed. Displays as one
/// line. No id and no error is kept here; [`on_error`](crate::Warm::on_error) has both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warmed {
    /// Ids that are done, those that were skipped among them.
    pub done: u64,
    /// All ids, if the iterator says exactly how many there are, or is at its end.
    pub total: Option<u64>,
    /// Ids that were [done before](crate::Warm::resume).
    pub skipped: u64,
    /// Ids whose entry was there already.
    pub hit: u64,
    /// Ids that somebody else was loading, whose value was waited for. Whether it was stored is in the report of the one
    /// who loaded it, if that is a warm, and in the [snapshot](crate::Cache::snapshot).
    pub joined: u64,
    /// Ids that were loaded and stored.
    pub loaded: u64,
    /// Ids whose call succeeded, but left no entry in this cache's tiers, by reason, as
    /// [`Outcome::reason`](crate::Outcome::reason) words it: the value is too large, the remote tier did not answer, an
    /// invalidation overtook the load, the policy is switched off.
    pub unstored: BTreeMap<&'static str, u64>,
    /// Ids whose call returned an error.
    pub failed: u64,
    /// How long it has run, on the cache's clock, when the last of these was done.
    pub elapsed: Duration,
    /// How many of the first ids are done, all of them: what [`resume`](crate::Warm::resume) takes. Of ids that are loaded
    /// at the same time some may be done beyond it.
    pub resume: u64,
}

impl Warmed {
    /// The ids done in a second, on average, without those that were skipped; `None` until time has passed.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact to fifteen digits is enough of a rate")]
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.elapsed.as_secs_f64();
        (seconds > 0.0).then(|| self.made() as f64 / seconds)
    }

    /// The time that the rest takes at this [rate](Self::rate); `None` until time has passed and an id is done, or if the
    /// total is not known.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// # use std::time::Duration;
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let slow = |n| {
    ///     cache.clock().advance(Duration::from_millis(500));
    ///     square(n)
    /// };
    /// let warm = cache.warm(0..100, slow).concurrency(1);
    /// warm.progress(|warmed| {
    ///     assert_eq!(warmed.rate(), Some(2.0));
    ///     let left = Duration::from_millis(500 * (100 - warmed.done));
    ///     assert_eq!(warmed.time_left(), Some(left));
    /// })
    /// .await;
    /// # });
    /// ```
    #[must_use]
    #[doc(alias = "eta")]
    pub fn time_left(&self) -> Option<Duration> {
        let left = u128::from(self.total?.saturating_sub(self.done));
        let nanos = self.elapsed.as_nanos().saturating_mul(left);
        let nanos = nanos.checked_div(u128::from(self.made()))?;
        (!self.elapsed.is_zero())
            .then(|| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// The ids that this warm has done itself.
    fn made(&self) -> u64 {
        self.done.saturating_sub(self.skipped)
    }

    /// Counts an id by what became of its call, which may be known to have returned an error.
    pub(super) fn count(&mut self, watch: &Watch, is_error: bool) {
        self.done += 1;
        let outcome = watch.outcome;
        match outcome.cause() {
            _ if is_error => self.failed += 1,
            Some(Reason::LoadFailed) => self.failed += 1,
            _ if watch.elsewhere => self.left_out(ELSEWHERE),
            _ if outcome.is_hit() || outcome.is_stale() => self.hit += 1,
            Some(Reason::Joined) => self.joined += 1,
            Some(Reason::Loaded) => self.loaded += 1,
            _ => self.left_out(outcome.reason()),
        }
    }

    fn left_out(&mut self, reason: &'static str) {
        *self.unstored.entry(reason).or_default() += 1;
    }
}

impl fmt::Display for Warmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, total, skipped, hit, joined, loaded, failed, .. } = self;
        write!(f, "{done}")?;
        if let Some(total) = total {
            write!(f, " of {total}")?;
        }
        write!(f, " done: {hit} hit, {loaded} loaded, {failed} failed")?;
        for (count, what) in [(joined, "joined"), (skipped, "skipped")] {
            if *count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        self.unstored.iter().try_for_each(|(reason, count)| write!(f, "; {count} {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64, done: u64) -> Warmed {
        let elapsed = Duration::from_secs(seconds);
        Warmed { done, elapsed, total: Some(1_000), skipped: 100, ..Warmed::default() }
    }

    #[test]
    fn the_time_that_is_left_follows_from_the_ids_that_were_not_skipped() {
        let warmed = after(10, 350);
        assert_eq!(warmed.rate(), Some(25.0));
        assert_eq!(warmed.time_left(), Some(Duration::from_secs(26)));
        assert_eq!(after(10, 1_000).time_left(), Some(Duration::ZERO));
    }

    #[test]
    fn no_time_is_left_to_be_told_of_before_any_has_passed_or_without_a_total() {
        assert_eq!((after(0, 350).rate(), after(0, 350).time_left()), (None, None));
        assert_eq!(after(10, 100).time_left(), None, "nothing was done but skipped");
        assert_eq!(Warmed { total: None, ..after(10, 350) }.time_left(), None);
    }

    #[test]
    fn a_report_is_one_line_without_what_did_not_happen() {
        let unstored = BTreeMap::from([("bypassed by the call", 2)]);
        let warmed = Warmed { loaded: 250, joined: 1, unstored, ..after(10, 353) };
        assert_eq!(
            warmed.to_string(),
            "353 of 1000 done: 0 hit, 250 loaded, 0 failed, 1 joined, 100 skipped; 2 bypassed by the call"
        );
        let warmed = Warmed { done: 7, hit: 7, ..Warmed::default() };
        assert_eq!(warmed.to_string(), "7 done: 7 hit, 0 loaded, 0 failed");
    }
}
