//! What one write touches: guarded while the source is written, ended when that is over.

use std::sync::Arc;
use std::time::Duration;

use super::end::End;
use super::more::More;
use super::remote_changes::RemoteChanges;
use super::target::Target;
use super::through::Through;
use crate::key::{Key, Tag};
use crate::scope::Written;
use crate::tiers::{PolicyState, Tiers};
use crate::token::Token;

/// The entries, tags and patterns under a write.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) targets: Vec<Target>,
    pub(super) through: Option<Through>,
    pub(super) tags: Vec<(Arc<Tiers>, Tag)>,
    pub(super) more: Vec<More>,
    /// How long the guards stand at most.
    pub(super) guard: Duration,
    /// How long they stay after the function.
    pub(super) hold: Option<Duration>,
}

impl Touched {
    /// Adds an entry, under a guard of this process if there is to be one.
    pub(super) fn add(&mut self, state: Arc<PolicyState>, key: Key, guard: Option<Duration>) {
        let mut target = Target { state, key, token: guard.map(|_| Token::new()), until: 0 };
        if let Some(guard) = guard {
            target.begin(guard);
        }
        self.targets.push(target);
    }

    /// Tells whether there is nothing whose end others could overtake.
    pub(super) fn names_nothing(&self) -> bool {
        self.targets.is_empty() && self.tags.is_empty() && self.through.is_none()
    }

    /// Tells whether there is an entry of the remote tier.
    pub(super) fn is_remote(&self) -> bool {
        let through = self.through.iter().map(|through| &through.target);
        self.targets.iter().chain(through).any(|target| target.state.remote().is_some())
    }

    /// Notes it all as written.
    pub(super) fn note(&self, written: &Written) {
        let through = self.through.iter().map(|through| &through.target);
        for Target { state, key, .. } in self.targets.iter().chain(through) {
            written.key(state.tiers.id(), key);
        }
        for (tiers, tag) in &self.tags {
            written.tag(tiers.id(), tag);
        }
        for more in &self.more {
            more.note(written);
        }
    }

    /// Ends it all in this process, and says what is left to be done in the remote tier.
    pub(super) fn finish(self, end: End) -> RemoteChanges {
        let Self { targets, through, tags, more, guard, hold } = self;
        let mut changes = RemoteChanges::default();
        if let Some(through) = through {
            through.finish(end, hold, &mut changes);
        }
        for target in &targets {
            target.finish(end, hold, &mut changes);
        }
        let again = match end {
            End::NotWritten => return changes,
            End::Written => hold,
            // What the statement still writes after this must not stay hidden behind a value loaded before it.
            End::Failed | End::Interrupted => Some(hold.unwrap_or(guard)),
        };
        for (tiers, tag) in &tags {
            changes.tag(tiers, tag, again);
        }
        for more in &more {
            more.finish(end, again, &mut changes);
        }
        changes
    }
}
