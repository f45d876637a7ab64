//! The fill: stores what a load returned, in every tier of its policy.

use std::sync::Arc;
use std::time::Duration;

use super::call::{BoxFuture, Call};
use super::encoded::RESPECTED;
use super::leases::{Kept, LocalLease, RemoteLease};
use super::outgoing::{Outgoing, Took};
use super::state::Load;
use crate::counters::Event;
use crate::deferred_drop::discard;
use crate::flight::LoadResult;
use crate::outcome::{Reason, Refusal};
use crate::store::{Envelope, Versions};
use crate::tiers::Incoming;
use crate::tiers::remote::{Change, Remote};
use crate::token::Token;
use crate::value::{ErasedCodec, Stored};

impl Load {
    /// Tells whether the value may be stored anywhere.
    pub(super) fn may_store(&self) -> Result<(), Refusal> {
        if self.local == LocalLease::Held || self.remote.held().is_some() {
            return Ok(());
        }
        Err(self.remote.refusal().unwrap_or(Refusal::Busy))
    }

    /// Stores what the body returned, for as long as its plan says, and hands it to the waiters: what became of it, or what is
    /// left to be awaited.
    pub(super) fn fill<'a>(
        mut self,
        call: &'a Call<'_>,
        value: Stored,
        computed: Result<Option<Duration>, Refusal>,
        took: Took,
    ) -> Result<Reason, BoxFuture<'a, Reason>> {
        self.state.counters.count(Event::Load);
        let outgoing = computed.and_then(|computed| {
            Outgoing::new(&self.state, call.erased_codec, computed, value.clone())
        });
        let kept = match outgoing {
            Ok(outgoing) if self.remote.held().is_some() => {
                let pulse = self.pulse();
                let filling = async move {
                    let refused = self.fill_remote(call, &outgoing, took).await;
                    if let Some(refusal) = refused {
                        self.end_old(refusal);
                    }
                    self.conclude(value, Kept::unless(refused))
                };
                return Err(Box::pin(async move { pulse.watch(filling).await }));
            }
            Ok(outgoing) => self.fill_process(call.erased_codec, outgoing, took),
            Err(refusal) => {
                self.end_old(refusal);
                Kept::Refused(refusal)
            }
        };
        Ok(self.conclude(value, kept))
    }

    /// Ends the value that was to be replaced by one that is not to be stored: it is known not to be the newest.
    fn end_old(&mut self, refusal: Refusal) {
        let is_outdated = matches!(
            refusal,
            Refusal::StoreIf
                | Refusal::ZeroTtl
                | Refusal::TooLarge
                | Refusal::Codec
                | Refusal::Panicked
        );
        let Some(old) = self.old.take() else { return };
        discard(old.value);
        if !is_outdated {
            return;
        }
        self.state.tiers.end_entry(&self.key, Change::Remove);
        if let Some(remote) = self.state.remote() {
            let (remote, address) = (Arc::clone(remote), self.address());
            remote
                .clone()
                .detach(async move { drop(remote.change(&address, Change::Remove).await) });
        }
    }

    /// Ends a load whose value cannot be shared, because its `Clone` panics.
    pub(super) fn unshared(self) -> Reason {
        self.state.counters.count(Event::Load);
        self.state.not_stored(Refusal::Panicked);
        self.end(LoadResult::Failed);
        Kept::Refused(Refusal::Panicked).reason()
    }

    fn conclude(self, value: Stored, mut kept: Kept) -> Reason {
        match &mut kept {
            Kept::Stored | Kept::Here => {
                self.state.counters.count(Event::Fill);
                self.pulse_of_flight().stored();
            }
            Kept::Refused(refusal) => {
                // One beside it was first.
                if *refusal == Refusal::Overtaken && self.pulse_of_flight().is_stored() {
                    *refusal = Refusal::Busy;
                }
                self.state.not_stored(*refusal);
            }
        }
        self.end(LoadResult::Value(value));
        kept.reason()
    }

    /// Stores in this process, where the load has no lease of the remote tier.
    fn fill_process(&mut self, erased_codec: &ErasedCodec, value: Outgoing, took: Took) -> Kept {
        if self.state.remote().is_none() {
            return Kept::unless(self.fill_local(value, took));
        }
        let why = self.remote.refusal().unwrap_or(Refusal::Busy);
        match why {
            // The operator may have it that values are kept here while the remote tier is away.
            Refusal::Unavailable => {
                self.keep = self.state.outage_keep();
                match self.fill_local(value.weighed(erased_codec), took) {
                    None => Kept::Here,
                    // No copy may be kept.
                    Some(Refusal::Unavailable) => Kept::Refused(why),
                    Some(refusal) => Kept::Refused(refusal),
                }
            }
            // For as long as the other version's is left alone, so that it is not loaded on every call.
            Refusal::OtherVersion => {
                self.keep = self.keep.map(|keep| keep.min(RESPECTED));
                self.fill_local(value.weighed(erased_codec), took);
                Kept::Refused(why)
            }
            _ => Kept::Refused(why),
        }
    }

    /// Fills the local tier.
    fn fill_local(&mut self, value: Outgoing, took: Took) -> Option<Refusal> {
        let Some(keep) = self.keep.filter(|_| self.local == LocalLease::Held) else {
            return Some(Refusal::Unavailable);
        };
        self.local = LocalLease::Busy;
        let value = value.stamped(&self.state, took.age, self.stamp.clone(), keep);
        Refusal::by_store(self.state.tiers.local.fill(&self.key, self.flight(), value))
    }

    /// Fills the remote tier. The next who asks makes the local copy: the store is about to tell everybody, this process
    /// among them, that the entry has changed, if it tells anybody.
    async fn fill_remote(
        &mut self,
        call: &Call<'_>,
        value: &Outgoing,
        took: Took,
    ) -> Option<Refusal> {
        let (remote, token, versions) = self.remote_lease()?;
        // The lease is the load's until the value is on its way: to encode it is the user's code, which may panic.
        let encoded = match value.encoded(&self.state, call.erased_codec, self.id(), versions, took)
        {
            Ok(encoded) => encoded,
            Err(refusal) => return Some(refusal),
        };
        let filled =
            remote.fill(&mut self.spent.budget, &call.address, token, call.tags, encoded).await;
        if !remote.is_tracking() {
            // Nobody tells this process of it: a copy of what was there before would be served until its `local_ttl`.
            self.state.tiers.end_entry(&self.key, Change::Remove);
        }
        // If the value did not arrive, nobody should wait for the lease to end: it stays the load's, and is released.
        let Ok(filled) = filled else { return Some(Refusal::Unavailable) };
        self.remote = RemoteLease::None;
        Refusal::by_store(filled)
    }

    fn remote_lease(&self) -> Option<(Arc<Remote>, Token, Versions)> {
        let lease = self.remote.held()?;
        Some((Arc::clone(&lease.remote), lease.token, lease.versions.clone()))
    }

    /// Keeps a copy of a value of the remote tier, unless something has happened to it since the look began.
    pub(super) fn copy(&self, erased_codec: &ErasedCodec, envelope: &Envelope, value: &Stored) {
        let Some(keep) = self.keep.filter(|_| self.local == LocalLease::Held && !envelope.guarded)
        else {
            return;
        };
        let life = self.state.life_of(envelope).until(keep);
        if life.on_error.is_zero() {
            return;
        }
        let (payload, stamp) = (value.clone(), self.stamp.clone());
        // Not the length of the bytes, which may be compressed.
        let size = erased_codec.weigh(value);
        let incoming = Incoming { payload, life, stamp, size };
        self.state.tiers.local.fill(&self.key, self.id(), incoming);
    }
}
