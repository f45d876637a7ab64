//! Coherence: ends the copies in this process when the remote tier reports a change.

use std::sync::{Arc, Weak};

use super::remote::{Change, Remote};
use super::stack::Tiers;
use crate::key::{Key, Tag};
use crate::store::Watch;
use crate::token::Token;

impl Tiers {
    /// Adds the remote tier, and keeps the local copies coherent with it from now on.
    pub(crate) fn add_remote(self: &Arc<Self>, remote: Arc<Remote>) {
        let added = Arc::clone(&remote);
        if self.remote.set(remote).is_ok() {
            added.watch(Arc::new(CopyInvalidator(Arc::downgrade(self))));
        }
    }
}

/// Ends local copies when the remote tier reports changes.
struct CopyInvalidator(Weak<Tiers>);

impl CopyInvalidator {
    fn with(&self, act: impl FnOnce(&Tiers, &Remote)) {
        if let Some(tiers) = self.0.upgrade()
            && let Some(remote) = tiers.remote()
        {
            act(&tiers, remote);
        }
    }
}

impl Watch for CopyInvalidator {
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
            // What has happened is not reported: the load under way may be the cause.
            tiers.local.invalidate(key);
            tiers.flights.mark_unverified(key);
            remote.arrived(key);
        });
    }

    fn announced(&self, key: &Key, by: Token) {
        self.with(|tiers, remote| {
            // Its own have ended the entry here, in which there may be something newer by now.
            if !remote.announces_by(by) {
                tiers.end_entry(key, Change::Remove);
            }
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
