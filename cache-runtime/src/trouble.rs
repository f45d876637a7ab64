//! What keeps a policy from doing its work: counted always, told of once a minute at most.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use crate::clock::{Clock, Millis, millis};

/// How far apart two warnings of one thing are at least.
const QUIET: Duration = Duration::from_secs(60);

macro_rules! troubles {
    ($($(#[doc = $help:literal])+ $trouble:ident => $word:literal,)+) => {
        /// A reason why a policy does not do its work.
        ///
        /// Displays as one word, which is also its name in JSON.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[non_exhaustive]
        pub enum Trouble {
            $($(#[doc = $help])+ #[serde(rename = $word)] $trouble,)+
        }

        /// Every kind, in the order of their numbers.
        const KINDS: [Trouble; [$($word),+].len()] = [$(Trouble::$trouble),+];

        impl Trouble {
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Self::$trouble => $word,)+
                }
            }

            /// What is wrong, in a sentence.
            pub(crate) fn help(self) -> &'static str {
                match self {
                    $(Self::$trouble => concat!($($help),+).trim_ascii_start(),)+
                }
            }
        }
    };
}
troubles! {
    /// Keys are longer than 1 KiB.
    KeyTooLong => "key_too_long",
    /// Values are larger than the store takes.
    TooLarge => "too_large",
    /// Values do not survive their encoding.
    NotEncodable => "not_encodable",
    /// Bytes in the remote tier are no value of the function, although they should be.
    NotDecodable => "not_decodable",
    /// Values of another type are found under the key: two functions share it, or two instantiations of a generic one.
    OtherType => "other_type",
    /// Another program's value stands under the key.
    Foreign => "foreign",
    /// The remote tier does not answer, or refuses.
    Unavailable => "unavailable",
    /// The ttl of every value so far is zero.
    ZeroTtl => "zero_ttl",
    /// The closure that is the `ttl` or `store_if` panics, or the `Clone` of a value.
    Panicked => "panicked",
    /// Values of a batch belong to no id, or to nobody knows which.
    Unmatched => "unmatched",
    /// Loads usually take longer than the calls of the same entry wait for them.
    LoadTooLong => "load_too_long",
    /// Loads fail, and calls are given the values from before.
    LoadFails => "load_fails",
    /// Too many loads are under way in the background.
    BackgroundFull => "background_full",
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The troubles of one policy in one cache.
#[derive(Debug, Default)]
pub(crate) struct Troubles([Kept; KINDS.len()]);

#[derive(Debug, Default)]
struct Kept {
    throttle: Throttle,
    /// When it happened last, on the throttle's clock.
    last_at: AtomicU64,
    /// What there was to say of it then.
    text: Mutex<Arc<str>>,
}

/// Counts something that keeps happening, and says when it is time to tell of it: at once, and then once a minute at most.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    times: AtomicU64,
    /// How many of these times the last warning knew of.
    told: AtomicU64,
    /// When that was; zero if never.
    told_at: AtomicU64,
}

impl Throttle {
    /// Counts one; `Some` with the number since the last warning if it is time for the next.
    pub(crate) fn count(&self, now: Millis) -> Option<u64> {
        let times = self.times.fetch_add(1, Ordering::Relaxed) + 1;
        let before = self.told_at.load(Ordering::Relaxed);
        if before != 0 && now < before.saturating_add(millis(QUIET)) {
            return None;
        }
        // Of those who find that it is time, one tells.
        self.told_at.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).ok()?;
        Some(self.untold(times))
    }

    /// Counts one that is told whether it is time or not; the number since the last warning.
    #[cfg(feature = "redis")]
    pub(crate) fn count_news(&self, now: Millis) -> u64 {
        let times = self.times.fetch_add(1, Ordering::Relaxed) + 1;
        self.told_at.store(now, Ordering::Relaxed);
        self.untold(times)
    }

    fn untold(&self, times: u64) -> u64 {
        times.saturating_sub(self.told.swap(times, Ordering::Relaxed))
    }

    fn times(&self) -> u64 {
        self.times.load(Ordering::Relaxed)
    }
}

/// What is known of one trouble.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) trouble: Trouble,
    pub(crate) times: u64,
    /// How long ago it happened last.
    pub(crate) ago: Duration,
    /// What happened, and what to do.
    pub(crate) text: Arc<str>,
}

impl Troubles {
    /// Counts one; `Some` with the number since the last warning if it is time for the next.
    pub(crate) fn count(&self, trouble: Trouble) -> Option<u64> {
        self.count_at(trouble, Clock::System.now())
    }

    fn count_at(&self, trouble: Trouble, now: Millis) -> Option<u64> {
        let kept = &self.0[trouble as usize];
        kept.last_at.store(now, Ordering::Relaxed);
        kept.throttle.count(now)
    }

    /// Keeps what there is to say of a trouble, for those who ask later.
    pub(crate) fn said(&self, trouble: Trouble, text: &str) {
        let mut kept = self.0[trouble as usize].text.lock();
        if **kept != *text {
            *kept = text.into();
        }
    }

    /// What has happened so far, with what was said of it; without what was counted a moment ago and is about to be said.
    pub(crate) fn known(&self) -> impl Iterator<Item = Known> {
        let now = Clock::System.now();
        self.list().filter_map(move |(trouble, times)| {
            let kept = &self.0[trouble as usize];
            let ago = now.saturating_sub(kept.last_at.load(Ordering::Relaxed));
            let text = Arc::clone(&kept.text.lock());
            let ago = Duration::from_millis(ago);
            (!text.is_empty()).then_some(Known { trouble, times, ago, text })
        })
    }

    /// What has happened so far, and how often.
    pub(crate) fn list(&self) -> impl Iterator<Item = (Trouble, u64)> {
        let times = KINDS.iter().zip(&self.0);
        times
            .map(|(trouble, kept)| (*trouble, kept.throttle.times()))
            .filter(|(_, times)| *times > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_at_once_and_then_once_a_minute_with_all_that_came_meanwhile() {
        let troubles = Troubles::default();
        let count = |at| troubles.count_at(Trouble::TooLarge, at);
        assert_eq!(count(1), Some(1));
        assert_eq!(count(2), None);
        assert_eq!(count(60_000), None);
        assert_eq!(count(60_001), Some(3));
        assert_eq!(troubles.count_at(Trouble::Foreign, 60_001), Some(1), "each kind by itself");
        let all: Vec<_> = troubles.list().collect();
        assert_eq!(all, [(Trouble::TooLarge, 4), (Trouble::Foreign, 1)]);
    }

    #[test]
    fn what_is_counted_and_not_said_yet_has_no_advice() {
        let troubles = Troubles::default();
        troubles.count(Trouble::TooLarge);
        assert_eq!(troubles.known().count(), 0);
        assert_eq!(troubles.list().count(), 1, "it is counted all the same");
        troubles.said(Trouble::TooLarge, "make it smaller");
        assert_eq!(troubles.known().count(), 1);
    }

    #[test]
    fn every_kind_has_its_own_place_and_word() {
        for (place, trouble) in KINDS.into_iter().enumerate() {
            assert_eq!(trouble as usize, place);
            let json = serde_json::to_value(trouble).unwrap();
            assert_eq!(json, trouble.to_string());
        }
    }
}
