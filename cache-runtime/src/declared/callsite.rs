//! Callsites: where a policy is declared, the link from an annotated function to its cache.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use crate::cache::Cache;
use crate::declared::slot::CacheSlot;
use crate::key::KeyWriter;
use crate::load::{self, Miss};
use crate::outcome::Reason;
use crate::policy::Policy;
use crate::tiers::PolicyState;
use crate::value::Answer;

/// A callsite: the `static` that declares the policy of a cached function, and finds its cache.
pub struct Callsite {
    policy: Policy,
    slot: &'static CacheSlot,
    /// The policy's place in the slot's cache. For good: a slot is filled once.
    state: OnceLock<Arc<PolicyState>>,
}

impl Callsite {
    /// Declares a policy of functions that use the slot's cache.
    #[must_use]
    pub const fn new(policy: Policy, slot: &'static CacheSlot) -> Self {
        Self { policy, slot, state: OnceLock::new() }
    }

    /// Answers a call from the cache, or says how it is to go on.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "each cached function has one call of it, and a frame of its own costs a hit 4 %"
    )]
    pub fn lookup<R, A: Answer<R>>(
        &'static self,
        key: &KeyWriter,
        answer: A,
    ) -> ControlFlow<R, Miss> {
        // Not by `with`: a closure would have a frame of its own.
        #[cfg(feature = "testing")]
        if let Some(cache) = self.slot.isolated(&self.policy) {
            return load::look_up(&self.bind(&cache), key, answer);
        }
        load::look_up(self.state(), key, answer)
    }

    /// Leaves the cache aside, because the call's `when` is false.
    pub fn bypass(&'static self) -> Miss {
        self.with(|state| load::bypass(state, Reason::Bypassed))
    }

    pub(crate) fn with<T>(&'static self, then: impl FnOnce(&Arc<PolicyState>) -> T) -> T {
        #[cfg(feature = "testing")]
        if let Some(cache) = self.slot.isolated(&self.policy) {
            return then(&self.bind(&cache));
        }
        then(self.state())
    }

    #[inline]
    fn state(&'static self) -> &'static Arc<PolicyState> {
        self.state.get().unwrap_or_else(|| self.bind_for_good())
    }

    #[cold]
    #[inline(never)]
    fn bind_for_good(&'static self) -> &'static Arc<PolicyState> {
        self.state.get_or_init(|| self.bind(self.slot.cache()))
    }

    #[cold]
    fn bind(&'static self, cache: &Cache) -> Arc<PolicyState> {
        cache.bind(&self.policy)
    }

    pub(crate) fn policy(&'static self) -> &'static Policy {
        &self.policy
    }

    pub(crate) fn slot(&self) -> &'static CacheSlot {
        self.slot
    }
}

impl fmt::Debug for Callsite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callsite")
            .field("policy", &self.policy)
            .field("slot", &self.slot)
            .finish_non_exhaustive()
    }
}
