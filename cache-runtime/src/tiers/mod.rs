//! The tiers of one cache, the flights above them, and each policy's place in them.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use crate::clock::Clock;
use crate::codec::{self, Encoding, Flaw};
use crate::counters::{Counters, Event};
use crate::flight::Flights;
use crate::key::Key;
use crate::key::{self, Tag};
use crate::policy::{Policy, Tier, Ttl};
use crate::scope::{self, CacheId, Standing};
use crate::store::Watch;
use crate::store::memory::{Limits, MemoryStore};
use crate::tiers::remote::{EntryAddress, Remote};
use crate::trouble::{Trouble, Troubles};
use crate::value::proof::Proof;
use crate::value::{Form, Stored};

pub(crate) use refusals::not_carried;

mod refusals;
pub(crate) mod remote;

// The local tier is one concrete store, so that a hit is a plain call. This is the only place that says which; the
// strategies know it as the local tier and by these names.
pub(crate) use crate::store::memory::{Grant, Incoming, Stamp};

/// What a cached `None` lives at most, unless `none_ttl` says otherwise.
const NONE_TTL: Duration = Duration::from_secs(30);

/// How old a copy of a shared entry becomes at most, unless `local_ttl` says otherwise.
const LOCAL_TTL: Duration = Duration::from_secs(60);

/// A wait for another's load is at least this long, however short the loads usually are: if it were not, a database
/// that answers five times slower than usual would be met with a load from everyone who waits.
const LEAST_WAIT: Duration = Duration::from_millis(250);

/// A lease on the shared tier is at least and at most so long: an extension is a round trip, and the lease of a process
/// that died keeps the others from storing.
const LEASE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// What keeps the copies in a process in step with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coherence {
    /// The server reports every change, and the copy ends. Where it cannot (it refuses `CLIENT TRACKING`, or a proxy is in
    /// between), no copies are kept.
    #[default]
    Push,
    /// The server reports every change, as with [`Push`](Self::Push); where it can be reached and reports none, copies are
    /// kept until `local_ttl` all the same. Callers may then see values as old as that, however they were invalidated.
    Ttl,
}

/// What may be kept while nothing tells of others' changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WithoutTracking {
    /// How old entries become while the shared tier is away; zero: none are made.
    pub(crate) outage_ttl: Duration,
    /// Whether copies are kept while it is there.
    pub(crate) coherence: Coherence,
}

pub(crate) struct Tiers {
    pub(crate) local: Arc<MemoryStore<Stored>>,
    pub(crate) flights: Arc<Flights>,
    /// The longest wait for another's load.
    pub(crate) max_wait: Duration,
    without_tracking: WithoutTracking,
    remote: OnceLock<Arc<Remote>>,
}

impl Tiers {
    pub(crate) fn new(
        limits: Limits,
        clock: Clock,
        max_wait: Duration,
        without_tracking: WithoutTracking,
    ) -> Arc<Self> {
        Arc::new(Self {
            local: MemoryStore::new(limits, clock),
            flights: Arc::new(Flights::new()),
            max_wait,
            without_tracking,
            remote: OnceLock::new(),
        })
    }

    /// Adds the shared tier, and keeps the local one in step with it from now on.
    pub(crate) fn share(self: &Arc<Self>, remote: Arc<Remote>) {
        let shared = Arc::clone(&remote);
        if self.remote.set(remote).is_ok() {
            shared.watch(Arc::new(InStep(Arc::downgrade(self))));
        }
    }

    pub(crate) fn remote(&self) -> Option<&Arc<Remote>> {
        self.remote.get()
    }

    pub(crate) fn coherence(&self) -> Coherence {
        self.without_tracking.coherence
    }

    /// What tells the cache of these tiers from others.
    pub(crate) fn id(&self) -> CacheId {
        std::ptr::from_ref(self).addr()
    }

    /// Ends every local entry with the tag. Flights compare the tag's version when someone wants to join.
    pub(crate) fn end_tag(&self, tag: &Tag, again: Option<Duration>) {
        self.local.bump(tag, again);
    }

    /// Ends every local entry.
    pub(crate) fn end_all(&self) {
        self.local.clear();
        self.flights.detach_all();
    }

    /// How large a value of the shared tier may be, in bytes.
    pub(crate) fn max_value(&self) -> usize {
        self.remote().map_or(0, |remote| remote.max_value())
    }

    /// How old an entry may become that this process keeps although the shared tier is away; `None` if it is not, or
    /// nothing may be kept. A server that can be asked but tells of no changes is not away.
    fn outage_keep(&self) -> Option<Duration> {
        let away = self.remote().is_some_and(|remote| !remote.is_reachable());
        let WithoutTracking { outage_ttl, .. } = self.without_tracking;
        (away && !outage_ttl.is_zero()).then_some(outage_ttl)
    }

