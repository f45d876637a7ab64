//! One entry under a write.

use std::sync::Arc;
use std::time::Duration;

use super::end::{End, HOLD_AFTER_ERROR};
use super::remote_changes::RemoteChanges;
use crate::clock::{Millis, millis};
use crate::error::Result;
use crate::key::Key;
use crate::tiers::PolicyState;
use crate::tiers::remote::{Budget, Change};
use crate::token::Token;

/// An entry under a write, with its guard if it has one.
pub(super) struct Target {
    pub(super) state: Arc<PolicyState>,
    pub(super) key: Key,
    pub(super) token: Option<Token>,
    /// When the guard ends by itself, on the cache's clock.
    pub(super) until: Millis,
}

impl Target {
    /// Places the guard in this process.
    pub(super) fn begin(&mut self, guard: Duration) {
        let local = &self.state.tiers.local;
        self.until = local.clock().now().saturating_add(millis(guard));
        if let Some(token) = self.token {
            local.begin(&self.key, token, guard);
        }
    }

    /// How long the guard would stand still. Said when it is to stand to its end, because a server may have lost it.
    pub(super) fn left(&self) -> Duration {
        Duration::from_millis(self.until.saturating_sub(self.state.tiers.local.clock().now()))
    }

    /// Places the guard in the remote tier.
    pub(super) async fn place_guard(&self, guard: Duration, mut budget: Budget) -> Result<()> {
        let (Some(token), Some(remote)) = (self.token, self.state.remote()) else { return Ok(()) };
        let address = self.state.address(&self.key);
        remote.begin(&mut budget, &address, token, guard).await.map(drop)
    }

    pub(super) fn finish(&self, end: End, hold: Option<Duration>, changes: &mut RemoteChanges) {
        let Self { state, key, token, .. } = self;
        let local = &state.tiers.local;
        let change = match (*token, end, hold) {
            (None, End::NotWritten, _) => return,
            (Some(token), End::NotWritten, _) => {
                local.cancel(key, token);
                return changes.entry(state, key, Change::Cancel(token));
            }
            // Nothing was guarded, so a load may be under way; it is not stored.
            (None, _, None) => Change::Remove,
            (None, _, hold) => Change::Abandon(Token::new(), hold),
            (Some(token), End::Written, None) => Change::Commit(token),
            (Some(token), End::Written, hold) => Change::Abandon(token, hold),
            (Some(token), End::Failed, hold) => {
                Change::Abandon(token, hold.or(Some(HOLD_AFTER_ERROR)))
            }
            (Some(token), End::Interrupted, _) => Change::Abandon(token, Some(self.left())),
        };
        changes.change(state, key, change);
    }
}
