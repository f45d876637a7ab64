//! What is said of values that are not stored.

use super::policy_state::PolicyState;
use crate::codec::Flaw;
use crate::counters::Event;
use crate::error::Error;
use crate::outcome::Refusal;
use crate::trouble::Trouble;

/// The error for a value that was to be stored by hand and would not come back as it is.
pub(crate) fn not_carried(flaw: Flaw) -> Error {
    let (cause, advice) = (flaw.cause(), flaw.advice());
    Error::value(format!("it does not survive its encoding: {cause}; {advice}"))
}

impl PolicyState {
    /// Counts a value that is not stored, and warns if what keeps it from being stored keeps others, too. What the protocol
    /// and the policy's own conditions refuse is as it should be.
    pub(crate) fn not_stored(&self, refusal: Refusal) {
        self.counters.count(refusal);
        let trouble = match refusal {
            Refusal::TooLarge => Trouble::TooLarge,
            Refusal::Unavailable => Trouble::Unavailable,
            Refusal::Foreign => Trouble::Foreign,
            Refusal::Panicked => Trouble::Panicked,
            // An expression that says so of some values only knows what it does.
            Refusal::ZeroTtl if !self.has_stored() => Trouble::ZeroTtl,
            _ => return,
        };
        self.trouble(trouble, || self.explained(trouble));
    }

    /// Counts a call whose key is too long to be cached, and warns of it.
    #[cold]
    pub(crate) fn key_too_long(&self) {
        self.counters.count(Event::KeyTooLong);
        self.trouble(Trouble::KeyTooLong, || {
            let template = self.policy.key;
            format!(
                "a key of `{template}` is longer than 1 KiB, and its call is not cached; put a short text that stands for \
                 the long part into the key, such as a digest: `<text.digest()>`"
            )
        });
    }

    /// Tells of a load that failed without a caller who sees its error.
    #[cold]
    pub(crate) fn load_fails(&self) {
        self.trouble(Trouble::LoadFails, || {
            "a load failed, and calls are given the value from before until its window ends; the next load waits for half a \
             minute; find out what the source has, by what the function itself logs of its errors"
                .to_owned()
        });
    }

    /// Counts a load that has no place in the background, and warns of it.
    #[cold]
    pub(crate) fn background_full(&self) {
        self.counters.count(Event::BackgroundFull);
        self.trouble(Trouble::BackgroundFull, || {
            let running = self.tiers.background.running();
            format!(
                "{running} loads of this cache are under way in the background, which is as many as may be: until some have \
                 ended nothing is refreshed, and a load ends with its caller; find out why the source is slow"
            )
        });
    }

    /// The error for a value that was to be stored by hand and is refused.
    pub(crate) fn refusal_by_hand(&self, refusal: Refusal) -> Error {
        match (refusal, self.proof.flaw()) {
            (Refusal::Unavailable, _) => {
                Error::unavailable("the remote tier did not answer before the value was put")
            }
            (Refusal::Codec, Some(flaw)) => not_carried(flaw),
            (Refusal::TooLarge, _) => Error::value(format!(
                "it is larger than the {}: raise that, or put less",
                self.most()
            )),
            _ => Error::value("it does not survive its encoding"),
        }
    }

    fn has_stored(&self) -> bool {
        [Event::Fill, Event::WriteThrough].iter().any(|event| self.counters.sum(*event) > 0)
    }

    /// How large a value may be, and by which setting.
    fn most(&self) -> String {
        if let Some(remote) = self.remote() {
            return format!("`max_value` of {} bytes", remote.max_value());
        }
        let most = self.tiers.local.limits().largest().unwrap_or(u64::MAX);
        format!("{most} bytes that `max_bytes` leaves to one entry in this process")
    }

    fn explained(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::TooLarge => {
                let most = self.most();
                format!("a value is larger than the {most} and is not stored: raise that, or return less")
            }
            Trouble::Foreign => {
                "another program's value stands under a key or a tag of this function in the remote tier: give each program a \
                 `namespace` of its own"
                    .to_owned()
            }
            Trouble::Panicked => {
                "the closure that is its `ttl` or `store_if`, or the `Clone` of the value, panicked for a value, which is not \
                 stored: the panic's own message says where; correct that"
                    .to_owned()
            }
            Trouble::ZeroTtl if self.settings.ttl.is_some() => {
                "nothing is stored, because its ttl is set to zero where the cache is built: switch it off with `off()`, \
                 or set another ttl"
                    .to_owned()
            }
            Trouble::ZeroTtl => {
                "nothing was stored so far, because its ttl comes out as zero: correct the expression; for values that are not \
                 to be stored there is `store_if`"
                    .to_owned()
            }
            _ => self.unavailable(),
        }
    }

    fn unavailable(&self) -> String {
        let fault = self.tiers.remote().and_then(|remote| remote.store().health().fault);
        fault.map_or_else(
            || {
                "a value is not stored, because the remote tier did not answer in time, or is still to be told of an \
                 invalidation: if it stays so, see whether the store is overloaded, or raise `response_timeout`"
                    .to_owned()
            },
            |fault| format!("a value is not stored, because of the remote tier: {fault}"),
        )
    }
}
