//! What a policy's strategy and freshness mean for its loads, as data that the pipeline of `load` reads.

use std::time::Duration;

use super::freshness::Life;
use super::options::Strategy;
use super::reader::Policy;

/// The share of the ttl, in thousandths, after which `strategy = "refresh_ahead"` refreshes.
const REFRESH_AHEAD: u16 = 800;

/// How often a hit renews the ttl of a sliding entry: once in this part of the ttl.
const RENEWALS: u32 = 10;

/// The rules for the loads and the entries of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadRules {
    /// Of the misses of several processes one loads, and the others wait for it.
    pub(crate) waits_for_other_processes: bool,
    /// How long a call waits for a refresh before it is given the stale value.
    pub(crate) patience: Duration,
    /// How long a call waits for its load.
    pub(crate) hard_timeout: Option<Duration>,
    /// How long after its load a value lives at most if each hit renews its ttl.
    pub(crate) sliding: Option<Duration>,
    refresh_ahead: Option<u16>,
    /// `None`: as long as the ttl.
    while_revalidate: Option<Duration>,
    on_error: Duration,
}

impl Policy {
    /// The rules that the strategy and the options come to.
    pub(crate) fn rules(&self) -> LoadRules {
        let fresh = &self.freshness;
        let window = fresh.stale_while_revalidate();
        let ahead = matches!(self.strategy, Strategy::RefreshAhead).then_some(REFRESH_AHEAD);
        let for_its_ttl =
            matches!(self.strategy, Strategy::StaleWhileRevalidate) && window.is_zero();
        LoadRules {
            waits_for_other_processes: matches!(self.strategy, Strategy::Lock),
            patience: fresh.patience(),
            hard_timeout: fresh.hard_timeout(),
            sliding: fresh.sliding(),
            refresh_ahead: fresh.refresh_ahead().or(ahead),
            while_revalidate: (!for_its_ttl).then_some(window),
            on_error: fresh.stale_if_error(),
        }
    }
}

impl LoadRules {
    /// Tells whether a value may be served if its load fails.
    pub(crate) fn serves_on_error(&self) -> bool {
        !self.on_error.is_zero()
    }

    /// Tells whether there is more to a stored value than that it is fresh or not.
    pub(crate) fn ages(&self) -> bool {
        self.refresh_ahead.is_some()
            || self.sliding.is_some()
            || self.serves_on_error()
            || self.while_revalidate.is_none_or(|window| !window.is_zero())
    }

    /// The life of a value from now on; `ttl` is what the policy gives to a value now. A stored `None` has no windows: what was missing is more likely to be there.
    pub(crate) fn life(&self, value: Stands, ttl: Duration) -> Life<Duration> {
        let Stands { age, whole, fresh, stale, negative } = value;
        let renewable = self.sliding.map_or(Duration::ZERO, |most| most.saturating_sub(age));
        let due = if renewable > fresh {
            // It was renewed when it had its ttl to go.
            (ttl / RENEWALS).saturating_sub(ttl.saturating_sub(fresh))
        } else if let Some(share) = self.refresh_ahead {
            let share = whole.saturating_mul(share.into()) / 1_000;
            share.saturating_sub(whole.saturating_sub(fresh))
        } else {
            fresh
        };
        let left = |window: Duration| fresh.saturating_add(window).saturating_sub(stale);
        let (while_revalidate, on_error) = if negative {
            (Duration::ZERO, Duration::ZERO)
        } else {
            // As long as the ttl, of which a mark may have left less.
            (self.while_revalidate.unwrap_or(whole.max(ttl)), self.on_error)
        };
        Life {
            due: due.min(fresh),
            stale: fresh,
            on_error: left(while_revalidate),
            over: left(while_revalidate.max(on_error)),
            renewable,
        }
    }

    /// After what time a renewed value is due to be renewed once more.
    pub(crate) fn renewal(ttl: Duration) -> Duration {
        ttl / RENEWALS
    }
}

