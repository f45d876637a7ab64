//! The state of one load: the leases that it holds, and the flight that it leads or runs beside.

use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::aged::{self, Aged, Old};
use super::leases::{Lease, LocalLease, RemoteLease, Role};
use super::outgoing::Took;
use super::waiting::{self, Spent};
use crate::flight::{Beside, Lead, LoadResult, Pulse, Right, Wait};
use crate::key::{Key, Tag};
use crate::outcome::{Reason, Refusal};
use crate::policy::Phase;
use crate::scope;
use crate::store::Versions;
use crate::tiers::remote::{EntryAddress, Remote};
use crate::tiers::{Grant, PolicyState, Stamp};
use crate::timer::with_beat;
use crate::token::Token;
use crate::value::{Erased, Stored};

/// The next step of a call after it has waited for another's load, or found none.
pub(super) enum Next {
    /// Answer with a value that somebody else loaded.
    Value(Stored, Reason),
    /// Answer with a value that is there, and have it refreshed.
    Aged(Aged),
    /// Answer with an error that somebody else got.
    Error(Erased),
    /// Load.
    Load(Load),
}

/// A load under way. Dropped before its end when its caller is cancelled or its body panics: then the key is free again at
/// once, and its waiters are told.
pub(super) struct Load {
    pub(super) state: Arc<PolicyState>,
    pub(super) key: Key,
    id: Token,
    /// The versions of the tags from before the load.
    pub(super) stamp: Stamp,
    /// How old a local entry may become; `None` if this process may keep none.
    pub(super) keep: Option<Duration>,
    pub(super) local: LocalLease,
    pub(super) remote: RemoteLease,
    pub(super) role: Role,
    /// Whether the call's task polls the load.
    pulse: Arc<Pulse>,
    /// What the call has spent before the load.
    pub(super) spent: Spent,
    /// The value that is there, to be served if the load fails.
    pub(super) old: Option<Old>,
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

impl Load {
    /// Begins a load that is not stored, and that nobody waits for.
    pub(super) fn alone(state: &Arc<PolicyState>, key: &Key, start: Start) -> Self {
        Self::with(state, key, start, Role::Alone, Arc::default())
    }

    /// Begins a load that others may wait for.
    pub(super) fn leading(state: &Arc<PolicyState>, key: &Key, start: Start, lead: Lead) -> Self {
        let Lead { pulse, instead_of } = lead;
        Self::with(state, key, start, Role::Lead { instead_of }, pulse)
    }

    /// Begins a load beside one that is under way, which may be stored in the place of that one.
    pub(super) fn beside(
        state: &Arc<PolicyState>,
        key: &Key,
        start: Start,
        beside: Beside,
    ) -> Self {
        let Beside { flight, right, pulse } = beside;
        let mut load =
            Self::with(state, key, start, Role::Beside { flight, pulse }, Arc::default());
        if right.local {
            load.local = LocalLease::Held;
        }
        if let (Some((token, versions)), Some(remote)) = (right.remote, state.remote()) {
            let remote = Arc::clone(remote);
            load.remote = RemoteLease::Held(Box::new(Lease { remote, token, versions }));
        } else if let Some(refusal) = right.refusal {
            load.remote.refuse(refusal);
        }
        load
    }

    fn with(
        state: &Arc<PolicyState>,
        key: &Key,
        start: Start,
        role: Role,
        pulse: Arc<Pulse>,
    ) -> Self {
        Self {
            state: Arc::clone(state),
            key: key.clone(),
            id: start.id,
            stamp: start.stamp,
            keep: start.keep,
            local: LocalLease::Busy,
            remote: RemoteLease::None,
            role,
            pulse,
            spent: Spent::default(),
            old: aged::old(state, key, Phase::Stale),
            // A new load waits for nothing yet, so this closes no circle.
            _within: scope::flight().and_then(|outer| Wait::begin(outer, start.id).ok()),
        }
    }

    pub(super) fn id(&self) -> Token {
        self.id
    }

    pub(super) fn address(&self) -> EntryAddress {
        self.state.address(&self.key)
    }

    /// The flight that the load ends, and whose local lease is the one to store under: its own, or the one that it runs
    /// beside.
    pub(super) fn flight(&self) -> Token {
        if let Role::Beside { flight, .. } = self.role { flight } else { self.id }
    }

    /// The polls of the load.
    pub(super) fn pulse(&self) -> Arc<Pulse> {
        Arc::clone(&self.pulse)
    }

    /// The polls of the load that others wait for: this one, or the one that it runs beside.
    pub(super) fn pulse_of_flight(&self) -> &Arc<Pulse> {
        if let Role::Beside { pulse, .. } = &self.role { pulse } else { &self.pulse }
    }

    fn leads(&self) -> bool {
        matches!(self.role, Role::Lead { .. })
    }

    /// Asks the remote tier from now on: for those who have come until now, whatever it answers is as new as what it
    /// would answer them.
    pub(super) fn asks(&self) {
        if self.leads() {
            self.state.tiers.flights.begins_anew(&self.pulse);
        }
    }

    /// Begins the load anew after the answers of the remote tier: what was reported until now came before it. A copy that
    /// is kept of what it loads must not end by such a report.
    pub(super) fn begin(&mut self, tags: &[Tag], observed: Option<Token>) {
        // In the order of `Start::now`.
        self.stamp = self.state.tiers.local.stamp(tags);
        self.keep = self.state.may_keep();
        // The same token may ask again.
        self.acquire(observed);
        if self.leads() {
            self.state.tiers.flights.began(&self.key, self.id, &self.stamp);
        }
    }

