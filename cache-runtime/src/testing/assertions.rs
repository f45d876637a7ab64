//! Assertions on what became of a call, with messages that say what happened.

use std::fmt::{self, Write};
use std::panic::Location;
use std::pin::pin;

use crate::cache::{Cache, PolicySnapshot};
use crate::declared::isolate::Asked;
use crate::declared::registry;
use crate::outcome::Outcome;
use crate::policy::{Policy, Ttl};
use crate::scope::traced;

/// Asserts that a call is answered from the cache, with a value within its ttl, and returns its result. If the future makes
/// several calls, all of them.
///
/// # Panics
/// If a call is not: with what it was and why, of which policy, and where to look.
///
/// ```
/// # use cache_runtime::{cached, testing};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let _cache = testing::isolate();
/// square(3).await;
/// assert_eq!(testing::assert_hit(square(3)).await, 9);
/// # });
/// ```
#[track_caller]
pub fn assert_hit<F: Future>(call: F) -> impl Future<Output = F::Output> {
    Expected::Hit.of(call, Location::caller())
}

/// Asserts that a call, or one of several, is not answered from the cache: its body runs, or it waits for one that does.
///
/// # Panics
/// If all are, or the cache is left aside.
///
/// ```
/// # use cache_runtime::{cached, testing};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let _cache = testing::isolate();
/// assert_eq!(testing::assert_miss(square(3)).await, 9);
/// # });
/// ```
#[track_caller]
pub fn assert_miss<F: Future>(call: F) -> impl Future<Output = F::Output> {
    Expected::Miss.of(call, Location::caller())
}

/// Asserts that a call, or one of several, is answered with a value past its ttl: while it is refreshed, or because its load
/// failed.
///
/// # Panics
/// If none is.
///
/// ```
/// # use std::time::Duration;
/// # use cache_runtime::{cached, testing};
/// #[cached(key = "square:<n>", ttl = "1m", stale_while_revalidate = "5m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let cache = testing::isolate();
/// square(3).await;
/// cache.clock().advance(Duration::from_secs(60));
/// assert_eq!(testing::assert_stale(square(3)).await, 9);
/// # });
/// ```
#[track_caller]
pub fn assert_stale<F: Future>(call: F) -> impl Future<Output = F::Output> {
    Expected::Stale.of(call, Location::caller())
}

/// Asserts that a call, or one of several, leaves the cache aside.
///
/// # Panics
/// If none does.
///
/// ```
/// # use cache_runtime::{bypass, cached, testing};
/// #[cached(key = "square:<n>", ttl = "1m")]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let _cache = testing::isolate();
/// assert_eq!(testing::assert_bypass(bypass(square(3))).await, 9);
/// # });
/// ```
#[track_caller]
pub fn assert_bypass<F: Future>(call: F) -> impl Future<Output = F::Output> {
    Expected::Bypass.of(call, Location::caller())
}

/// Asserts how often the body of a cached function has run to its end for a cache: of `get_user`, or `users::get_user` where
/// several modules have one of that name.
///
/// # Panics
/// If it was another number, with the counters of the policy; or if there is no such function.
///
/// ```
/// # use cache_runtime::{cached, testing};
/// #[cached(key = "halved:<n>", ttl = "1m")]
/// async fn halved(n: u64) -> u64 {
///     n / 2
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let cache = testing::isolate();
/// testing::assert_loads(&cache, "halved", 0);
/// halved(4).await;
/// halved(4).await;
/// testing::assert_loads(&cache, "halved", 1);
/// # });
/// ```
#[track_caller]
pub fn assert_loads(cache: &Cache, function: &str, loads: u64) {
    let policies = cache.snapshot().policies;
    let is_meant = |policy: &&PolicySnapshot| {
        Policy::new(policy.name, policy.module, policy.key, "", 0).is_named(function)
    };
    let meant: Vec<_> = policies.iter().filter(is_meant).collect();
    if meant.is_empty()
        && let Err(why) = registry::named(function)
    {
        panic!("{why}");
    }
    let found: u64 = meant.iter().map(|policy| policy.loads).sum();
    let counted = meant.iter().fold(String::new(), |text, policy| text + &counters(policy));
    assert!(
        found == loads,
        "expected {loads} loads of `{function}`, but there were {found}\n{counted}  \
         look at: which calls missed, by `assert_hit` and `assert_miss` around each; `cache.snapshot()` has every counter"
    );
}

