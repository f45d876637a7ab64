//! The times of a policy: how long its callers wait, its leases stand, its entries live.

use std::time::Duration;

use super::policy_state::PolicyState;
use crate::policy::{Life, LoadRules, Stands, Ttl};
use crate::store::{Envelope, Format};
use crate::token::Token;

/// What a cached `None` lives at most, unless `none_ttl` says otherwise.
const NONE_TTL: Duration = Duration::from_secs(30);

/// A wait for another's load is at least this long, however short the loads usually are: if it were not, a database
/// that answers five times slower than usual would be met with a load from everyone who waits.
const LEAST_WAIT: Duration = Duration::from_millis(250);

/// A lease on the remote tier is at least and at most so long: an extension is a round trip, and the lease of a process
/// that died keeps the others from storing.
const LEASE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// How long the next load waits after one that has failed, give or take a tenth.
const PAUSE: Duration = Duration::from_secs(30);

impl PolicyState {
    /// How long a caller waits for another's load, and how long the load holds its lease against others.
    pub(crate) fn patience(&self) -> Duration {
        let most = self.tiers.max_wait;
        self.counters.usual_load().map_or(most, |usual| (usual * 4).max(LEAST_WAIT).min(most))
    }

    /// How long a load stays the one that others wait for while loads beside it fail.
    pub(crate) fn endurance(&self) -> Duration {
        let usual = self.counters.usual_load().unwrap_or_default();
        self.tiers.max_wait.max(usual).saturating_mul(4)
    }

    /// How long a load may extend its lease on the remote tier. What takes longer hangs, and while its lease stands no other
    /// process stores the entry.
    pub(crate) fn most_lease(&self) -> Duration {
        self.endurance().saturating_mul(5)
    }

    /// How long a load holds its lease on the remote tier before it is extended.
    pub(crate) fn lease(&self) -> Duration {
        let (least, most) = LEASE;
        self.counters.usual_load().map_or(least * 3, |usual| (usual * 4).clamp(least, most))
    }

    /// The life of a value that is in the remote tier, as this policy reads it.
    pub(crate) fn life_of(&self, envelope: &Envelope) -> Life<Duration> {
        let Envelope { age, fresh, stale, .. } = *envelope;
        let negative = envelope.format.flags & Format::NEGATIVE != 0;
        let whole = age.saturating_add(fresh).saturating_sub(stale);
        self.life(Stands { age, whole, fresh, stale, negative })
    }

    /// The life of a value from now on.
    pub(crate) fn life(&self, value: Stands) -> Life<Duration> {
        self.rules.life(value, self.ttl(None))
    }

    /// How often a hit renews a ttl, and how long that is then.
    pub(crate) fn renewal(&self) -> (Duration, Duration) {
        let ttl = self.ttl(None);
        (LoadRules::renewal(ttl), ttl)
    }

    /// How long the next load waits after one that has failed, if there is a value to serve meanwhile. Not the same each time:
    /// entries whose source was away must not all be loaded in one moment when it is back.
    pub(crate) fn pause(token: Token) -> Duration {
        let share = u32::try_from(token.to_bits() % 200).unwrap_or(0);
        PAUSE / 10 * 9 + PAUSE / 1_000 * share
    }

    /// The lifetime of a value; `computed` is what the attribute's expression came to, if it has one.
    pub(crate) fn ttl(&self, computed: Option<Duration>) -> Duration {
        match (self.settings.ttl, computed, self.policy.ttl) {
            (Some(ttl), ..) | (None, Some(ttl), _) | (None, None, Ttl::Fixed(ttl)) => ttl,
            (None, None, Ttl::Computed) => Duration::ZERO,
        }
    }

    /// The lifetime of a cached `None`. What the operator sets for values is the most for these too.
    pub(crate) fn none_ttl(&self, computed: Option<Duration>) -> Duration {
        let ttl = self.policy.none_ttl.unwrap_or_else(|| match (computed, self.policy.ttl) {
            // A ttl that is computed from the value has nothing to say of its absence.
            (None, Ttl::Computed) => NONE_TTL,
            _ => self.ttl(computed).min(NONE_TTL),
        });
        self.settings.ttl.map_or(ttl, |most| ttl.min(most))
    }
}
