//! The state of one policy in one cache: its counters, its settings, and its part of the tiers.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::remote::{EntryAddress, Remote};
use super::settings::Settings;
use super::stack::Tiers;
use crate::codec::{self, Encoding, Flaw};
use crate::counters::Counters;
use crate::key::{self, Key, Tag};
use crate::policy::{LoadRules, Policy, Tier};
use crate::scope::{self, Standing};
use crate::trouble::{Trouble, Troubles};
use crate::value::ErasedCodec;
use crate::value::proof::Proof;

/// How old a copy of a shared entry becomes at most, unless `local_ttl` says otherwise.
const LOCAL_TTL: Duration = Duration::from_secs(60);

/// One policy in one cache.
pub(crate) struct PolicyState {
    pub(crate) policy: Policy,
    pub(crate) rules: LoadRules,
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    pub(crate) troubles: Troubles,
    pub(crate) proof: Proof,
    pub(crate) tiers: Arc<Tiers>,
    /// The shapes of the tags, worked out when the first value goes to the remote tier.
    shapes: OnceLock<Box<[String]>>,
}

impl PolicyState {
    pub(crate) fn new(policy: Policy, settings: Settings, tiers: Arc<Tiers>) -> Self {
        let (counters, troubles) = (Counters::default(), Troubles::default());
        let (proof, shapes) = (Proof::default(), OnceLock::new());
        let rules = policy.rules();
        Self { policy, rules, settings, counters, troubles, proof, tiers, shapes }
    }

    /// Counts what keeps the policy from doing its work, and warns of it once a minute at most. `what` says what happened
    /// and what to do, for the log: no arguments of calls, no values.
    #[cold]
    pub(crate) fn trouble(&self, trouble: Trouble, what: impl FnOnce() -> String) {
        let told = self.troubles.count(trouble);
        // Said each time: what `health` advises is of the last time, which may have had another cause.
        let what = what();
        self.troubles.said(trouble, &what);
        if let Some(times) = told {
            let Policy { module, name, .. } = self.policy;
            tracing::warn!(policy = %format_args!("{module}::{name}"), %trouble, times, "{what}");
        }
    }

    /// Tells whether a write around the call has touched the entry.
    pub(crate) fn is_written_around(&self, key: &Key, tags: &[Tag]) -> bool {
        let cache = self.tiers.id();
        match scope::standing(cache, key.as_bytes()) {
            Standing::Untouched => false,
            Standing::ByTags => scope::has_written(cache, tags),
            Standing::Touched => true,
        }
    }

    /// Tells of a value that is not stored, because it would not come back as it is.
    pub(crate) fn refused(&self, flaw: Flaw) {
        self.proof.failed(&self.policy, flaw);
        self.trouble(flaw.trouble(), || {
            let (value, cause, advice) = (self.policy.value, flaw.cause(), flaw.advice());
            format!("a value of type `{value}` is not cached: {cause}; {advice}")
        });
    }

    /// The remote tier, if the policy has its entries there.
    pub(crate) fn remote(&self) -> Option<&Arc<Remote>> {
        self.tiers.remote().filter(|_| self.policy.tier != Tier::Local)
    }

    pub(crate) fn address(&self, key: &Key) -> EntryAddress {
        EntryAddress { tier: self.policy.tier, key: key.clone() }
    }

    /// Tells the encodings of this policy's values from all others; also from those with other tags, whose versions say
    /// nothing about these. Worked out each time: the instantiations of a generic function are one policy with several types.
    pub(crate) fn fingerprint(&self, erased_codec: &ErasedCodec) -> u32 {
        let tags = self.policy.tags;
        let shapes =
            self.shapes.get_or_init(|| tags.iter().map(|template| key::shape(template)).collect());
        codec::with_tags(erased_codec.fingerprint(self.policy.version), shapes)
    }

    pub(crate) fn encoding(&self) -> Encoding {
        Encoding { codec: self.policy.codec, compression: self.policy.compression }
    }

    /// How old a local entry of this policy may become; `None` if none may be kept. To be asked after the stamp was
    /// taken.
    pub(crate) fn may_keep(&self) -> Option<Duration> {
        let most = self.tiers.may_keep()?;
        match (self.policy.tier, self.tiers.remote()) {
            (Tier::Remote, Some(_)) => None,
            (Tier::All, Some(_)) => Some(most.min(self.policy.local_ttl.unwrap_or(LOCAL_TTL))),
            _ => Some(most),
        }
    }

    /// How old a value may become that this process keeps because the remote tier is away; `None` if it may not.
    pub(crate) fn outage_keep(&self) -> Option<Duration> {
        // Strict reads have no copies, whatever happens.
        self.tiers.outage_keep().filter(|_| self.policy.tier != Tier::Remote)
    }

    /// Tells whether what others do to the policy's entries is told to this process. While the remote tier is away it is
    /// not, although others may reach it.
    pub(crate) fn is_tracking(&self) -> bool {
        self.tiers
            .remote()
            .is_none_or(|remote| remote.is_tracking() && self.policy.tier != Tier::Remote)
    }
}
