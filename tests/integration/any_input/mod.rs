//! No input makes the cache panic: no text, no duration, no limit.

mod subject;

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use self::subject::{Naive, Ours, Subject};
use crate::support::random::Random;

/// The inputs that make a call panic.
fn panics<I: Debug>(inputs: impl IntoIterator<Item = I>, call: impl Fn(&I)) -> Vec<I> {
    inputs
        .into_iter()
        .filter(|input| catch_unwind(AssertUnwindSafe(|| call(input))).is_err())
        .collect()
}

/// Texts that are dense in what means something in a URL, a key, a tag or a duration.
fn texts() -> impl Iterator<Item = String> {
    const PIECES: [&str; 20] = [
        "", "a", "7", ":", "/", "://", "<", ">", "%", "%4", "{", "*", "!", ",", "@", "ü", "\0",
        "\n", "\u{202e}", "💥",
    ];
    let mut random = Random::new(7);
    let mixed = (0..500).map(move |_| {
        let pieces = 0..random.below(12);
        pieces.map(|_| PIECES[usize::try_from(random.below(20)).unwrap_or(0)]).collect()
    });
    let long =
        [100, 1_016, 1_017, 1_018, 1 << 20].map(|length| format!("a{}", "ü".repeat(length / 2)));
    ["memory://", "redis://u:p@h:6379/0?x=%zz"]
        .map(str::to_owned)
        .into_iter()
        .chain(long)
        .chain(mixed)
}

const DURATIONS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_nanos(1),
    Duration::from_micros(999),
    Duration::from_hours(1),
    Duration::from_millis(u64::MAX),
    Duration::MAX,
];

const LIMITS: [u64; 6] = [0, 1, 2, 1_000, u64::MAX / 2, u64::MAX];

/// What each kind of input makes panic.
fn found<S: Subject>() -> [(&'static str, Vec<String>); 5] {
    let shown = |inputs: Vec<Duration>| inputs.iter().map(|input| format!("{input:?}")).collect();
    [
        ("url", panics(texts(), |text| S::connect(text))),
        ("key", panics(texts(), |text| S::read(text))),
        ("ttl", shown(panics(DURATIONS, |ttl| S::keep(*ttl)))),
        ("wait", shown(panics(DURATIONS, |limit| S::wait(*limit)))),
        ("limit", panics(LIMITS, |most| S::limit(*most)).iter().map(u64::to_string).collect()),
    ]
}

#[test]
fn a_naive_cache_panics_on_every_kind_of_input() {
    for (kind, inputs) in found::<Naive>() {
        assert!(!inputs.is_empty(), "{kind}");
    }
}

#[test]
fn no_input_makes_the_cache_panic() {
    for (kind, inputs) in found::<Ours>() {
        assert!(inputs.is_empty(), "{kind}: {inputs:?}");
    }
}
