//! The counters of a cache, as they are read.

use std::fmt;

use serde::Serialize;

use super::handle::Cache;
use super::health::RemoteSnapshot;
use super::policy_snapshot::PolicySnapshot;
use crate::store::memory::Counted;

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
    /// The remote tier, if there is one.
    pub remote: Option<RemoteSnapshot>,
    /// The policies that were used so far, by name.
    pub policies: Vec<PolicySnapshot>,
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
    #[doc(alias("metrics", "stats"))]
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let state = self.policies();
        let Counted { live, dead, bytes } = self.0.tiers.local.count();
        Snapshot {
            entries: live,
            dead,
            bytes,
            evictions: self.0.tiers.local.evictions(),
            remote: RemoteSnapshot::of(&self.0.tiers),
            policies: state.iter().map(|state| PolicySnapshot::of(state)).collect(),
        }
    }
}

impl Snapshot {
    /// A policy's name, behind the modules if another function has it as well, and in front of the key if one of the
    /// same module has.
    fn shown(&self, policy: &PolicySnapshot) -> String {
        let PolicySnapshot { name, module, key, .. } = policy;
        let named = || self.policies.iter().filter(|other| other.name == *name);
        let elsewhere = named().any(|other| other.module != *module);
        let beside = named().any(|other| other.module == *module && other.key != *key);
        let modules = if elsewhere { format!("{module}::") } else { String::new() };
        let key = if beside { format!(" {key}") } else { String::new() };
        format!("{modules}{name}{key}")
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
        let Some(remote) = self.remote else { return Ok(()) };
        write!(f, "\n{remote}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_one_name_are_told_apart() {
        let policy =
            |module, name, key| PolicySnapshot { name, module, key, ..PolicySnapshot::default() };
        let snapshot = Snapshot {
            entries: 0,
            dead: 0,
            bytes: 0,
            evictions: 0,
            remote: None,
            policies: vec![
                policy("shop", "count", "users"),
                policy("shop", "count", "posts"),
                policy("shop::users", "get", "user:<id>"),
                policy("shop::posts", "get", "post:<id>"),
                policy("shop", "find", "found:<id>"),
            ],
        };
        let shown: Vec<_> = snapshot.policies.iter().map(|policy| snapshot.shown(policy)).collect();
        let names = ["count users", "count posts", "shop::users::get", "shop::posts::get", "find"];
        assert_eq!(shown, names);
    }
}
