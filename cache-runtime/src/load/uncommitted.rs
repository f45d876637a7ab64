//! A load through an open transaction: what it reads may never be committed.

use super::miss::{Miss, Route};
use super::plan::Plan;
use crate::policy::Policy;
use crate::scope;
use crate::uncommitted::{self, Given, Role};

impl Miss {
    /// Warns, the first time, of a load that is to be stored and is given an open transaction.
    #[cold]
    pub fn look_for_transactions<R, V, I, T, C>(
        &self,
        plan: &Plan<R, V, I, T, C>,
        given: &[Given<'_>],
    ) {
        let Self { state, route } = self;
        let stores = match route {
            Route::Load(_) | Route::Refresh(_) | Route::Aged(..) => true,
            Route::ByTags(..) => !scope::has_written(state.tiers.id(), plan.tags()),
            Route::Bypass(_) => false,
        };
        if !stores || scope::in_transaction() {
            return;
        }
        if let Some(found) = uncommitted::found(given) {
            let Policy { module, name, line, .. } = state.policy;
            uncommitted::warn_once((module, name, line), Role::Reads, found);
        }
    }
}
