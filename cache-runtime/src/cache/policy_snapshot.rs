//! The counters of one policy, as they are read: the fields are the rows of the table of counters.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::counters::{Counters, Event, Refusal, table};
use crate::tiers::PolicyState;
use crate::trouble::Trouble;

macro_rules! policy_snapshot {
    (
        events { $($(#[doc = $help:literal])+ $event:ident $(- $less:ident)? => $field:ident,)+ }
        refusals { $($(#[doc = $why:literal])+ $refusal:ident => $reason:ident, $text:literal,)+ }
    ) => {
        /// The counters of one policy.
        #[derive(Clone, Debug, Default, Serialize)]
        #[non_exhaustive]
        pub struct PolicySnapshot {
            /// The function's name.
            pub name: &'static str,
            /// The module that holds the function.
            pub module: &'static str,
            /// The key template, as written.
            pub key: &'static str,
            $($(#[doc = $help])+ pub $field: u64,)+
            /// Loaded values that were not stored, by reason.
            pub refused: Refused,
            /// The load time that half of the loads stayed below, in microseconds, rounded up to a power of two times 64.
            pub load_time_p50_us: Option<u64>,
            /// The load time that 99 of 100 loads stayed below, in microseconds, rounded up to a power of two times 64.
            pub load_time_p99_us: Option<u64>,
            /// What keeps the policy from doing its work, and how often it happened.
            pub troubles: BTreeMap<Trouble, u64>,
        }

        /// Loaded values that were not stored, by reason.
        #[derive(Clone, Debug, Default, Serialize)]
        #[non_exhaustive]
        pub struct Refused {
            $($(#[doc = $why])+ pub $reason: u64,)+
        }

        impl Refused {
            /// All loaded values that were not stored.
            #[must_use]
            pub fn total(&self) -> u64 {
                [$(self.$reason),+].iter().sum()
            }
        }

        /// Every counter, and where it stands in a snapshot.
        const ROWS: &[Row] = &[
            $(Row {
                name: stringify!($field),
                label: None,
                help: concat!($($help),+),
                read: |policy| policy.$field,
                sum: |policy, counters| {
                    policy.$field = counters.sum(Event::$event)$(.saturating_sub(counters.sum(Event::$less)))?;
                },
            },)+
            $(Row {
                name: "refused",
                label: Some(stringify!($reason)),
                help: concat!($($why),+),
                read: |policy| policy.refused.$reason,
                sum: |policy, counters| policy.refused.$reason = counters.sum(Refusal::$refusal),
            },)+
        ];
    };
}
table!(policy_snapshot);

/// One counter, as the table has it.
struct Row {
    name: &'static str,
    label: Option<&'static str>,
    /// With the space that is before the text of each line of a doc comment.
    help: &'static str,
    read: fn(&PolicySnapshot) -> u64,
    sum: fn(&mut PolicySnapshot, &Counters),
}

/// A counter of a policy with what it counts, for whoever publishes all of them: see [`PolicySnapshot::counters`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counter {
    /// The name in JSON: `hits`.
    pub name: &'static str,
    /// Which of those with this name: `too_large` of `refused`.
    pub label: Option<&'static str>,
    /// What is counted, in a sentence or two.
    pub help: &'static str,
    /// How often that happened since the cache was built.
    pub value: u64,
}

impl PolicySnapshot {
    pub(super) fn of(state: &PolicyState) -> Self {
        let load_time = |share| {
            let time: Option<Duration> = state.counters.load_time(share);
            time.and_then(|time| u64::try_from(time.as_micros()).ok())
        };
        let mut policy = Self {
            name: state.policy.name,
            module: state.policy.module,
            key: state.policy.key,
            load_time_p50_us: load_time(0.5),
            load_time_p99_us: load_time(0.99),
            troubles: state.troubles.list().collect(),
            ..Self::default()
        };
        for row in ROWS {
            (row.sum)(&mut policy, &state.counters);
        }
        policy
    }

    /// Lists every counter with its help text, in the order of the fields: for exporters of metrics.
    ///
    /// A counter in [`refused`](Self::refused) or [`troubles`](Self::troubles) has that name, and its own as the label;
    /// troubles that never happened are left out, and so are load times, which are no counters. All only grow, but for
    /// `misses`: a call is a miss until the remote tier has answered it.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// let policy = &cache.snapshot().policies[0];
    /// let mut text = String::new();
    /// for counter in policy.counters() {
    ///     let label = counter.label.map(|label| format!(",label=\"{label}\"")).unwrap_or_default();
    ///     text += &format!("{}{{policy=\"{}\"{label}}} {}\n", counter.name, policy.name, counter.value);
    /// }
    /// assert!(text.contains("misses{policy=\"square\"} 1\n"));
    /// assert!(text.contains("refused{policy=\"square\",label=\"too_large\"} 0\n"));
    /// # });
    /// ```
    pub fn counters(&self) -> impl Iterator<Item = Counter> {
        let counted = ROWS.iter().map(|row| {
            let Row { name, label, help, read, .. } = *row;
            Counter { name, label, help: help.trim_start(), value: read(self) }
        });
        let troubles = self.troubles.iter().map(|(trouble, times)| Counter {
            name: "troubles",
            label: Some(trouble.word()),
            help: trouble.help(),
            value: *times,
        });
        counted.chain(troubles)
    }

    /// The share of calls that were answered from the cache, from 0 to 1; `None` before the first call.
    #[doc(alias = "hit rate")]
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a ratio for people to read")]
    pub fn hit_ratio(&self) -> Option<f64> {
        let hits = self.hits + self.negative_hits + self.remote_hits;
        let calls = hits + self.misses;
        (calls > 0).then(|| hits as f64 / calls as f64)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    macro_rules! count_each {
        (
            events { $($(#[doc = $help:literal])+ $event:ident $(- $less:ident)? => $field:ident,)+ }
            refusals { $($(#[doc = $why:literal])+ $refusal:ident => $reason:ident, $text:literal,)+ }
        ) => {
            /// Counts each so many times as there are rows up to it.
            fn count_each(counters: &Counters) {
                let events = [$(Event::$event),+];
                for (before, event) in events.into_iter().enumerate() {
                    for _ in 0..=before {
                        counters.count(event);
                    }
                }
                for (before, refusal) in [$(Refusal::$refusal),+].into_iter().enumerate() {
                    for _ in 0..=events.len() + before {
                        counters.count(refusal);
                    }
                }
            }
        };
    }
    table!(count_each);

    #[test]
    fn each_counter_in_the_json_is_listed_with_its_value_and_its_help() {
        let counters = Counters::default();
        count_each(&counters);
        let troubles = BTreeMap::from([(Trouble::TooLarge, 1000), (Trouble::KeyTooLong, 1001)]);
        let mut policy = PolicySnapshot { troubles, ..PolicySnapshot::default() };
        for row in ROWS {
            (row.sum)(&mut policy, &counters);
        }
        let mut listed: Vec<_> = policy
            .counters()
            .map(|Counter { name, label, help, value }| {
                assert!(!help.starts_with(char::is_whitespace) && help.ends_with('.'), "{help}");
                (name.to_owned(), label.map(str::to_owned), value)
            })
            .collect();
        let Value::Object(json) = serde_json::to_value(&policy).unwrap() else { unreachable!() };
        let mut shown: Vec<_> = json
            .into_iter()
            .filter(|(name, _)| !name.starts_with("load_time_"))
            .flat_map(|(name, value)| match value {
                Value::Number(value) => vec![(name, None, value.as_u64().unwrap())],
                Value::Object(labels) => labels
                    .into_iter()
                    .map(|(label, value)| (name.clone(), Some(label), value.as_u64().unwrap()))
                    .collect(),
                _ => Vec::new(),
            })
            .collect();
        listed.sort();
        shown.sort();
        assert_eq!(listed, shown);
        shown.retain(|(name, ..)| name == "refused");
        let refused: u64 = shown.into_iter().map(|(.., value)| value).sum();
        assert_eq!(policy.refused.total(), refused);
    }
}
