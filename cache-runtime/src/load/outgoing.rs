//! A value on its way into a store: whether it is to be stored, and for how long.

use std::time::Duration;

use super::encoded;
use crate::codec::Flaw;
use crate::outcome::Refusal;
use crate::policy::{Life, Stands, Ttl};
use crate::store::{Envelope, Filled, Versions};
use crate::tiers::{Incoming, PolicyState, Stamp};
use crate::token::Token;
use crate::value::{ErasedCodec, Stored};

/// A value that its policy wants stored.
pub(crate) struct Outgoing {
    payload: Stored,
    ttl: Duration,
    size: usize,
    /// The ttl was computed from the value: it is not to be shortened.
    exact: bool,
}

/// How long a load or a write took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Took {
    /// Since it began.
    pub(crate) age: Duration,
    /// That was the source's doing.
    pub(crate) cost: Duration,
}

impl From<Duration> for Took {
    fn from(all: Duration) -> Self {
        Self { age: all, cost: all }
    }
}

impl Outgoing {
    /// Decides whether and for how long a value is stored; `computed` is the ttl that the plan has for it.
    pub(crate) fn new(
        state: &PolicyState,
        erased_codec: &ErasedCodec,
        computed: Option<Duration>,
        stored: Stored,
    ) -> Result<Self, Refusal> {
        let (ttl, size) = match stored {
            Some(_) => {
                // In a remote tier it is not the size in memory that counts.
                let sized = state.remote().is_none() && state.tiers.local.limits().needs_sizes();
                (state.ttl(computed), if sized { erased_codec.weigh(&stored) } else { 0 })
            }
            None => (state.none_ttl(computed), 0),
        };
        if ttl.is_zero() {
            return Err(Refusal::ZeroTtl);
        }
        let payload = if cfg!(debug_assertions) {
            // As a remote tier would: what the encoding drops is to be seen in development, not in production.
            erased_codec
                .round_trip(stored, state.encoding())
                .map_err(|flaw| refused(state, flaw))?
        } else {
            stored
        };
        let exact = state.policy.ttl == Ttl::Computed && state.settings.ttl.is_none();
        Ok(Self { payload, ttl, size, exact })
    }

    /// A value that somebody wants stored for so long.
    pub(crate) fn of(payload: Stored, ttl: Duration, size: usize) -> Self {
        Self { payload, ttl, size, exact: true }
    }

    /// Weighs a value that is to be kept in this process after all.
    pub(crate) fn weighed(self, erased_codec: &ErasedCodec) -> Self {
        Self { size: erased_codec.weigh(&self.payload), ..self }
    }

    /// Tells whether the value's time is over before it began.
    pub(crate) fn is_dead(&self) -> bool {
        self.ttl.is_zero()
    }

    /// Gives the value its life, and the versions that its tags had before its load or write began, which was so long ago.
    pub(crate) fn stamped(
        self,
        state: &PolicyState,
        age: Duration,
        stamp: Stamp,
        most: Duration,
    ) -> Incoming<Stored> {
        let life = self.life(state, self.ttl, age).until(most);
        let Self { payload, size, .. } = self;
        Incoming { payload, life, stamp, size }
    }

    fn life(&self, state: &PolicyState, fresh: Duration, age: Duration) -> Life<Duration> {
        let negative = self.payload.is_none();
        state.life(Stands { age, whole: fresh, fresh, stale: Duration::ZERO, negative })
    }

    /// Encodes the value for the remote tier. `token` is that of its load or write.
    pub(crate) fn encoded(
        &self,
        state: &PolicyState,
        erased_codec: &ErasedCodec,
        token: Token,
        versions: Versions,
        Took { age, cost }: Took,
    ) -> Result<Envelope, Refusal> {
        let fingerprint = state.fingerprint(erased_codec);
        let prove = state.proof.is_due(fingerprint);
        let encoded = erased_codec.encode(&self.payload, state.encoding(), prove);
        let encoded = encoded.map_err(|flaw| refused(state, flaw))?;
        if encoded.plain_len > state.tiers.max_value() {
            return Err(Refusal::TooLarge);
        }
        let ttl = if self.exact { self.ttl } else { shortened(self.ttl, token) };
        let life = self.life(state, ttl, age);
        let (bytes, format) = encoded::with_format(encoded, self.payload.is_none(), fingerprint);
        Ok(Envelope {
            bytes,
            format,
            versions,
            id: None,
            fresh: ttl,
            stale: Duration::ZERO,
            ttl: life.over,
            renewable: life.renewable.saturating_add(life.over.saturating_sub(life.stale)),
            age,
            cost,
            guarded: false,
        })
    }
}

fn refused(state: &PolicyState, flaw: Flaw) -> Refusal {
    state.refused(flaw);
    Refusal::Codec
}

/// A ttl that is up to a tenth shorter, so that what was stored together does not end together.
fn shortened(ttl: Duration, token: Token) -> Duration {
    // The token is as random as anything.
    let share = u32::try_from(token.to_bits() % 1024).unwrap_or(0);
    ttl.saturating_sub(ttl / (10 * 1024) * share)
}

impl Refusal {
    /// Why a store did not take a value; `None` if it did.
    pub(crate) fn by_store(filled: Filled) -> Option<Self> {
        match filled {
            Filled::Stored => None,
            Filled::Refused => Some(Self::Overtaken),
            Filled::Outdated => Some(Self::TagOvertaken),
            Filled::TooLarge => Some(Self::TooLarge),
        }
    }
}