/// How old a stored value is, and how far its ttl is gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stands {
    /// How long ago its load began.
    pub(crate) age: Duration,
    /// The ttl that it was given.
    pub(crate) whole: Duration,
    /// When its ttl is over.
    pub(crate) fresh: Duration,
    /// Since when it is.
    pub(crate) stale: Duration,
    /// It is a stored `None`.
    pub(crate) negative: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Phase;

    const MS: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    fn policy() -> Policy {
        Policy::new("get", "shop", "get", "u8", 10_000)
    }

    fn stands(age: Duration) -> Stands {
        let ttl = 10 * SECOND;
        let (fresh, stale) = (ttl.saturating_sub(age), age.saturating_sub(ttl));
        Stands { age, whole: ttl, fresh, stale, negative: false }
    }

    /// The phase of a value of that age, as one that is read then tells it, and as one that was read at once.
    fn phases(policy: Policy, age: Duration) -> (Phase, Phase) {
        let rules = policy.rules();
        let now = rules.life(stands(age), 10 * SECOND).phase(Duration::ZERO);
        (now, rules.life(stands(Duration::ZERO), 10 * SECOND).phase(age))
    }

    fn assert_boundary(policy: Policy, at: Duration, before: Phase, after: Phase) {
        for (age, phase) in [(at.saturating_sub(MS), before), (at, after), (at + MS, after)] {
            assert_eq!(phases(policy, age), (phase, phase), "{age:?} old");
        }
    }

    #[test]
    fn a_value_is_over_when_its_ttl_is() {
        assert_boundary(policy(), 10 * SECOND, Phase::Fresh, Phase::Over);
        assert!(!policy().rules().ages());
    }

    #[test]
    fn a_share_of_the_ttl_is_of_all_of_it() {
        let ahead = policy().refresh_ahead(750);
        assert_boundary(ahead, 7_500 * MS, Phase::Fresh, Phase::Due);
        assert_boundary(ahead, 10 * SECOND, Phase::Due, Phase::Over);
        let by_strategy = policy().strategy(Strategy::RefreshAhead);
        assert_boundary(by_strategy, 8 * SECOND, Phase::Fresh, Phase::Due);
        assert_boundary(by_strategy.refresh_ahead(500), 5 * SECOND, Phase::Fresh, Phase::Due);
    }

    #[test]
    fn windows_begin_when_the_ttl_is_over() {
        let both = policy().stale_while_revalidate_ms(3_000).stale_if_error_ms(7_000);
        assert_boundary(both, 10 * SECOND, Phase::Fresh, Phase::Stale);
        assert_boundary(both, 13 * SECOND, Phase::Stale, Phase::OnError);
        assert_boundary(both, 17 * SECOND, Phase::OnError, Phase::Over);
        let by_strategy = policy().strategy(Strategy::StaleWhileRevalidate);
        assert_boundary(by_strategy, 20 * SECOND, Phase::Stale, Phase::Over);
        let shorter = by_strategy.stale_while_revalidate_ms(3_000);
        assert_boundary(shorter, 13 * SECOND, Phase::Stale, Phase::Over);
    }

    #[test]
    fn a_stored_none_has_no_windows() {
        let both = policy().stale_while_revalidate_ms(3_000).stale_if_error_ms(7_000);
        let none = Stands { negative: true, ..stands(Duration::ZERO) };
        let life = both.rules().life(none, 10 * SECOND);
        assert_eq!(life.phase(10 * SECOND), Phase::Over);
    }

    #[test]
    fn a_sliding_value_is_due_once_in_a_tenth_of_its_ttl_and_renewed_to_the_end_only() {
        let sliding = policy().sliding_ms(15_000);
        assert_boundary(sliding, SECOND, Phase::Fresh, Phase::Due);
        let life = sliding.rules().life(stands(4 * SECOND), 10 * SECOND);
        assert_eq!(life.renewable, 11 * SECOND);
        let last = Stands { age: 8 * SECOND, ..stands(Duration::ZERO) };
        assert_eq!(
            sliding.rules().life(last, 10 * SECOND).due,
            10 * SECOND,
            "there is nothing to renew"
        );
    }
}
