//! A load that its caller has taken on: what it holds, and what becomes of it however it ends.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::held::{Here, Kept, Lease, Role};
use super::outgoing::{Outgoing, Took};
use super::packed::RESPECTED;
use super::waiting::{self, Spent};
use super::{BoxFuture, Call};
use crate::counters::Event;
use crate::flight::{Beside, Landing, Lead, Pulse, Right, Wait};
use crate::key::Key;
use crate::key::Tag;
use crate::outcome::{Reason, Refusal};
use crate::scope;
use crate::store::Envelope;
use crate::tiers::remote::{EntryAddress, Remote};
use crate::tiers::{Grant, Incoming, PolicyState, Stamp, Tiers};
use crate::timer::with_beat;
use crate::token::Token;
use crate::value::{Erased, Form, Stored};

/// What the wait for another's load, or the lack of one, came to.
pub(super) enum Turn {
    /// A value that somebody else loaded.
    Stored(Stored, Reason),
    /// An error that somebody else got.
    Error(Erased),
    /// The caller loads.
    Load(Ticket),
}

/// A load under way. Dropped without [`finish`](Self::finish) when its caller is cancelled or its body panics: then
/// the key is free again at once, and those who wait are told.
pub(super) struct Ticket {
    state: Arc<PolicyState>,
    key: Key,
    id: Token,
    /// The flight that it ends, and whose local lease is the one to store under: its own, or the one that it runs beside.
    flight: Token,
    stamp: Stamp,
    /// How old a local entry may become; `None` if this process may keep none.
    keep: Option<Duration>,
    /// What the local tier said to the load.
    here: Here,
    /// The load may store in the shared tier.
    lease: Option<Box<Lease>>,
    /// The load has asked for that lease, and may have got it by now.
    asked: Option<Arc<Remote>>,
    /// Why nothing goes to the shared tier.
    alone: Option<Refusal>,
    role: Role,
    /// Whether the call's task polls it.
    pulse: Arc<Pulse>,
    /// The same of the flight's own load.
    of_flight: Arc<Pulse>,
    /// The flight that this one takes the place of.
    instead_of: Option<Token>,
    finished: bool,
    /// What the call has spent before the load.
    pub(super) spent: Spent,
    /// The load in whose body this one runs waits for it, whether anybody else does or not: what this one calls must
    /// not wait for that one.
    _within: Option<Wait>,
}

/// The beginning of a load: its name, and the versions of its tags, read before anything of it happens.
pub(super) struct Start {
    /// The token of the load's lease, and the id of its flight.
    pub(super) id: Token,
    pub(super) stamp: Stamp,
    keep: Option<Duration>,
}

impl Start {
    pub(super) fn now(state: &PolicyState, tags: &[Tag]) -> Self {
        // The stamp first: see `Tiers::may_keep`.
        let stamp = state.tiers.local.stamp(tags);
        Self { id: Token::new(), stamp, keep: state.may_keep() }
    }
}

impl Ticket {
    /// Takes a load on that is not stored and that nobody waits for, until it is told otherwise.
    pub(super) fn new(state: &Arc<PolicyState>, key: &Key, start: Start) -> Self {
        Self::with(state, key, start, None)
    }

    /// Takes a load on that others may wait for.
    pub(super) fn leading(state: &Arc<PolicyState>, key: &Key, start: Start, lead: Lead) -> Self {
        Self::with(state, key, start, Some(lead))
    }

    /// Takes a load on beside one that is under way, and may be stored in its place.
    pub(super) fn beside(
        state: &Arc<PolicyState>,
        key: &Key,
        start: Start,
        flight: Beside,
    ) -> Self {
        let Beside { flight, right, pulse } = flight;
        let mut ticket = Self::with(state, key, start, None);
        (ticket.role, ticket.flight, ticket.of_flight) = (Role::Beside, flight, pulse);
        if right.here {
            ticket.here = Here::Leased;
        }
        let lease = right.lease.zip(state.remote());
        ticket.lease = lease.map(|((token, versions), remote)| {
            let remote = Arc::clone(remote);
            Box::new(Lease { remote, token, versions })
        });
        ticket.alone = right.alone;
        ticket
    }

