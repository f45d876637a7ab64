//! How the tour is printed: scenes, calls with their times, what was counted.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cache_runtime::{Cache, Outcome, PolicySnapshot, RemoteState, Snapshot, traced};
use examples::posts::{Headline, Post};
use examples::reports::Report;
use examples::users::User;

const WIDTH: usize = 78;

/// A line on standard output. That a reader has closed it (`| head`) is no reason to panic.
macro_rules! line {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Where the scenes are written, on standard output.
pub(crate) struct Page {
    cache: Cache,
    scenes: u32,
    before: Snapshot,
}

impl Page {
    pub(crate) fn open(cache: &Cache) -> Self {
        line!("A tour of cache-runtime\n");
        prose(
            "A blog on SQLite, in a new file for this run: 1,000 users, 5,000 posts. Its \
             repository, users.rs, posts.rs and reports.rs in examples/src, is annotated; \
             whoever calls it sees ordinary async methods. Each line below is such a call: \
             what became of it, how long it took, what came back.",
        );
        prose(match cache.health().remote.map(|shared| shared.state) {
            None => {
                "The cache is the memory of this process. CACHE_URL=redis://127.0.0.1:6379 \
                 puts a server behind it that processes share."
            }
            Some(RemoteState::Serving | RemoteState::Degraded) => {
                "The cache is a server that processes share, and this process's copies of \
                 what lies there. Each hit says which of the two answered."
            }
            Some(_) => {
                "The cache is a server, and it is away: every call runs its query, and \
                 none fails."
            }
        });
        if cfg!(debug_assertions) {
            prose("This is a debug build. With --release a hit takes a fraction of the time.");
        }
        Self { cache: cache.clone(), scenes: 0, before: cache.snapshot() }
    }

    /// Ends the scene before, and opens the next with its source and its story.
    pub(crate) fn scene(&mut self, title: &str, source: &str, story: &str) {
        self.count();
        self.scenes += 1;
        line!("\n{}. {title}\n", self.scenes);
        for line in source.lines() {
            line!("       {}", line.trim());
        }
        if !source.is_empty() {
            line!();
        }
        prose(story);
        line!();
    }

    /// Ends the last scene and the tour.
    pub(crate) fn close(&mut self) {
        self.count();
        line!("\nAll that was counted, by policy: cache.snapshot()\n");
        for line in self.cache.snapshot().to_string().lines() {
            line!("   {line}");
        }
        line!();
        prose("Next: the same repository behind HTTP, cargo run --example service");
    }

    /// Writes what the cache counted since the scene began.
    fn count(&mut self) {
        let now = self.cache.snapshot();
        if self.scenes > 0 {
            line!("\n   counted: {}", since(&self.before, &now));
        }
        self.before = now;
    }
}

/// Waits for a call and writes its line.
pub(crate) async fn call<T: Show, E>(
    what: &str,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let (result, outcome, took) = time(call).await;
    let value = result?;
    answer(what, outcome, took, &value);
    Ok(value)
}

/// Waits for a call; writes nothing.
pub(crate) async fn time<T>(call: impl Future<Output = T>) -> (T, Outcome, Duration) {
    let start = Instant::now();
    let (value, outcome) = traced(call).await;
    (value, outcome, start.elapsed())
}

/// What needs no explanation.
const USUAL: [&str; 3] =
    ["loaded and stored", "fresh value in the local tier", "fresh `None` in the local tier"];

/// Writes the line of a call that has ended.
pub(crate) fn answer(what: &str, outcome: Outcome, took: Duration, value: &impl Show) {
    let word = outcome.to_string();
    // A write calls no cached function.
    let word = if word == "none" { "" } else { &word };
    line(what, word, took, &value.show());
    let is_answer = outcome.is_hit() || outcome.is_stale() || outcome.is_miss();
    if is_answer && !USUAL.contains(&outcome.reason()) {
        line!("   {:33}({})", "", outcome.reason());
    }
}

/// Writes the line of something that is more than one call.
pub(crate) fn tell(what: &str, took: Duration, result: &str) {
    line(what, "", took, result);
}

/// The counters that have moved, summed over the policies.
fn since(before: &Snapshot, now: &Snapshot) -> String {
    let sum = |snapshot: &Snapshot, count: fn(&PolicySnapshot) -> u64| -> u64 {
        snapshot.policies.iter().map(count).sum()
    };
    let moved = COUNTERS.iter().filter_map(|(name, count)| {
        let times = sum(now, *count) - sum(before, *count);
        (times > 0).then(|| format!("{name} {times}"))
    });
    moved.collect::<Vec<_>>().join(" · ")
}

type Counter = (&'static str, fn(&PolicySnapshot) -> u64);

const COUNTERS: [Counter; 13] = [
    ("hits", |policy| policy.hits),
    ("hits on the server", |policy| policy.remote_hits),
    ("negative hits", |policy| policy.negative_hits),
    ("stale hits", |policy| policy.stale_hits),
    ("stale on error", |policy| policy.stale_on_error),
    ("misses", |policy| policy.misses),
    ("bypasses", |policy| policy.bypasses),
    ("joins", |policy| policy.joins),
    ("loads", |policy| policy.loads),
    ("refreshes in the background", |policy| policy.background_refreshes),
    ("loads cancelled", |policy| policy.load_cancelled),
    ("not stored", |policy| policy.refused.total()),
    ("invalidations", |policy| policy.invalidations),
];

fn line(what: &str, outcome: &str, took: Duration, value: &str) {
    line!("   {what:<24} {outcome:<6} {took:>9.1?}   {value}");
}

fn prose(text: &str) {
    let mut line = String::from("  ");
    for word in text.split_whitespace() {
        if line.len() + word.len() >= WIDTH {
            line!("{line}");
            line = String::from("  ");
        }
        line.push(' ');
        line.push_str(word);
    }
    line!("{line}");
}

/// A value in a few words.
pub(crate) trait Show {
    fn show(&self) -> String;
}

impl<T: Show> Show for Option<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "nobody".to_owned(), T::show)
    }
}

impl<T: Show> Show for sqlx::Result<T> {
    fn show(&self) -> String {
        self.as_ref().map_or_else(|error| format!("error: {error}"), T::show)
    }
}

impl Show for User {
    fn show(&self) -> String {
        format!("{}, user {}", self.name, self.id)
    }
}

impl Show for Vec<User> {
    fn show(&self) -> String {
        format!("{} users", self.len())
    }
}

impl Show for Post {
    fn show(&self) -> String {
        format!("post {}", self.id)
    }
}

impl Show for Arc<Vec<Post>> {
    fn show(&self) -> String {
        match self.first() {
            Some(newest) => format!("{} posts, the newest: {}", self.len(), newest.title),
            None => "no posts".to_owned(),
        }
    }
}

impl Show for Arc<Vec<Headline>> {
    fn show(&self) -> String {
        match self.first() {
            Some(newest) => format!("the newest: {}, by {}", newest.title, newest.author),
            None => "no posts".to_owned(),
        }
    }
}

impl Show for Report {
    fn show(&self) -> String {
        format!("{} wrote {} posts", self.author, self.posts)
    }
}
