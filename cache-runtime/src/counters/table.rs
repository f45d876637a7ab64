//! The table of all counters, and what is made of it here: the events that are counted, and the reasons for which a loaded
//! value is not stored.

/// Hands the rows of the table to a macro.
///
/// A counter is one row: what it counts, the event, the field of the snapshot. One event may be subtracted from another. A
/// row of the second part is a reason for which a loaded value is not stored, and has besides what
/// [`Outcome::reason`](crate::Outcome::reason) says then. These stand in the order of how far from a hit the answer was.
macro_rules! table {
    ($then:ident) => {
        $then! {
            events {
                /// Calls answered with a value from the cache.
                Hit => hits,
                /// Calls answered with a cached `None`.
                NegativeHit => negative_hits,
                /// Calls answered from the remote tier, among them those with a cached `None`.
                RemoteHit => remote_hits,
                /// Calls answered with a value past its ttl, while it was refreshed or because a load had failed lately; each is
                /// among the hits.
                StaleHit => stale_hits,
                /// Calls answered with a value past its ttl because the load failed; each is among the misses.
                StaleOnError => stale_on_error,
                // A call that the local tier does not answer goes on to the shared one.
                /// Calls that found no fresh entry.
                Miss - RemoteHit => misses,
                /// Calls in a `refresh` scope, which load whatever is stored; each is among the misses.
                Refresh => refreshes,
                /// Bodies that ran to their end.
                Load => loads,
                /// Loads that returned an error.
                LoadError => load_errors,
                /// Values that a batch returned and that belong to none of the ids that it was given, or are the second for one.
                Unasked => unasked_values,
                /// Loads that panicked.
                LoadPanic => load_panics,
                /// Loads whose caller was cancelled.
                LoadCancelled => load_cancelled,
                /// Loads that their callers kept without polling them, as in `buffered`, so that somebody who waited took over.
                LoadParked => load_parked,
                /// Refreshes that began in the background, by policies that refresh ahead or serve while they revalidate.
                BackgroundRefresh => background_refreshes,
                /// Refreshes that found what another process had stored, and loaded nothing.
                Adopted => adopted,
                /// Loads that did not get a task of their own, and refreshes that did not begin, because too many were under way.
                BackgroundFull => background_full,
                /// Calls that gave up after their `hard_timeout`.
                HardTimeout => hard_timeouts,
                /// Hits that renewed a ttl, by policies that are `sliding`.
                Renewal => renewals,
                /// Waits for a load of another process, by policies with `strategy = "lock"`.
                LeaseWait => lease_waits,
                /// Calls that waited for a load that was under way.
                Join => joins,
                /// Waits given up because the load took too long.
                WaitTimeout => wait_timeouts,
                /// Waits not begun because they would have closed a circle.
                WaitCycle => wait_cycles,
                /// Waits not begun because too many waited already.
                WaitRefused => wait_refused,
                /// Loaded values that were stored.
                Fill => fills,
                /// Calls that left the cache aside: `when`, a `bypass` scope, a policy that is off.
                Bypass => bypasses,
                /// Calls whose key was longer than 1 KiB.
                KeyTooLong => key_too_long,
                /// Entries found under the key that hold another type: two functions share a key.
                TypeMismatch => type_mismatches,
                /// Bytes in the remote tier that are no value of the function, although they should be.
                DecodeFailure => decode_failures,
                /// Invalidations of single entries.
                Invalidation => invalidations,
                /// Values that a write left in the cache.
                WriteThrough => writes_through,
            }
            refusals {
                /// An invalidation or a write of the key overtook the load.
                Overtaken => overtaken, "loaded, not stored: an invalidation or a write overtook the load",
                /// One of the tags was invalidated, or the cache cleared, during the load.
                TagOvertaken => tag_overtaken, "loaded, not stored: a tag was invalidated during the load",
                /// Another load or a writer held the key.
                Busy => busy, "loaded, not stored: another load or a writer holds the key",
                /// The ttl came out as zero.
                ZeroTtl => zero_ttl, "loaded, not stored: the ttl is zero",
                /// `store_if` said no.
                StoreIf => store_if, "loaded, not stored: `store_if` declined",
                /// The closure that is its `ttl` or `store_if` panicked, or its `Clone`.
                Panicked => panicked, "loaded, not stored: `ttl`, `store_if` or `Clone` panicked",
                /// A batch returned values of which nobody can tell to which ids they belong.
                Unmatched => unmatched, "loaded, not stored: nobody can tell to which id the value belongs",
                /// The value was too large for the store.
                TooLarge => too_large, "loaded, not stored: the value is too large",
                /// The value does not survive its encoding.
                Codec => codec, "loaded, not stored: the value does not survive its encoding",
                /// The remote tier did not answer.
                Unavailable => unavailable, "loaded, not stored: the remote tier did not answer",
                /// Another program holds the key in the remote tier.
                Foreign => foreign, "loaded, not stored: another program holds the key in the remote tier",
                /// The stored value was of another version of the function, and too new to be written over. The process keeps
                /// what it loaded for itself.
                OtherVersion => other_version,
                    "loaded, kept in this process only: what is stored is of another version, and new",
            }
        }
    };
}
pub(crate) use table;

macro_rules! enums {
    (
        events { $($(#[doc = $event_help:literal])+ $event:ident $(- $less:ident)? => $field:ident,)+ }
        refusals { $($(#[doc = $refusal_help:literal])+ $refusal:ident => $reason:ident, $text:literal,)+ }
    ) => {
        /// An event that is counted.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Event {
            $($(#[doc = $event_help])+ $event,)+
        }

        /// A reason for which a loaded value was not stored; counted as events are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Refusal {
            $($(#[doc = $refusal_help])+ $refusal,)+
        }

        impl Refusal {
            /// What became of a call whose value was not stored, in a few words.
            pub(crate) fn text(self) -> &'static str {
                match self {
                    $(Self::$refusal => $text,)+
                }
            }
        }

        const EVENTS: usize = [$(Event::$event),+].len();
        const REFUSALS: usize = [$(Refusal::$refusal),+].len();
    };
}
table!(enums);

/// The number of cells that a policy's counters have.
pub(super) const CELLS: usize = EVENTS + REFUSALS;

/// The cell that an event or a refusal is counted in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell(pub(super) usize);

impl From<Event> for Cell {
    #[inline]
    fn from(event: Event) -> Self {
        Self(event as usize)
    }
}

impl From<Refusal> for Cell {
    #[inline]
    fn from(refusal: Refusal) -> Self {
        Self(EVENTS + refusal as usize)
    }
}