    /// How old an entry that this process keeps may become; `None` if it may keep none. To be asked after the stamp was
    /// taken: what is lost from then on changes the versions.
    fn may_keep(&self) -> Option<Duration> {
        match self.remote() {
            Some(remote) if !remote.is_tracking() => self.outage_keep().or_else(|| {
                // Until `local_ttl`, which every copy has.
                let by_ttl =
                    remote.is_reachable() && self.without_tracking.coherence == Coherence::Ttl;
                by_ttl.then_some(Duration::MAX)
            }),
            _ => Some(Duration::MAX),
        }
    }
}

/// Keeps the local tier in step with the shared one.
struct InStep(Weak<Tiers>);

impl InStep {
    fn with(&self, act: impl FnOnce(&Tiers, &Remote)) {
        if let Some(tiers) = self.0.upgrade()
            && let Some(remote) = tiers.remote()
        {
            act(&tiers, remote);
        }
    }
}

impl Watch for InStep {
    fn restored(&self) {
        // What was kept until now may have been changed unseen. The versions change first, so that whoever finds that
        // changes are told has a stamp from after this.
        self.with(|tiers, remote| {
            tiers.local.clear();
            remote.set_tracking(true);
        });
    }

    fn changed(&self, key: &Key) {
        self.with(|tiers, remote| {
            tiers.local.invalidate(key);
            tiers.flights.doubt(key);
            remote.arrived(key);
        });
    }

    fn announced(&self, key: &Key) {
        self.with(|tiers, _| {
            tiers.local.invalidate(key);
            tiers.flights.detach(key);
        });
    }

    fn bumped(&self, tag: &Tag) {
        self.with(|tiers, _| tiers.end_tag(tag, None));
    }

    fn cleared(&self) {
        self.with(|tiers, _| tiers.end_all());
    }

    fn lost(&self) {
        // In this order: see `Tiers::may_keep`.
        self.with(|tiers, remote| {
            remote.set_tracking(false);
            tiers.local.clear();
        });
    }
}

/// What the operator changed about a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) ttl: Option<Duration>,
    pub(crate) off: bool,
}

impl Settings {
    /// Adds what was set later, which wins.
    pub(crate) fn then(self, later: Self) -> Self {
        Self { ttl: later.ttl.or(self.ttl), off: self.off || later.off }
    }
}

/// One policy in one cache.
pub(crate) struct PolicyState {
    pub(crate) policy: Policy,
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    pub(crate) troubles: Troubles,
    pub(crate) proof: Proof,
    pub(crate) tiers: Arc<Tiers>,
    /// The shapes of the tags, worked out when the first value goes to the shared tier.
    shapes: OnceLock<Box<[String]>>,
}

impl PolicyState {
    pub(crate) fn new(policy: Policy, settings: Settings, tiers: Arc<Tiers>) -> Self {
        let (counters, troubles) = (Counters::default(), Troubles::default());
        let (proof, shapes) = (Proof::default(), OnceLock::new());
        Self { policy, settings, counters, troubles, proof, tiers, shapes }
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

    /// The shared tier, if the policy has its entries there.
    pub(crate) fn remote(&self) -> Option<&Arc<Remote>> {
        self.tiers.remote().filter(|_| self.policy.tier != Tier::Local)
    }

    pub(crate) fn address(&self, key: &Key) -> EntryAddress {
        EntryAddress { tier: self.policy.tier, key: key.clone() }
    }

    /// Tells the encodings of this policy's values from all others; also from those with other tags, whose versions say
    /// nothing about these. Worked out each time: the instantiations of a generic function are one policy with several types.
    pub(crate) fn fingerprint(&self, form: &Form) -> u32 {
        let tags = self.policy.tags;
        let shapes =
            self.shapes.get_or_init(|| tags.iter().map(|template| key::shape(template)).collect());
        codec::with_tags(form.fingerprint(self.policy.version), shapes)
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

    /// How old a value may become that this process keeps because the shared tier is away; `None` if it may not.
    pub(crate) fn outage_keep(&self) -> Option<Duration> {
        // Strict reads have no copies, whatever happens.
        self.tiers.outage_keep().filter(|_| self.policy.tier != Tier::Remote)
    }

    /// Tells whether what others do to the policy's entries is told to this process. While the shared tier is away it is
    /// not, although others may reach it.
    pub(crate) fn is_tracking(&self) -> bool {
        self.tiers
            .remote()
            .is_none_or(|remote| remote.is_tracking() && self.policy.tier != Tier::Remote)
    }

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

    /// How long a load may extend its lease on the shared tier. What takes longer hangs, and while its lease stands no other
    /// process stores the entry.
    pub(crate) fn most_lease(&self) -> Duration {
        self.endurance().saturating_mul(5)
    }

    /// How long a load holds its lease on the shared tier before it is extended.
    pub(crate) fn lease(&self) -> Duration {
        let (least, most) = LEASE;
        self.counters.usual_load().map_or(least * 3, |usual| (usual * 4).clamp(least, most))
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

    /// Completes an invalidation whose local entry is removed already: nobody else joins the load under way.
    pub(crate) fn invalidated(&self, key: &Key) {
        self.counters.count(Event::Invalidation);
        self.tiers.flights.detach(key);
    }
}
