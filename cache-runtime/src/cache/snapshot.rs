//! The counters of a cache, as they are read.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::handle::Cache;
use super::health::SharedSnapshot;
use crate::counters::Event;
use crate::store::memory::Counted;
use crate::tiers::PolicyState;
use crate::trouble::Trouble;

/// The counters of a cache at one moment, since it was built.
///
/// Serializes as JSON with these names; displays as a table.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Entries in the local tier that are alive: counted one by one, at 10 ns each.
    pub entries: u64,
    /// Entries in the local tier that have expired, or that a tag has ended, and whose memory is not given back yet. That
    /// takes a second or so.
    pub dead: u64,
    /// What all of these take, in bytes, as [`max_bytes`](crate::CacheBuilder::max_bytes) counts them.
    pub bytes: u64,
    /// Entries that were evicted to make room.
    pub evictions: u64,
    /// The shared tier, if there is one.
    pub shared: Option<SharedSnapshot>,
    /// The policies that were used so far, by name.
    pub policies: Vec<PolicySnapshot>,
}

/// The counters of one policy.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PolicySnapshot {
    /// The function's name.
    pub name: &'static str,
    /// The module that holds the function.
    pub module: &'static str,
    /// Calls answered with a value from the cache.
    pub hits: u64,
    /// Calls answered with a cached `None`.
    pub negative_hits: u64,
    /// Calls answered from the shared tier, among them those with a cached `None`.
    pub remote_hits: u64,
    /// Calls that found no fresh entry.
    pub misses: u64,
    /// Bodies that ran to their end.
    pub loads: u64,
    /// Loads that returned an error.
    pub load_errors: u64,
    /// Loads that panicked.
    pub load_panics: u64,
    /// Loads whose caller was cancelled.
    pub load_cancelled: u64,
    /// Loads that their callers kept without polling them, as in `buffered`, so that somebody who waited took over.
    pub load_parked: u64,
    /// The load time that half of the loads stayed below, in microseconds, rounded up to a power of two times 64.
    pub load_time_p50_us: Option<u64>,
    /// The load time that 99 of 100 loads stayed below, in microseconds, rounded up to a power of two times 64.
    pub load_time_p99_us: Option<u64>,
    /// Waits for a load of another process, by policies with `strategy = "lock"`.
    pub lease_waits: u64,
    /// Calls that waited for a load that was under way.
    pub joins: u64,
    /// Waits given up because the load took too long.
    pub wait_timeouts: u64,
    /// Waits not begun because they would have closed a circle.
    pub wait_cycles: u64,
    /// Waits not begun because too many waited already.
    pub wait_refused: u64,
    /// Loaded values that were stored.
    pub fills: u64,
    /// Loaded values that were not stored, by reason.
    pub refused: Refused,
    /// Calls that left the cache aside: `when`, a `bypass` scope, a policy that is off.
    pub bypasses: u64,
    /// Calls whose key was longer than 1 KiB.
    pub key_too_long: u64,
    /// Entries found under the key that hold another type: two functions share a key.
    pub type_mismatches: u64,
    /// Bytes in the shared tier that are no value of the function, although they should be.
    pub decode_failures: u64,
    /// Invalidations of single entries.
    pub invalidations: u64,
    /// Values that a write left in the cache.
    pub writes_through: u64,
    /// What keeps the policy from doing its work, and how often it happened.
    pub troubles: BTreeMap<Trouble, u64>,
}

/// Loaded values that were not stored, by reason.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Refused {
    /// An invalidation or a write of the key overtook the load.
    pub overtaken: u64,
    /// One of the tags was invalidated, or the cache cleared, during the load.
    pub tag_overtaken: u64,
    /// Another load or a writer held the key.
    pub busy: u64,
    /// The ttl came out as zero.
    pub zero_ttl: u64,
    /// `store_if` said no.
    pub store_if: u64,
    /// The closure that is its `ttl` or `store_if` panicked.
    pub panicked: u64,
    /// The value was too large for the store.
    pub too_large: u64,
    /// The value does not survive its encoding.
    pub codec: u64,
    /// The shared tier did not answer.
    pub unavailable: u64,
    /// Another program holds the key in the shared tier.
    pub foreign: u64,
    /// The stored value was of another version of the function, and too new to be written over. The process keeps what it
    /// loaded for itself.
    pub other_version: u64,
}

impl Cache {
    /// Reads the counters.
    ///
    /// Each is exact; read while calls are under way they are a moment's view.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// square(3).await;
    /// let counters = &cache.snapshot().policies[0];
    /// assert_eq!((counters.name, counters.misses, counters.hits), ("square", 1, 1));
    /// assert_eq!(counters.hit_ratio(), Some(0.5));
    /// # });
    /// ```
    #[must_use]
    #[doc(alias("metrics", "stats"))]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.policies();
        let Counted { live, dead, bytes } = self.0.tiers.local.count();
        Snapshot {
            entries: live,
            dead,
            bytes,
            evictions: self.0.tiers.local.evictions(),
            shared: SharedSnapshot::of(&self.0.tiers),
            policies: state.iter().map(|state| PolicySnapshot::of(state)).collect(),
        }
    }
}

