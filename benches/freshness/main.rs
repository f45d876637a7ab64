//! What callers wait for a value past its ttl, and for a load that takes too long.
//!
//! `cargo run --release --bin freshness` prints both; with `-- --gate` the exit status is 1 if there was more than one load, or
//! if a limit is exceeded. Times depend on the machine and on its other work, so what has a limit is a difference within one
//! run, and the best of several rounds counts.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::{Cache, Error, cached, traced};

/// Callers of one key in its stale window.
const CALLERS: usize = 10_000;
/// Of those, the slowest hundredth may take so much longer than that of hits.
const STALE_OVER_HIT: Duration = Duration::from_micros(50);
/// How long after its deadline a call may answer.
const LATE: Duration = Duration::from_millis(5);
const DEADLINE: Duration = Duration::from_millis(20);
const ROUNDS: usize = 5;

static LOADS: AtomicUsize = AtomicUsize::new(0);

#[cached(key = "hit:<round>", ttl = "1h")]
async fn hit(round: usize) -> usize {
    round
}

/// Loads once, and then for ever.
#[cached(key = "stale:<round>", ttl = "5ms", stale_while_revalidate = "1h")]
async fn stale(round: usize) -> usize {
    if LOADS.fetch_add(1, Ordering::SeqCst) > 0 {
        std::future::pending::<()>().await;
    }
    round
}

#[cached(key = "late:<call>", ttl = "1h", hard_timeout = "20ms")]
async fn late(call: usize) -> Result<usize, Error> {
    std::future::pending::<()>().await;
    Ok(call)
}

/// Times in their order.
struct Times(Vec<Duration>);

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many of a hundred do not exceed.
    fn percentile(&self, percent: usize) -> Duration {
        let at = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(at).copied().unwrap_or_default()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let gate = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--gate"] => true,
        _ => {
            eprintln!("the only option is `--gate`: fail if a limit is exceeded");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let measured = runtime.map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(async {
            let cache = Cache::builder().build().await.map_err(|error| error.to_string())?;
            cache.install().map_err(|error| error.to_string())?;
            let (window, deadline) = (in_the_window().await?, at_the_deadline().await);
            Ok((window, deadline))
        })
    });
    match measured {
        Ok((true, true)) => ExitCode::SUCCESS,
        Ok(_) if !gate => ExitCode::SUCCESS,
        Ok(_) => {
            eprintln!("a limit is exceeded in every round");
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Calls for a value past its ttl while another one is loaded; tells whether one round kept to the limit.
async fn in_the_window() -> Result<bool, String> {
    println!("{CALLERS} callers in the stale window of one key, a load that does not end");
    println!(
        "{:<8}{:>12}{:>12}{:>14}{:>14}{:>8}",
        "round", "hit p50", "hit p99", "stale p50", "stale p99", "loads"
    );
    let mut kept = false;
    for round in 0..ROUNDS {
        LOADS.store(0, Ordering::SeqCst);
        hit(round).await;
        stale(round).await;
        while !traced(stale(round)).await.1.is_stale() {
            tokio::task::yield_now().await;
        }
        // The refresh has its turn.
        tokio::task::yield_now().await;
        let hits = Times::of(times(|| hit(round)).await);
        let stales = Times::of(times(|| stale(round)).await);
        let loads = LOADS.load(Ordering::SeqCst);
        println!(
            "{round:<8}{:>12.2?}{:>12.2?}{:>14.2?}{:>14.2?}{loads:>8}",
            hits.percentile(50),
            hits.percentile(99),
            stales.percentile(50),
            stales.percentile(99)
        );
        // The first one, and the one that refreshes.
        if loads != 2 {
            return Err(format!("{loads} loads, and not two"));
        }
        kept |= stales.percentile(99) <= hits.percentile(99) + STALE_OVER_HIT;
    }
    println!("wanted: stale p99 no more than {STALE_OVER_HIT:?} above hit p99\n");
    Ok(kept)
}

async fn times<F: Future>(call: impl Fn() -> F) -> Vec<Duration> {
    let mut times = Vec::with_capacity(CALLERS);
    for _ in 0..CALLERS {
        let start = Instant::now();
        call().await;
        times.push(start.elapsed());
    }
    times
}

/// Calls with a deadline and a load that does not end; tells whether one round kept to the limit.
async fn at_the_deadline() -> bool {
    const CALLS: usize = 50;
    println!("calls with a `hard_timeout` of {DEADLINE:?}, and loads that do not end");
    println!("{:<8}{:>14}{:>14}", "round", "late p50", "late p99");
    let mut kept = false;
    for round in 0..ROUNDS {
        let mut times = Vec::with_capacity(CALLS);
        for call in 0..CALLS {
            let start = Instant::now();
            if late(round * CALLS + call).await.is_err_and(|error| error.is_timeout()) {
                times.push(start.elapsed().saturating_sub(DEADLINE));
            }
        }
        let times = Times::of(times);
        println!("{round:<8}{:>14.2?}{:>14.2?}", times.percentile(50), times.percentile(99));
        kept |= times.0.len() == CALLS && times.percentile(99) <= LATE;
    }
    println!("wanted: no more than {LATE:?}");
    kept
}
