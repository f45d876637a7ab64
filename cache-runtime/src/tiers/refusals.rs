//! What is said of values that are not stored.

use super::Bound;
use crate::metrics::Event;
use crate::outcome::Refusal;
use crate::trouble::Trouble;

impl Bound {
    /// Counts a value that is not stored, and warns if what keeps it from being stored keeps others, too. What the protocol
    /// and the policy's own conditions refuse is as it should be.
    pub(crate) fn not_stored(&self, refusal: Refusal) {
        self.counters.count(refusal.event());
        let trouble = match refusal {
            Refusal::TooLarge => Trouble::TooLarge,
            Refusal::Unavailable => Trouble::Unavailable,
            Refusal::Foreign => Trouble::Foreign,
            // An expression that says so of some values only knows what it does.
            Refusal::ZeroTtl if self.counters.sum(Event::Fill) == 0 => Trouble::ZeroTtl,
            _ => return,
        };
        self.trouble(trouble, || self.explained(trouble));
    }

    fn explained(&self, trouble: Trouble) -> String {
        match trouble {
            Trouble::TooLarge => {
                let most = if let Some(remote) = self.shared() {
                    format!("`max_value` of {} bytes", remote.max_value())
                } else {
                    let most = self.tiers.local.limits().largest().unwrap_or(u64::MAX);
                    format!("{most} bytes that `max_bytes` leaves to one entry in this process")
                };
                format!("a value is larger than the {most} and is not stored: raise that, or return less")
            }
            Trouble::Foreign => {
                "another program's value stands under a key or a tag of this function in the shared tier: give each program a \
                 `namespace` of its own"
                    .to_owned()
            }
            Trouble::ZeroTtl if self.settings.ttl.is_some() => {
                "nothing is stored, because its ttl is set to zero where the cache is built: switch it off with `off()`, \
                 or set another ttl"
                    .to_owned()
            }
            Trouble::ZeroTtl => {
                "nothing was stored so far, because its ttl comes out as zero: mend the expression; for values that are not \
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
                "a value is not stored, because the shared tier did not answer in time, or is still to be told of an \
                 invalidation: if it stays so, see whether the store is overloaded, or raise `response_timeout`"
                    .to_owned()
            },
            |fault| format!("a value is not stored, because of the shared tier: {fault}"),
        )
    }
}
