//! Whether a cache does its work, and what keeps it from that.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::handle::Cache;
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::store::Health;
use crate::tiers::{Coherence, PolicyState, Tiers};
use crate::timer::until;
use crate::trouble::{Known, Trouble};

/// For so long after it happened last a trouble keeps a cache from being healthy.
const RECENT: Duration = Duration::from_secs(60);

/// Whether a cache does its work; see [`Cache::health`].
///
/// Serializes as JSON with these names; displays as one line for each thing that is wrong.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CacheHealth {
    /// The remote tier, if there is one.
    pub remote: Option<RemoteSnapshot>,
    /// What has kept policies from doing their work since the cache was built, by policy.
    pub troubles: Vec<PolicyTrouble>,
}

/// What kept a policy from doing its work.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PolicyTrouble {
    /// The function's name.
    pub name: &'static str,
    /// The module that holds the function.
    pub module: &'static str,
    /// What it was.
    pub trouble: Trouble,
    /// How often it happened.
    pub times: u64,
    /// How many seconds ago it happened last.
    pub seconds_ago: u64,
    /// What happened, why, and what to do: as in the log.
    pub advice: String,
}

/// How well the remote tier can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RemoteState {
    /// It does all that is needed.
    Serving,
    /// It answers, but does not do all that is needed: it is full, or reports no changes.
    Degraded,
    /// Nothing is cached there: requests fail at once, and functions run uncached.
    Away,
}

/// The state of the remote tier.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct RemoteSnapshot {
    /// How well it can be used.
    pub state: RemoteState,
    /// What is wrong with it, if that is known. Displays with what to do about it.
    pub fault: Option<Fault>,
    /// Changes are told to this process, so that it may keep copies. False on a server that is reachable but refuses
    /// `CLIENT TRACKING`: then every hit asks it, but with [`Coherence::Ttl`](crate::Coherence::Ttl).
    pub tracking: bool,
    /// This process keeps what it reads there: because changes are told, or because somebody wants it for a time without
    /// ([`Coherence::Ttl`](crate::Coherence::Ttl), or `outage_ttl` while the server is away).
    pub copies: bool,
    /// How often the server became unreachable.
    pub losses: u64,
    /// Requests that were not answered in time.
    pub timeouts: u64,
    /// Invalidations that the server has not acknowledged, and that are to be sent again.
    pub owed: u64,
    /// How often there were too many invalidations to remember, so that everything was invalidated instead.
    pub overflows: u64,
}

impl RemoteSnapshot {
    pub(super) fn of(tiers: &Tiers) -> Option<Self> {
        let remote = tiers.remote()?;
        let Health { reachable, losses, timeouts, fault, .. } = remote.store().health();
        let by_ttl = tiers.coherence() == Coherence::Ttl;
        // The copies that there are without reports are those that somebody asked for.
        let fault = fault.filter(|fault| !(by_ttl && matches!(fault, Fault::NoTracking { .. })));
        let state = match (reachable, fault) {
            (false, _) => RemoteState::Away,
            (true, Some(_)) => RemoteState::Degraded,
            (true, None) => RemoteState::Serving,
        };
        Some(Self {
            state,
            fault,
            tracking: remote.is_tracking(),
            copies: tiers.may_keep().is_some(),
            losses,
            timeouts: timeouts + remote.late(),
            owed: remote.owed() as u64,
            overflows: remote.overflows(),
        })
    }

    /// Tells whether it does all that is needed, and knows of every invalidation.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.state == RemoteState::Serving && self.owed == 0
    }
}

impl PolicyTrouble {
    fn of(policy_state: &PolicyState) -> impl Iterator<Item = Self> {
        policy_state.troubles.known().map(|Known { trouble, times, ago, text }| Self {
            name: policy_state.policy.name,
            module: policy_state.policy.module,
            trouble,
            times,
            seconds_ago: ago.as_secs(),
            advice: text.to_string(),
        })
    }

    /// Tells whether it happened within the last minute.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        self.seconds_ago < RECENT.as_secs()
    }
}