impl PolicySnapshot {
    fn of(state: &PolicyState) -> Self {
        let sum = |event| state.counters.sum(event);
        let load_time = |share| {
            let time: Option<Duration> = state.counters.load_time(share);
            time.and_then(|time| u64::try_from(time.as_micros()).ok())
        };
        Self {
            name: state.policy.name,
            module: state.policy.module,
            hits: sum(Event::Hit),
            negative_hits: sum(Event::NegativeHit),
            remote_hits: sum(Event::RemoteHit),
            // A call that the local tier does not answer goes on to the shared one.
            misses: sum(Event::Miss).saturating_sub(sum(Event::RemoteHit)),
            loads: sum(Event::Load),
            load_errors: sum(Event::LoadError),
            load_panics: sum(Event::LoadPanic),
            load_cancelled: sum(Event::LoadCancelled),
            load_parked: sum(Event::LoadParked),
            load_time_p50_us: load_time(0.5),
            load_time_p99_us: load_time(0.99),
            lease_waits: sum(Event::LeaseWait),
            joins: sum(Event::Join),
            wait_timeouts: sum(Event::WaitTimeout),
            wait_cycles: sum(Event::WaitCycle),
            wait_refused: sum(Event::WaitRefused),
            fills: sum(Event::Fill),
            refused: Refused {
                overtaken: sum(Event::RefusedOvertaken),
                tag_overtaken: sum(Event::RefusedTagOvertaken),
                busy: sum(Event::RefusedBusy),
                zero_ttl: sum(Event::RefusedZeroTtl),
                store_if: sum(Event::RefusedStoreIf),
                panicked: sum(Event::RefusedPanicked),
                too_large: sum(Event::RefusedTooLarge),
                codec: sum(Event::RefusedCodec),
                unavailable: sum(Event::RefusedUnavailable),
                foreign: sum(Event::RefusedForeign),
                other_version: sum(Event::RefusedOtherVersion),
            },
            bypasses: sum(Event::Bypass),
            key_too_long: sum(Event::KeyTooLong),
            type_mismatches: sum(Event::TypeMismatch),
            decode_failures: sum(Event::DecodeFailure),
            invalidations: sum(Event::Invalidation),
            writes_through: sum(Event::WriteThrough),
            troubles: state.troubles.list().collect(),
        }
    }

    /// The share of calls that were answered from the cache, from 0 to 1; `None` before the first call.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    #[doc(alias = "hit rate")]
    pub fn hit_ratio(&self) -> Option<f64> {
        let hits = self.hits + self.negative_hits + self.remote_hits;
        let calls = hits + self.misses;
        (calls > 0).then(|| hits as f64 / calls as f64)
    }
}

impl Refused {
    /// All loaded values that were not stored.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self { overtaken, tag_overtaken, busy, zero_ttl, store_if, panicked, .. } = self;
        let Self { too_large, codec, unavailable, foreign, other_version, .. } = self;
        let of_the_load = overtaken + tag_overtaken + busy + zero_ttl + store_if + panicked;
        of_the_load + too_large + codec + unavailable + foreign + other_version
    }
}

impl Snapshot {
    /// A policy's name, behind the modules if another function has it as well.
    fn shown(&self, policy: &PolicySnapshot) -> String {
        let PolicySnapshot { name, module, .. } = policy;
        let others =
            self.policies.iter().filter(|other| other.name == *name && other.module != *module);
        if others.count() == 0 { (*name).to_owned() } else { format!("{module}::{name}") }
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.policies.iter().map(|policy| self.shown(policy)).collect();
        let width = names.iter().map(String::len).max().unwrap_or(0).max(6);
        writeln!(
            f,
            "{:width$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "policy",
            "hits",
            "remote",
            "negative",
            "misses",
            "loads",
            "errors",
            "joins",
            "refused",
            "dropped",
        )?;
        for (policy, name) in self.policies.iter().zip(&names) {
            writeln!(
                f,
                "{:width$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
                name,
                policy.hits,
                policy.remote_hits,
                policy.negative_hits,
                policy.misses,
                policy.loads,
                policy.load_errors,
                policy.joins,
                policy.refused.total(),
                policy.invalidations,
            )?;
        }
        let Self { entries, dead, bytes, evictions, .. } = self;
        write!(f, "{entries} entries, {dead} dead, {bytes} bytes, {evictions} evictions")?;
        let Some(shared) = self.shared else { return Ok(()) };
        write!(f, "\n{shared}")
    }
}
