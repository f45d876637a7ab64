//! The configuration of a cache.

use std::time::Duration;

use crate::clock::Clock;
use crate::store::memory::Limits;
use crate::tiers::{Coherence, Settings};

/// What a cache is built from.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) namespace: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) max_wait: Duration,
    pub(crate) outage_ttl: Duration,
    pub(crate) coherence: Coherence,
    /// By the policy's name, in the order in which they were made: those of the environment come first.
    pub(crate) policies: Vec<(String, Settings)>,
    /// Every policy is off.
    pub(crate) disabled: bool,
    pub(crate) clock: Clock,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            namespace: None,
            limits: Limits { entries: 100_000, bytes: Some(256 << 20) },
            max_wait: Duration::from_secs(3),
            outage_ttl: Duration::ZERO,
            coherence: Coherence::Push,
            policies: Vec::new(),
            disabled: false,
            clock: Clock::System,
        }
    }
}
