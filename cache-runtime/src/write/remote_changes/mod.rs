//! What is left to be done in the remote tier once a write has ended in this process.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, join_all};

use crate::counters::Event;
use crate::error::Result;
use crate::key::{Key, Pattern, Tag};
use crate::outcome::Refusal;
use crate::policy::Tier;
use crate::store::{Envelope, Filled};
use crate::tiers::remote::{Budget, Change, Ending, EntryAddress, Owed, Remote};
use crate::tiers::{PolicyState, Tiers};
use crate::token::Token;

pub(crate) use sweep::sweep;

mod sweep;

/// Changes of the remote tier. Each is made whatever becomes of the caller, and made again until it is acknowledged.
#[derive(Default)]
#[must_use]
pub(crate) struct RemoteChanges(Vec<(Arc<Tiers>, Arc<Remote>, Task)>);

enum Task {
    Entry(EntryAddress, Change),
    Value(EntryAddress, Box<WrittenValue>),
    Tag(Tag, Option<Duration>),
    Matching(Pattern, Option<Duration>),
    Everything(Option<Duration>),
}

/// How a task is sent to the store.
enum Sent {
    /// In one request; this is owed until it is acknowledged, if it ends anything.
    Once(Option<Owed>),
    /// In one for each entry that matches.
    OneByOne(Pattern),
}

/// A value that ends a guard.
pub(crate) struct WrittenValue {
    pub(crate) state: Arc<PolicyState>,
    pub(crate) token: Token,
    pub(crate) tags: Vec<Tag>,
    pub(crate) value: Envelope,
    /// How long the guard stands if the value is not stored: what is loaded then may be older.
    pub(crate) hold: Option<Duration>,
}

impl WrittenValue {
    async fn run(self, address: &EntryAddress, tiers: &Tiers, remote: &Arc<Remote>) -> Result<()> {
        let Self { state, token, tags, value, hold } = self;
        let committed = remote.commit(address, token, &tags, value, hold).await;
        let refused = match &committed {
            Ok(filled) => Refusal::by_store(*filled),
            Err(_) => Some(Refusal::Unavailable),
        };
        match refused {
            None => state.counters.count(Event::WriteThrough),
            Some(refusal) => state.not_stored(refusal),
        }
        // Until now somebody may have copied the old value again.
        let change = match (refused, hold) {
            (Some(_), hold @ Some(_)) => Change::Abandon(token, hold),
            _ => Change::Remove,
        };
        tiers.end_entry(&address.key, change);
        match committed {
            Ok(Filled::TooLarge) => Err(state.refusal_by_hand(Refusal::TooLarge)),
            committed => committed.map(drop),
        }
    }
}

impl RemoteChanges {
    /// Adds the change of an entry.
    pub(crate) fn entry(&mut self, state: &PolicyState, key: &Key, change: Change) {
        // Also if the policy has no entries there: the other processes are told.
        self.add(&state.tiers, || Task::Entry(state.address(key), change));
    }

    /// Makes a change of an entry in this process, and adds that of the remote tier.
    pub(crate) fn change(&mut self, state: &PolicyState, key: &Key, change: Change) {
        state.tiers.end_entry(key, change);
        if change != Change::MarkStale {
            state.counters.count(Event::Invalidation);
        }
        self.entry(state, key, change);
    }

    /// Adds the value that a write leaves.
    pub(crate) fn value(&mut self, key: &Key, written: WrittenValue) {
        let state = Arc::clone(&written.state);
        if state.remote().is_some() {
            self.add(&state.tiers, || Task::Value(state.address(key), Box::new(written)));
        }
    }

    /// Ends every entry with the tag, here and in the remote tier; with `again`, once more after that time.
    pub(crate) fn tag(&mut self, tiers: &Arc<Tiers>, tag: &Tag, again: Option<Duration>) {
        tiers.end_tag(tag, again);
        self.add(tiers, || Task::Tag(tag.clone(), again));
    }

    /// Ends every entry whose key matches, here and in the remote tier; with `again`, all that is there after that time.
    pub(crate) fn matching(
        &mut self,
        tiers: &Arc<Tiers>,
        pattern: &Pattern,
        again: Option<Duration>,
    ) {
        tiers.end_all_again(again);
        tiers.end_matching(pattern);
        self.add(tiers, || Task::Matching(pattern.clone(), again));
    }

