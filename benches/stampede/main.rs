//! How long callers of one key take while its source fails, against the same callers without a cache.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin stampede` starts a `redis-server` and prints the slowest of
//! 1 to 1,000 callers: in memory, on the server, and under `strategy = "lock"` on the server; with an error that can be
//! cloned, one that cannot, and a panic; and then callers at a steady rate. No caller may take longer than twice the slowest
//! without a cache and 50 ms. With `-- --gate` it measures a few of these cases, and the exit status is 1 if that does not
//! hold. Both sides are measured in one run; on a busy machine a case is measured again before it counts.

mod source;
mod steady;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use cache_runtime::{Cache, CacheSlot, bypass};
use server::{Failed, Server};

use crate::source::{End, MEMORY, ONE, TWO, Tier};

/// What a caller may take beside twice the slowest call without a cache.
const SLACK: Duration = Duration::from_millis(50);

/// How often a case is measured before it counts that it took too long.
const TRIES: u32 = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // Panics are what is measured.
    std::panic::set_hook(Box::new(|_| ()));
    let done = match *arguments {
        [] => run(&[1, 10, 200, 1_000], &[100, 500, 1_000], 20),
        ["--gate"] => run(&[200], &[100], 3),
        _ => {
            Err("the only option is `--gate`: measure a few cases, and fail if one takes too long"
                .into())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("stampede: {failed}");
            ExitCode::FAILURE
        }
    }
}

/// Measures every case of so many callers whose loads take so many milliseconds; then a steady rate, for some seconds.
fn run(callers: &[u32], times: &[u64], seconds: u32) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::start()?;
        Cache::builder().build().await?.install_in(&MEMORY)?;
        // Two caches of one server: the second is another process to the first.
        share(&server, &ONE).await?;
        share(&server, &TWO).await?;
        println!(
            "{:<10}{:<12}{:>9}{:>9}{:>12}{:>12}{:>8}",
            "tier", "loads end", "callers", "load", "no cache", "cached", "ratio"
        );
        let mut exceeded = Vec::new();
        for tier in [Tier::Memory, Tier::Server, Tier::Lock] {
            for end in [End::Shared, End::Kept, End::Panic] {
                for &callers in callers {
                    for &time in times {
                        exceeded
                            .extend(case(tier, end, callers, Duration::from_millis(time)).await);
                    }
                }
            }
        }
        exceeded.extend(steady::measure(seconds).await);
        if exceeded.is_empty() { Ok(()) } else { Err(exceeded.join("\n").into()) }
    })
}

async fn share(server: &Server, slot: &'static CacheSlot) -> Result<(), Failed> {
    let builder = Cache::builder().url(server.url()).response_timeout(Duration::from_secs(5));
    let cache = builder.build().await?;
    let start = Instant::now();
    while !cache.snapshot().remote.is_some_and(|shared| shared.tracking) {
        if start.elapsed() > Duration::from_secs(20) {
            return Err("the server reports no changes".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(cache.install_in(slot)?)
}

/// Measures one case and prints it; says what is wrong if callers take too long.
async fn case(tier: Tier, end: End, callers: u32, time: Duration) -> Option<String> {
    let mut exceeded = None;
    for _ in 0..TRIES {
        let without =
            slowest(callers, |caller| bypass(source::call(tier, end, caller, time))).await;
        let with = slowest(callers, |caller| source::call(tier, end, caller, time)).await;
        let ratio = with.as_secs_f64() / without.as_secs_f64();
        println!(
            "{:<10}{:<12}{callers:>9}{:>6} ms{:>9} ms{:>9} ms{ratio:>8.2}",
            tier.name(),
            end.name(),
            time.as_millis(),
            without.as_millis(),
            with.as_millis(),
        );
        if with <= 2 * without + SLACK {
            return None;
        }
        exceeded = Some(format!(
            "{} callers, {}, {}: the slowest took {with:?}, without a cache {without:?}",
            callers,
            tier.name(),
            end.name()
        ));
    }
    exceeded
}

/// The time of the slowest of so many calls that begin together.
async fn slowest<F>(callers: u32, call: impl Fn(u32) -> F) -> Duration
where
    F: Future<Output = ()> + Send + 'static,
{
    let calls: Vec<_> = (0..callers)
        .map(|caller| {
            let (start, call) = (Instant::now(), call(caller));
            tokio::spawn(async move {
                let _ended = tokio::spawn(call).await;
                start.elapsed()
            })
        })
        .collect();
    let mut slowest = Duration::ZERO;
    for call in calls {
        slowest = slowest.max(call.await.unwrap_or(Duration::MAX));
    }
    slowest
}