    /// Sends the waiters of this load away, because the call itself has waited for another that brought nothing.
    pub(super) fn release_waiters(&self) {
        if self.leads() {
            self.state.tiers.flights.release_waiters(&self.key, self.id);
        }
    }

    /// Asks for the lease of the local tier.
    pub(super) fn acquire(&mut self, observed: Option<Token>) -> Grant<Stored> {
        let lease = self.state.patience();
        let grant = self.state.tiers.local.acquire(&self.key, self.id, lease, observed);
        self.local = match grant {
            Grant::Granted => LocalLease::Held,
            Grant::Writing => LocalLease::Guarded,
            Grant::Busy { .. } | Grant::Changed(_) => LocalLease::Busy,
        };
        grant
    }

    /// Asks for the lease of the local tier before anything else is done; ends the load with the value that somebody else has
    /// stored meanwhile, or with the one that is there if a load has failed lately.
    pub(super) fn or_stored(mut self, observed: Option<Token>) -> ControlFlow<Next, Self> {
        match (self.acquire(observed), self.old.clone()) {
            (Grant::Changed(record), _) => {
                self.end(LoadResult::Value(record.payload.clone()));
                ControlFlow::Break(Next::Value(record.payload, Reason::Hit))
            }
            (Grant::Busy { holder: Token::NOBODY, .. }, Some(old)) => {
                ControlFlow::Break(self.answer_old(old.value))
            }
            _ => ControlFlow::Continue(self),
        }
    }

    /// Tells whether a write of this process is under way.
    pub(super) fn is_guarded(&self) -> bool {
        self.local == LocalLease::Guarded
    }

    /// Stores under a lease of the remote tier: the load's own, or that of a load that this one runs beside.
    pub(super) fn stored_under(
        mut self,
        remote: &Arc<Remote>,
        token: Token,
        versions: Versions,
    ) -> Self {
        let remote = Arc::clone(remote);
        self.remote = RemoteLease::Held(Box::new(Lease { remote, token, versions }));
        self
    }

    /// Stores nothing in the remote tier.
    pub(super) fn refused(mut self, refusal: Refusal) -> Self {
        self.remote.refuse(refusal);
        self
    }

    /// Tells, once, whether the lease is of the flight that this one takes the place of.
    pub(super) fn takes_over_from(&mut self, holder: Token) -> bool {
        match &mut self.role {
            Role::Lead { instead_of } => {
                instead_of.take_if(|outdated| *outdated == holder).is_some()
            }
            _ => false,
        }
    }

    /// Runs the load's body, and holds its lease in the remote tier as long.
    pub(super) async fn run<F: Future>(&self, body: F) -> F::Output {
        self.runs();
        let body = self.pulse.watch_in(|| scope::loading(self.id), body);
        match self.own_lease() {
            Some(lease) => self.with_heartbeat(lease, body).await,
            None => body.await,
        }
    }

    /// Notes that the load's body runs from now on.
    pub(super) fn runs(&self) {
        if self.leads() {
            self.state.tiers.flights.runs(&self.key, self.id, self.right(), &self.pulse);
        }
    }

    /// The load's own lease in the remote tier. One elsewhere is held by whoever has it: if nobody does any more, it is to end.
    pub(super) fn own_lease(&self) -> Option<&Lease> {
        self.remote.held().filter(|lease| lease.token == self.flight())
    }

    /// The leases under which a load beside this one may store.
    fn right(&self) -> Right {
        let lease = self.remote.held();
        Right {
            local: self.local == LocalLease::Held,
            remote: lease.map(|Lease { token, versions, .. }| (*token, versions.clone())),
            refusal: self.remote.refusal(),
        }
    }

    fn with_heartbeat<'a, F: Future>(
        &'a self,
        lease: &'a Lease,
        body: F,
    ) -> Pin<Box<impl Future<Output = F::Output> + use<'a, F>>> {
        let began = Instant::now();
        Box::pin(with_beat(body, self.state.lease() / 3, move || {
            let (hangs, extended) = (self.hangs_since(began), self.extended(lease));
            async move { !hangs && extended.await }
        }))
    }

    /// Tells whether a body that began then takes so long that its lease is to end.
    pub(super) fn hangs_since(&self, began: Instant) -> bool {
        began.elapsed() >= self.state.most_lease()
    }

    /// Lengthens the load's lease; false if it is gone.
    pub(super) fn extended(&self, lease: &Lease) -> impl Future<Output = bool> + Send + use<> {
        let (remote, address, token) = (Arc::clone(&lease.remote), self.address(), lease.token);
        let time = self.state.lease();
        async move { remote.extend(&address, token, time).await }
    }

    /// Notes how long the load took that began then, when it had been parked for so long.
    pub(super) fn took(&self, start: Instant, parked_before: Duration) -> Took {
        // As long as nobody polled it, it was not the source that took its time.
        let parked = self.pulse.parked().saturating_sub(parked_before);
        let age = start.elapsed();
        let took = Took { age, cost: age.saturating_sub(parked) };
        self.state.counters.load_took(took.cost);
        if self.pulse.is_outwaited() {
            waiting::in_vain(&self.state, took.cost);
        }
        took
    }
}
