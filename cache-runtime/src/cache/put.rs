//! A value that is stored by hand: a write that nobody overlaps.

use std::sync::Arc;
use std::time::Duration;

use super::entry::Entry;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::load::{Outgoing, Took};
use crate::outcome::Refusal;
use crate::store::Filled;
use crate::tiers::remote::{Budget, Change, Remote};
use crate::tiers::{PolicyState, Stamp};
use crate::token::Token;
use crate::write::remote_changes::{RemoteChanges, WrittenValue};
use crate::write::{Selectors, Write};

/// How long there may be between the two steps before the guard ends by itself.
const GUARD: Duration = Duration::from_secs(30);

/// Stores a value in this process.
pub(super) async fn here(
    state: &Arc<PolicyState>,
    key: &Key,
    value: Outgoing,
    stamp: Stamp,
) -> Result<()> {
    let token = Token::new();
    let keep = state.may_keep().unwrap_or_default();
    state.tiers.local.begin(key, token, GUARD);
    let value = value.stamped(stamp, keep);
    let value = Some(value).filter(|value| !value.ttl.is_zero());
    let filled = state.tiers.end_with_value(key, token, value);
    // What other processes keep of it is outdated.
    let mut changes = RemoteChanges::default();
    changes.entry(state, key, Change::Commit(token));
    changes.acknowledged(Budget::new()).await?;
    match filled {
        Filled::TooLarge => Err(refused(state, Refusal::TooLarge)),
        Filled::Stored | Filled::Refused | Filled::Outdated => Ok(()),
    }
}

/// Stores a value in the remote tier.
pub(super) async fn there<T>(
    state: &Arc<PolicyState>,
    remote: &Arc<Remote>,
    key: &Key,
    entry: &Entry<T>,
    value: Outgoing,
) -> Result<()> {
    let (token, address, tags) = (Token::new(), state.address(key), entry.tags.to_vec());
    let mut unfinished = Unfinished { state, key, change: Some(Change::Remove) };
    if value.is_dead() {
        return unfinished.finish(Budget::new()).await;
    }
    let _turn = remote.turn().await;
    let mut budget = Budget::new();
    let versions = remote.versions(&mut budget, &tags).await?;
    unfinished.change = Some(Change::Commit(token));
    remote.begin(&mut budget, &address, token, GUARD).await?;
    state.tiers.end_entry(key, Change::Remove);
    let sealed = value.encoded(state, entry.adapter.erased_codec, token, versions, Took::default());
    let value = match sealed {
        Ok(value) => value,
        Err(refusal) => {
            unfinished.change = Some(Change::Cancel(token));
            unfinished.finish(budget).await?;
            return Err(refused(state, refusal));
        }
    };
    unfinished.change = None;
    let mut changes = RemoteChanges::default();
    changes.value(key, WrittenValue { state: Arc::clone(state), token, tags, value, hold: None });
    changes.acknowledged(budget).await
}

/// Stores a value when the transaction around the call is committed.
pub(super) async fn deferred<T>(
    state: &Arc<PolicyState>,
    key: &Key,
    entry: &Entry<T>,
    value: Outgoing,
) -> Result<()> {
    let write = Write::new(Selectors::default());
    let write = write.through_to(Arc::clone(state), Some(key.clone()), &entry.tags);
    let _turn = match state.remote() {
        Some(remote) => remote.turn().await,
        None => None,
    };
    let mut writing = write.begin().await;
    let stored = if value.is_dead() {
        Ok(())
    } else {
        writing.store_by_hand(value, entry.adapter.erased_codec)
    };
    // Without a value the end removes the old one: what it was to be replaced by is about to be committed.
    writing.end(true).await;
    stored.map_err(|refusal| refused(state, refusal))
}

/// The error for a refused value. Counted and warned of as well: callers may have nothing to do with an error.
fn refused(state: &PolicyState, refusal: Refusal) -> Error {
    state.not_stored(refusal);
    state.refusal_by_hand(refusal)
}

/// What is to become of the entry if the value does not get there, because of an error or because the caller goes away:
/// the old value must not stay, as if there had never been a new one.
struct Unfinished<'a> {
    state: &'a PolicyState,
    key: &'a Key,
    change: Option<Change>,
}

impl Unfinished<'_> {
    fn take(&mut self) -> RemoteChanges {
        let mut changes = RemoteChanges::default();
        match self.change.take() {
            None => {}
            // The old value stays where it is.
            Some(Change::Cancel(token)) => {
                changes.entry(self.state, self.key, Change::Cancel(token));
            }
            Some(change) => changes.change(self.state, self.key, change),
        }
        changes
    }

    async fn finish(mut self, budget: Budget) -> Result<()> {
        self.take().acknowledged(budget).await
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.take().detach();
    }
}
