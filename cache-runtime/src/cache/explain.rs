//! What is known of one entry, for people to read.

use std::fmt;
use std::time::Duration;

use super::entry::NamesEntry;
use super::handle::Cache;
use crate::clock::Millis;
use crate::codec::Flaw;
use crate::key::Key;
use crate::policy::{Phase, Policy, Ttl};
use crate::store::memory::HeldBy;
use crate::tiers::Settings;

/// What a cache knows of one entry: what [`Cache::explain`] found. Displays as a few lines of text.
#[derive(Clone, Debug)]
pub struct Explanation {
    policy: Policy,
    settings: Settings,
    key: Option<Key>,
    state: State,
    held_by: HeldBy,
    flaw: Option<Flaw>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Missing,
    Fresh {
        left: Duration,
        negative: bool,
        /// The next hit has it refreshed, or its ttl renewed.
        is_due: bool,
    },
    /// Past its ttl, and served for so long while it is refreshed, if it is not held.
    Stale(Duration),
    /// Past its ttl, and served for so long if its load fails.
    OnError(Duration),
    /// Past its ttl, or one of its tags was invalidated.
    Dead,
}

impl Cache {
    /// Tells what this process knows of an entry: whether it is there, how long it lives, who holds it.
    ///
    /// Of a stale value it tells by which window it is served, and for how long; and whether the next load waits, because one
    /// has failed lately.
    ///
    /// Of an entry in a remote tier that is its copy, which may be missing; [`peek`](Self::peek) asks the server.
    ///
    /// ```
    /// # use cache_runtime::{cached, entry, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// let entry = entry!(square(3));
    /// assert!(!cache.explain(&entry).is_hit());
    /// square(3).await;
    /// assert!(cache.explain(&entry).is_hit());
    /// assert!(cache.explain(entry).to_string().contains("fresh for 60s"));
    /// # });
    /// ```
    #[must_use]
    #[doc(alias = "debug")]
    pub fn explain<T>(&self, entry: impl NamesEntry<T>) -> Explanation {
        let entry = entry.named();
        let policy_state = self.bound_of(&entry);
        let local = &policy_state.tiers.local;
        let now = self.clock().now();
        let left = |until: Millis| Duration::from_millis(until.saturating_sub(now));
        let state = match entry.key.as_ref().and_then(|key| local.peek(key)) {
            None => State::Missing,
            Some((record, phase @ (Phase::Fresh | Phase::Due))) => State::Fresh {
                left: left(record.life.stale),
                negative: record.payload.is_none(),
                is_due: phase == Phase::Due,
            },
            Some((record, Phase::Stale)) => State::Stale(left(record.life.on_error)),
            Some((record, Phase::OnError)) if policy_state.rules.serves_on_error() => {
                State::OnError(left(record.life.over))
            }
            Some((_, Phase::OnError | Phase::Over)) => State::Dead,
        };
        let held_by = entry.key.as_ref().map_or(HeldBy::Nobody, |key| local.held_by(key));
        let (policy, settings, flaw) =
            (entry.policy, policy_state.settings, policy_state.proof.flaw());
        Explanation { policy, settings, key: entry.key, state, held_by, flaw }
    }
}

impl Explanation {
    /// Tells whether a call would be a hit now, as far as this process knows; a stale value is none. With a remote tier that
    /// means its own copy: where it has none, a call may still find the entry on the server.
    #[must_use]
    pub fn is_hit(&self) -> bool {
        matches!(self.state, State::Fresh { .. }) && !self.settings.off
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Policy { name, key, file, line, .. } = self.policy;
        writeln!(f, "policy: `{name}`, key `{key}`, declared at {file}:{line}")?;
        match &self.key {
            Some(key) => writeln!(f, "key:    {key}")?,
            None => writeln!(f, "key:    longer than 1 KiB, so never stored")?,
        }
        match (self.settings.ttl, self.policy.ttl) {
            (Some(ttl), _) => writeln!(f, "ttl:    {ttl:?}, set by the operator")?,
            (None, Ttl::Fixed(ttl)) => writeln!(f, "ttl:    {ttl:?}")?,
            (None, Ttl::Computed) => writeln!(f, "ttl:    computed for each call")?,
        }
        if self.settings.off {
            writeln!(f, "state:  the policy is switched off")?;
        }
        match self.state {
            State::Missing => write!(f, "entry:  none")?,
            State::Stale(left) => {
                write!(
                    f,
                    "entry:  stale, for {left:?} served at once and refreshed in the background"
                )?;
            }
            State::OnError(left) => {
                write!(f, "entry:  stale, for {left:?} served if its load fails")?;
            }
            State::Dead => {
                write!(
                    f,
                    "entry:  dead: past the time for which it is served, or a tag was invalidated"
                )?;
            }
            State::Fresh { left, negative, is_due } => {
                let what = if negative { "a cached `None`" } else { "a value" };
                write!(f, "entry:  {what}, fresh for {left:?}")?;
                if is_due {
                    f.write_str(match self.policy.rules().sliding {
                        Some(_) => "; the next hit renews its ttl",
                        None => "; the next hit has it refreshed",
                    })?;
                }
            }
        }
        if let Some(flaw) = self.flaw {
            let (cause, advice) = (flaw.cause(), flaw.advice());
            write!(f, "\nvalues: some are not cached: {cause}; {advice}")?;
        }
        match self.held_by {
            HeldBy::Nobody => Ok(()),
            HeldBy::Load => write!(f, "\nheld:   a load is under way"),
            HeldBy::BackOff => write!(f, "\nheld:   a load failed lately, and the next waits"),
            HeldBy::Writers(writers) => {
                write!(f, "\nheld:   {writers} write(s) under way; loads are not stored")
            }
        }
    }
}