    fn with(state: &Arc<PolicyState>, key: &Key, start: Start, lead: Option<Lead>) -> Self {
        let role = if lead.is_some() { Role::Leads } else { Role::Alone };
        let (pulse, instead_of) = match lead {
            Some(Lead { pulse, instead_of }) => (pulse, instead_of),
            None => (Arc::default(), None),
        };
        Self {
            state: Arc::clone(state),
            key: key.clone(),
            id: start.id,
            flight: start.id,
            stamp: start.stamp,
            keep: start.keep,
            here: Here::Busy,
            lease: None,
            asked: None,
            alone: None,
            role,
            of_flight: Arc::clone(&pulse),
            pulse,
            instead_of,
            finished: false,
            spent: Spent::default(),
            // A new load waits for nothing yet, so this closes no circle.
            _within: scope::flight().and_then(|outer| Wait::begin(outer, start.id).ok()),
        }
    }

    pub(super) fn id(&self) -> Token {
        self.id
    }

    /// Notes when the load is polled.
    pub(super) fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// Begins the load anew after the answers of the shared tier: what was reported until now came before it. A copy that
    /// is kept of what it loads must not end by such a report.
    pub(super) fn begins(&mut self, tags: &[Tag], observed: Option<Token>) {
        // In the order of `Start::now`.
        self.stamp = self.state.tiers.local.stamp(tags);
        self.keep = self.state.may_keep();
        // The same token may ask again.
        self.acquire(observed);
        if self.role == Role::Leads {
            self.state.tiers.flights.began(&self.key, self.id, &self.stamp);
        }
    }

    /// Sends those away who wait for this load, because the call itself has waited for another that brought nothing.
    pub(super) fn frees_waiters(&self) {
        if self.role == Role::Leads {
            self.state.tiers.flights.free(&self.key, self.id);
        }
    }

    /// Asks for the lease of the local tier.
    pub(super) fn acquire(&mut self, observed: Option<Token>) -> Grant<Stored> {
        let lease = self.state.patience();
        let grant = self.state.tiers.local.acquire(&self.key, self.id, lease, observed);
        self.here = match grant {
            Grant::Granted => Here::Leased,
            Grant::Writing => Here::Guarded,
            Grant::Busy { .. } | Grant::Changed(_) => Here::Busy,
        };
        grant
    }

    /// Tells whether a write of this process is under way.
    pub(super) fn is_guarded(&self) -> bool {
        self.here == Here::Guarded
    }

    /// The lease of the shared tier was granted, or is that of a load that this one runs beside.
    pub(super) fn shares(mut self, lease: Lease) -> Self {
        self.asked = None;
        self.lease = Some(Box::new(lease));
        self
    }

    /// The lease of the shared tier is asked for; or was, and went to somebody else.
    pub(super) fn asks(&mut self, remote: Option<&Arc<Remote>>) {
        self.asked = remote.cloned();
    }

    /// Nothing goes to the shared tier.
    pub(super) fn alone(mut self, why: Refusal) -> Self {
        self.alone = Some(why);
        self
    }

    /// Tells, once, whether the lease is of the flight that this one takes the place of.
    pub(super) fn takes_over_from(&mut self, holder: Token) -> bool {
        self.instead_of.take_if(|outdated| *outdated == holder).is_some()
    }

    /// Keeps a copy of what the shared tier has, unless something has happened to it since the look began.
    pub(super) fn copy(&self, form: &Form, envelope: &Envelope, stored: &Stored) {
        let Some(keep) = self.keep.filter(|_| self.here == Here::Leased && !envelope.guarded)
        else {
            return;
        };
        let ttl = envelope.fresh.min(keep);
        if ttl.is_zero() {
            return;
        }
        let (payload, stamp) = (stored.clone(), self.stamp.clone());
        // Not the length of the bytes, which may be compressed.
        let size = form.weigh(stored);
        let incoming = Incoming { payload, fresh: ttl, ttl, stamp, size };
        self.state.tiers.local.fill(&self.key, self.id, incoming);
    }