impl CacheHealth {
    pub(super) fn of<'a>(
        tiers: &Tiers,
        policies: impl IntoIterator<Item = &'a Arc<PolicyState>>,
    ) -> Self {
        let troubles =
            policies.into_iter().flat_map(|policy_state| PolicyTrouble::of(policy_state)).collect();
        Self { remote: RemoteSnapshot::of(tiers), troubles }
    }

    /// Tells whether all is well: the remote tier, if there is one, serves and knows of every invalidation, and no policy was
    /// kept from its work within the last minute.
    ///
    /// Not a reason to take a service out of rotation: with an unhealthy cache it is slower, and as right as with any.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "article:<text>", ttl = "1m")]
    /// async fn length(text: &str) -> usize {
    ///     text.len()
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// length("short").await;
    /// assert!(cache.health().is_healthy());
    ///
    /// length(&"long".repeat(1_000)).await;
    /// let health = cache.health();
    /// assert!(!health.is_healthy());
    /// assert!(health.to_string().contains("longer than 1 KiB"), "{health}");
    /// # });
    /// ```
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.remote.is_none_or(|remote| remote.is_healthy())
            && !self.troubles.iter().any(PolicyTrouble::is_recent)
    }
}

impl Cache {
    /// Tells whether the cache does its work: the state of the remote tier, and what keeps policies from theirs.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// let cache = Cache::builder().build().await?;
    /// let health = cache.health();
    /// assert!(health.is_healthy(), "{health}");
    /// assert!(health.remote.is_none(), "it is in memory");
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn health(&self) -> CacheHealth {
        CacheHealth::of(&self.0.tiers, &self.policies())
    }

    /// Waits until the remote tier does all that is needed, and tells this process of changes, for at most `timeout`. Without
    /// a remote tier there is nothing to wait for.
    ///
    /// For the start of a program that would rather wait than begin uncached, and for tests. A store that reports no changes
    /// is ready when it can be asked; so is a server with [`Coherence::Ttl`].
    ///
    /// # Errors
    /// If it is not ready by then: [`Error::is_unavailable`], with what is missing and what to do.
    ///
    /// ```
    /// # #[cfg(feature = "redis")]
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// use std::time::Duration;
    ///
    /// let cache = Cache::builder().url("redis://127.0.0.1:1").build().await?; // nobody is there
    /// let error = cache.ready(Duration::from_millis(20)).await.unwrap_err();
    /// assert!(error.to_string().contains("the connection is refused"), "{error}");
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn ready(&self, timeout: Duration) -> Result<()> {
        if until(timeout, || self.missing().is_none()).await {
            return Ok(());
        }
        self.missing().map_or(Ok(()), |missing| {
            let text = format!("the remote tier is not ready after {timeout:?}: {missing}");
            Err(Error::unavailable(text))
        })
    }

    /// What is missing for the remote tier to be ready.
    fn missing(&self) -> Option<String> {
        let tiers = &self.0.tiers;
        let RemoteSnapshot { state, fault, tracking, .. } = RemoteSnapshot::of(tiers)?;
        if let Some(fault) = fault {
            return Some(fault.to_string());
        }
        if state == RemoteState::Away {
            return Some("the store reports that it is unreachable".to_owned());
        }
        let tells = tiers.remote()?.store().health().tracking;
        (tells && !tracking).then(|| "it does not tell this process of changes yet".to_owned())
    }
}

impl fmt::Display for RemoteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serving => "serving",
            Self::Degraded => "degraded",
            Self::Away => "away",
        })
    }
}

impl fmt::Display for RemoteSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state, fault, copies, losses, timeouts, owed, overflows, .. } = self;
        let copies = if *copies { "kept" } else { "not kept" };
        write!(
            f,
            "server {state}, copies {copies}; lost {losses} times, {timeouts} timeouts, \
             {owed} invalidations to send, {overflows} overflows"
        )?;
        fault.map_or(Ok(()), |fault| write!(f, "; {fault}"))
    }
}

impl fmt::Display for PolicyTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, module, trouble, times, seconds_ago, advice } = self;
        write!(f, "{module}::{name}: {trouble}, {times} times, {seconds_ago} s ago: {advice}")
    }
}

impl fmt::Display for CacheHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_healthy() { "healthy" } else { "not healthy" })?;
        if let Some(remote) = self.remote {
            write!(f, "\n{remote}")?;
        }
        self.troubles.iter().try_for_each(|trouble| write!(f, "\n{trouble}"))
    }
}
