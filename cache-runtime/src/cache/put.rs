//! A value that is stored by hand: a write that nobody overlaps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::entry::Entry;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::load::{Outgoing, Took};
use crate::outcome::Refusal;
use crate::store::{Filled, Versions};
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
    let value = value.stamped(state, Duration::ZERO, stamp, keep);
    let value = Some(value).filter(|value| !value.life.stale.is_zero());
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
    let (token, tags) = (Token::new(), entry.tags.to_vec());
    let ended = Arc::<AtomicBool>::default();
    let change = Some(Change::Remove);
    let mut unfinished = Unfinished { state, key, change, ended: Arc::clone(&ended) };
    if value.is_dead() {
        return unfinished.finish(Budget::new()).await;
    }
    // Here, because it is the user's code; the versions come later.
    let (codec, unknown) = (entry.adapter.erased_codec, Versions::default());
    let value = match value.encoded(state, codec, token, unknown, Took::default()) {
        Ok(value) => value,
        Err(refusal) => {
            // Nothing was touched: the old value stays where it is.
            unfinished.change = None;
            return Err(refused(state, refusal));
        }
    };
    state.tiers.end_entry(key, Change::Remove);
    unfinished.change = Some(Change::Commit(token));
    let written = WrittenValue { state: Arc::clone(state), token, tags, value, hold: None };
    let storing = store(Arc::clone(remote), key.clone(), written, ended);
    let lost = || Err(Error::unavailable("the cache is shut down"));
    let acknowledged = remote.in_turn(storing).await.unwrap_or_else(lost)?;
    unfinished.change = None;
    acknowledged
}

/// Places a guard and ends it with the value: whether that was acknowledged, or why it did not come to it.
async fn store(
    remote: Arc<Remote>,
    key: Key,
    mut written: WrittenValue,
    ended: Arc<AtomicBool>,
) -> Result<Result<()>> {
    let mut budget = Budget::new();
    let address = written.state.address(&key);
    written.value.versions = remote.versions(&mut budget, &written.tags).await?;
    remote.begin(&mut budget, &address, written.token, GUARD).await?;
    let mut changes = RemoteChanges::default();
    changes.value(&key, written);
    let acknowledged = changes.acknowledged(budget).await;
    ended.store(true, Ordering::Release);
    Ok(acknowledged)
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
    let mut writing = write.begin_by_hand().await;
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
    /// The value is there, or what is there goes already: then there is nothing left to be done.
    ended: Arc<AtomicBool>,
}

impl Unfinished<'_> {
    fn take(&mut self) -> RemoteChanges {
        let mut changes = RemoteChanges::default();
        match self.change.take() {
            None => {}
            Some(_) if self.ended.load(Ordering::Acquire) => {}
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