    /// Runs the load's body, and holds its lease in the shared tier as long.
    pub(super) async fn run<F: Future>(&self, body: F) -> F::Output {
        if self.role == Role::Leads {
            self.state.tiers.flights.runs(&self.key, self.id, self.right());
        }
        let body = self.pulse.watch_in(|| scope::loading(self.id), body);
        match &self.lease {
            // One elsewhere is held by whoever has it: if nobody does any more, it is to end.
            Some(lease) if lease.token == self.flight => self.beating(lease, body).await,
            _ => body.await,
        }
    }

    /// What a load that begins beside this one may do in its place.
    fn right(&self) -> Right {
        let lease = self.lease.as_deref();
        Right {
            here: self.here == Here::Leased,
            lease: lease.map(|Lease { token, versions, .. }| (*token, versions.clone())),
            alone: self.alone,
        }
    }

    /// Notes how long the load took.
    pub(super) fn took(&self, time: Duration) {
        self.state.counters.load_took(time);
        if self.pulse.is_outwaited() {
            waiting::in_vain(&self.state, time);
        }
    }

    fn beating<'a, F: Future>(
        &'a self,
        lease: &'a Lease,
        body: F,
    ) -> Pin<Box<impl Future<Output = F::Output> + use<'a, F>>> {
        let (time, address, began) = (self.state.lease(), self.address(), Instant::now());
        Box::pin(with_beat(body, time / 3, move || {
            let (remote, address, token) =
                (Arc::clone(&lease.remote), address.clone(), lease.token);
            let hangs = began.elapsed() >= self.state.most_lease();
            async move { !hangs && remote.extend(&address, token, time).await }
        }))
    }

    /// Ends the load for those who wait, without a store.
    pub(super) fn land(mut self, landing: Landing) {
        self.end(landing);
    }

    /// Ends a load that brought an error, which may be one that those who wait can be given.
    pub(super) fn fail(mut self, error: Option<Erased>) {
        self.state.counters.count(Event::Load);
        self.state.counters.count(Event::LoadError);
        scope::record(Reason::LoadFailed);
        self.end(error.map_or(Landing::Failed, Landing::Error));
    }

    /// Tells whether what the load brings may be stored anywhere.
    pub(super) fn may_store(&self) -> Result<(), Refusal> {
        if self.here == Here::Leased || self.lease.is_some() {
            return Ok(());
        }
        Err(self.alone.unwrap_or(Refusal::Busy))
    }

    /// Stores what the body returned, for as long as its plan says, and hands it to those who wait.
    /// What is left to be done is to be awaited.
    pub(super) fn finish<'a>(
        mut self,
        call: &'a Call<'_>,
        stored: Stored,
        computed: Result<Option<Duration>, Refusal>,
        took: Took,
    ) -> Option<BoxFuture<'a, ()>> {
        self.state.counters.count(Event::Load);
        let outgoing = computed
            .and_then(|computed| Outgoing::new(&self.state, call.form, computed, stored.clone()));
        let kept = match (outgoing, self.lease.as_deref()) {
            (Ok(value), Some(Lease { remote, token, versions })) => {
                let (remote, token, versions) = (Arc::clone(remote), *token, versions.clone());
                let pulse = self.pulse();
                let sharing = async move {
                    let lease = Lease { remote, token, versions };
                    let refused = self.share(call, lease, &value, took).await;
                    self.conclude(stored, Kept::by(refused));
                };
                return Some(Box::pin(async move { pulse.watch(sharing).await }));
            }
            (Ok(value), None) => self.keep(call.form, value),
            (Err(refusal), _) => Kept::Refused(refusal),
        };
        self.conclude(stored, kept);
        None
    }

    fn conclude(mut self, stored: Stored, mut kept: Kept) {
        match &mut kept {
            Kept::Stored | Kept::Here => {
                self.state.counters.count(Event::Fill);
                self.of_flight.stored();
            }
            Kept::Refused(refusal) => {
                // One beside it was first.
                if *refusal == Refusal::Overtaken && self.of_flight.is_stored() {
                    *refusal = Refusal::Busy;
                }
                self.state.not_stored(*refusal);
            }
        }
        scope::record(kept.reason());
        self.end(Landing::Stored(stored));
    }

    /// Stores in this process, where the load has no lease of the shared tier.
    fn keep(&mut self, form: &Form, value: Outgoing) -> Kept {
        if self.state.remote().is_none() {
            return Kept::by(self.fill(value));
        }
        let why = self.alone.unwrap_or(Refusal::Busy);
        match why {
            // The operator may have it that values are kept here while the shared tier is away.
            Refusal::Unavailable => {
                self.keep = self.state.outage_keep();
                match self.fill(value.weighed(form)) {
                    None => Kept::Here,
                    // No copy may be kept.
                    Some(Refusal::Unavailable) => Kept::Refused(why),
                    Some(refusal) => Kept::Refused(refusal),
                }
            }
            // For as long as the other version's is left alone, so that it is not loaded on every call.
            Refusal::OtherVersion => {
                self.keep = self.keep.map(|keep| keep.min(RESPECTED));
                self.fill(value.weighed(form));
                Kept::Refused(why)
            }
            _ => Kept::Refused(why),
        }
    }

    /// Fills the local tier.
    fn fill(&mut self, value: Outgoing) -> Option<Refusal> {
        let Some(keep) = self.keep.filter(|_| self.here == Here::Leased) else {
            return Some(Refusal::Unavailable);
        };
        self.here = Here::Busy;
        let value = value.stamped(self.stamp.clone(), keep);
        Refusal::by_store(self.state.tiers.local.fill(&self.key, self.flight, value))
    }

    /// Fills the shared tier. The next who asks makes the local copy: the store is about to tell everybody, this process
    /// among them, that the entry has changed.
    async fn share(
        &mut self,
        call: &Call<'_>,
        lease: Lease,
        value: &Outgoing,
        took: Took,
    ) -> Option<Refusal> {
        let Lease { remote, token, versions } = lease;
        // The lease is the ticket's until the value is on its way: to encode it is the user's code, which may panic.
        let sealed = match value.sealed(&self.state, call.form, self.id, versions, took) {
            Ok(sealed) => sealed,
            Err(refusal) => return Some(refusal),
        };
        let filled =
            remote.fill(&mut self.spent.budget, &call.address, token, call.tags, sealed).await;
        // If the value did not arrive, nobody should wait for the lease to end: it stays the ticket's, and is released.
        let Ok(filled) = filled else { return Some(Refusal::Unavailable) };
        self.lease = None;
        Refusal::by_store(filled)
    }

    fn address(&self) -> EntryAddress {
        self.state.address(&self.key)
    }

    fn end(&mut self, landing: Landing) {
        self.finished = true;
        let Tiers { local, flights, .. } = &*self.state.tiers;
        if self.role == Role::Beside && !matches!(landing, Landing::Stored(_)) {
            // Only a value is as good as what the flight is to bring, which goes on.
            if !matches!(landing, Landing::Abandoned) {
                flights.give_up_after(&self.key, self.flight, self.state.endurance());
            }
            return;
        }
        if self.here == Here::Leased {
            local.release(&self.key, self.flight);
        }
        // That of a load elsewhere is left to whoever has it.
        let lease = self.lease.take().filter(|lease| lease.token == self.flight);
        if let Some(remote) = lease.map(|lease| lease.remote).or(self.asked.take()) {
            remote.release(self.address(), self.flight);
        }
        if self.role != Role::Alone {
            flights.land(&self.key, self.flight, landing);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if std::thread::panicking() {
            self.state.counters.count(Event::LoadPanic);
            self.end(Landing::Failed);
        } else {
            self.state.counters.count(Event::LoadCancelled);
            self.end(Landing::Abandoned);
        }
    }
}