/// The counters of a policy that are not zero.
fn counters(policy: &PolicySnapshot) -> String {
    let mut text = format!(
        "  policy:  `{}::{}`, key `{}`\n  counted:",
        policy.module, policy.name, policy.key
    );
    for counter in policy.counters().filter(|counter| counter.value > 0) {
        let label = counter.label.map(|label| format!(" ({label})")).unwrap_or_default();
        let _ = write!(text, " {}{label} {},", counter.name, counter.value);
    }
    text.trim_end_matches(',').to_owned() + "\n"
}

/// What a call is expected to be.
#[derive(Clone, Copy)]
enum Expected {
    Hit,
    Miss,
    Stale,
    Bypass,
}

impl Expected {
    async fn of<F: Future>(self, call: F, caller: &'static Location<'static>) -> F::Output {
        let mut asked = Asked::default();
        let mut call = pin!(traced(call));
        let (output, outcome) =
            std::future::poll_fn(|context| asked.during(|| call.as_mut().poll(context))).await;
        assert!(self.is(outcome), "{}", Unexpected { expected: self, outcome, asked, caller });
        output
    }

    fn is(self, outcome: Outcome) -> bool {
        match self {
            Self::Hit => outcome.is_hit() && !outcome.is_stale(),
            Self::Miss => outcome.is_miss(),
            Self::Stale => outcome.is_stale(),
            Self::Bypass => outcome.is_bypass(),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Hit => "a hit",
            Self::Miss => "a miss",
            Self::Stale => "a stale hit",
            Self::Bypass => "a call that leaves the cache aside",
        }
    }

    /// Where to look for the cause.
    fn advice(self, outcome: Outcome) -> &'static str {
        match self {
            _ if outcome.to_string() == "none" => {
                "whether the future calls a cached function itself: calls in tasks that it spawns are not seen"
            }
            Self::Miss if outcome.is_hit() || outcome.is_stale() => {
                "whether the writer names this entry, with the same arguments, in `#[invalidates]`; whether the clock has \
                 passed the ttl. `cache.explain(entry!(…))` before the call tells what is there"
            }
            Self::Hit | Self::Stale if outcome.is_miss() => {
                "whether a call before this one stored it (its outcome says), on this cache and under the same key; whether \
                 the clock has passed its ttl, or somebody invalidated it since. `cache.explain(entry!(…))` before the call \
                 tells what is there, `cache.health()` what keeps a policy from its work"
            }
            Self::Hit if outcome.is_stale() => {
                "whether the clock has passed the ttl, or somebody marked the entry stale"
            }
            Self::Stale if outcome.is_hit() => {
                "whether the clock has passed the ttl, and not the window after it"
            }
            _ if outcome.is_bypass() => "what the reason above names",
            _ => {
                "whether `when`, `bypass` or the settings of the cache are to leave the cache aside"
            }
        }
    }
}

/// The message of an assertion that does not hold.
struct Unexpected {
    expected: Expected,
    outcome: Outcome,
    asked: Asked,
    caller: &'static Location<'static>,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expected, outcome, asked, caller } = self;
        let was = match outcome.to_string().as_str() {
            "none" => "there was no call",
            "hit" => "the call was a hit",
            "stale" => "the call was a stale hit",
            "miss" => "the call was a miss",
            _ => "the call left the cache aside",
        };
        writeln!(f, "expected {}, but {was}: {}", expected.text(), outcome.reason())?;
        writeln!(f, "  at:      {caller}")?;
        for policy in asked.policies() {
            let Policy { name, key, file, line, .. } = policy;
            write!(f, "  policy:  `{name}`, key `{key}`, ")?;
            match policy.ttl {
                Ttl::Fixed(ttl) => write!(f, "ttl {ttl:?}")?,
                Ttl::Computed => f.write_str("ttl computed for each call")?,
            }
            writeln!(f, ", declared at {file}:{line}")?;
        }
        write!(f, "  look at: {}", expected.advice(*outcome))
    }
}