    /// Ends every entry, here and in the remote tier; with `again`, once more after that time.
    pub(crate) fn everything(&mut self, tiers: &Arc<Tiers>, again: Option<Duration>) {
        tiers.end_all_again(again);
        tiers.end_all();
        self.add(tiers, || Task::Everything(again));
    }

    /// Adds a task for the remote tier, if there is one.
    fn add(&mut self, tiers: &Arc<Tiers>, task: impl FnOnce() -> Task) {
        if let Some(remote) = tiers.remote() {
            self.0.push((Arc::clone(tiers), Arc::clone(remote), task()));
        }
    }

    pub(crate) fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// Makes the changes, all at once, and waits for the remote tier to acknowledge them, as long as the budget lasts.
    ///
    /// # Errors
    /// The first that was not acknowledged.
    pub(crate) async fn acknowledged(self, budget: Budget) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        // Boxed, so that the future of the caller, who may have no remote tier, stays small.
        Box::pin(self.begin(budget)).await
    }

    /// Makes the changes without waiting for them.
    pub(crate) fn detach(self) {
        // Dropped, so that what is not acknowledged is owed: nobody here is to be answered with what it ends.
        drop(self.begin(Budget::new()));
    }

    /// Begins all of the changes, whether their ends are awaited or not: the caller may be cancelled, or have no time left.
    fn begin(self, budget: Budget) -> impl Future<Output = Result<()>> + Send {
        let begun = self.0.into_iter().map(|(tiers, remote, task)| {
            let (io, sent) = (Arc::clone(&remote), task.sent());
            let made = async move { task.run(&tiers, &remote).await };
            match sent {
                Sent::Once(owed) => Either::Left(io.begin_change(budget, owed, made)),
                Sent::OneByOne(pattern) => Either::Right(io.begin_sweep(budget, pattern, made)),
            }
        });
        all(begun.collect::<Vec<_>>())
    }
}

impl Task {
    fn sent(&self) -> Sent {
        Sent::Once(Some(match self {
            Self::Entry(_, Change::Cancel(_)) => return Sent::Once(None),
            Self::Entry(address, change) => Owed::Entry(address.clone(), Ending::of(*change)),
            Self::Value(address, written) => {
                let change = Change::end(written.token, written.hold);
                Owed::Entry(address.clone(), Ending::of(change))
            }
            Self::Tag(tag, _) => Owed::Tag(tag.clone()),
            Self::Everything(_) => Owed::Everything,
            Self::Matching(pattern, _) => return Sent::OneByOne(pattern.clone()),
        }))
    }

    async fn run(self, tiers: &Tiers, remote: &Arc<Remote>) -> Result<()> {
        match self {
            Self::Entry(address, change) => {
                let made = remote.change(&address, change).await;
                if !matches!(change, Change::Cancel(_)) && address.tier != Tier::Local {
                    // Until now somebody may have copied the old value again.
                    tiers.end_entry(&address.key, Change::Remove);
                }
                made
            }
            Self::Value(address, written) => written.run(&address, tiers, remote).await,
            Self::Tag(tag, again) => {
                if let Some(again) = again {
                    remote.bump_later(tag.clone(), again);
                }
                let bumped = remote.bump(&tag).await;
                tiers.end_tag(&tag, None);
                bumped
            }
            Self::Matching(pattern, again) => {
                clear_again(remote, again);
                let swept = sweep(tiers, remote, &pattern, 0, &mut |_| {}).await;
                let Err(error) = swept else { return Ok(()) };
                tracing::warn!(
                    %error,
                    "the remote tier could not be scanned for the entries that a transaction ended by a pattern: clearing the \
                     namespace instead; if that happens often, raise `response_timeout`, or end them by a tag"
                );
                end_everything(tiers, remote).await
            }
            Self::Everything(again) => {
                clear_again(remote, again);
                end_everything(tiers, remote).await
            }
        }
    }
}

fn clear_again(remote: &Arc<Remote>, again: Option<Duration>) {
    if let Some(again) = again {
        remote.clear_later(again);
    }
}

async fn end_everything(tiers: &Tiers, remote: &Arc<Remote>) -> Result<()> {
    let cleared = remote.clear().await;
    tiers.end_all();
    cleared
}

/// Waits for all of them, at once; the first error counts.
pub(crate) async fn all(
    futures: impl IntoIterator<Item = impl Future<Output = Result<()>>>,
) -> Result<()> {
    join_all(futures).await.into_iter().collect()
}
