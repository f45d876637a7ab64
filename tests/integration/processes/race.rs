//! Processes read, write, invalidate and are killed at random, on a server to which things happen. After a write was
//! acknowledged, nobody may read what it replaced; from copies, not for long.
//!
//! `CACHE_TEST_ROUNDS` sets the number of rounds on each kind of server; each has its own seed, which a failure names.
//! `CACHE_TEST_SEED` is the first of them. The seed decides what is done, not when. Without them all races on servers, those
//! of the scripts alone among them, take about a minute.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::client::Counter;
use super::fleet::{Orders, Process, Role};
use super::kinds::{GUARD, ROWS};
use super::rows::{LAG, Verdict};
use super::source::{Pace, Source};
use super::weather::{self, Weather};
use crate::support::random::Random;
use crate::support::server::{Kind, Server, servers};

/// Of each weather more than one.
const ROUNDS: u64 = 8;
/// Longer than a copy may be out of date.
const LENGTH: Duration = Duration::from_secs(3);

/// What came of a round.
#[derive(Debug)]
struct Round {
    seed: u64,
    weather: Weather,
    verdict: Verdict,
    counted: HashMap<u64, u64>,
    killed: u64,
}

impl Round {
    fn counted(&self, counter: Counter) -> u64 {
        self.counted.get(&(counter as u64)).copied().unwrap_or_default()
    }
}

async fn round(kind: Kind, role: Role, weather: Weather, seed: u64) -> Round {
    let server = Server::with(kind, &["--maxmemory-policy allkeys-lru"]);
    let mut random = Random::new(seed);
    let count = 3 + random.below(2);
    // What is removed from outside may be a guard.
    let guard = Duration::from_micros(GUARD + 50_000);
    let guard = matches!(weather, Weather::None | Weather::Calm).then_some(guard);
    let source = Source::start(ROWS, Pace::random(seed), 1, guard).await;
    let start_one =
        |seed| Process::start(&Orders { role, source: source.port, url: server.url(), seed });
    let mut processes: Vec<_> =
        (0..count).map(|number| start_one(seed.wrapping_mul(1000).wrapping_add(number))).collect();
    let mut connection = server.connection().await;
    let (start, mut killed) = (Instant::now(), 0);
    while start.elapsed() < LENGTH {
        tokio::time::sleep(Duration::from_millis(10 + random.below(60))).await;
        if weather != Weather::None && random.below(12) == 0 {
            let any = usize::try_from(random.below(count)).expect("few processes");
            processes[any].kill();
            source.rows().log_all("a process is killed");
            killed += 1;
            processes[any] =
                start_one(seed.wrapping_mul(1000).wrapping_add(100).wrapping_add(killed));
        } else {
            weather::strike(weather, &source, &mut connection, &mut random).await;
        }
    }
    source.end();
    for process in &mut processes {
        let status = process.end(Duration::from_secs(20)).await;
        assert!(status.success(), "seed {seed}: a process ends with {status}");
    }
    let verdict = std::mem::take(&mut source.rows().verdict);
    Round { seed, weather, verdict, counted: source.counted(), killed }
}

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[tokio::test]
async fn what_was_acknowledged_to_one_process_is_what_all_processes_read() {
    let rounds = from_environment("CACHE_TEST_ROUNDS").unwrap_or(ROUNDS);
    let first = from_environment("CACHE_TEST_SEED").unwrap_or(0);
    let mut all = Vec::new();
    for kind in servers() {
        for seed in first..first + rounds {
            let weather = [Weather::Calm, Weather::Rough, Weather::Tight];
            let weather = weather[usize::try_from(seed % 3).expect("small")];
            let round = round(kind, Role::Race, weather, seed).await;
            println!("{kind:?} {round}");
            let Verdict { stale, late, example, .. } = &round.verdict;
            assert!(
                *stale == 0 && *late == 0,
                "on {kind:?}, {weather:?}, seed {seed}: {stale} stale, {late} later than {LAG} us; the first:\n{}\n\
                 again with: CACHE_TEST_SEED={seed} CACHE_TEST_ROUNDS=1 cargo test -p tests --all-features \
                 --test integration processes::race",
                example.as_deref().unwrap_or_default()
            );
            all.push(round);
        }
    }
    everything_happened(&all);
}

fn everything_happened(rounds: &[Round]) {
    let sum = |of: &dyn Fn(&Round) -> u64| rounds.iter().map(of).sum::<u64>();
    let counted = |counter| sum(&|round: &Round| round.counted(counter));
    for (what, happened, least) in [
        ("reads", sum(&|round| round.verdict.reads), 1000),
        ("hits", counted(Counter::Hits), 100),
        ("hits on the server", counted(Counter::RemoteHits), 100),
        ("joined loads", counted(Counter::Joins), 10),
        ("fills", counted(Counter::Fills), 100),
        ("loads that were overtaken", counted(Counter::Overtaken), 5),
        ("acknowledged writes", counted(Counter::Written), 100),
        ("cancelled writes", counted(Counter::Cancelled), 5),
        ("crashes", sum(&|round| round.killed), 3),
    ] {
        assert!(happened >= least, "{what}: {happened}");
    }
}

impl std::fmt::Display for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seed, weather, verdict, killed, .. } = self;
        let Verdict { reads, writes, bounded, stale, late, largest_lag, .. } = verdict;
        let counted = |counter| self.counted(counter);
        write!(
            f,
            "seed {seed} {weather:?}: {reads} reads ({} hits, {} on the server, {} joined, {} loads, {} fills, {} \
             overtaken), {writes} writes ({} acknowledged, {} not, {} cancelled, {} failed; {bounded} bounded by \
             guards), {killed} crashes; {stale} stale, {late} late, largest lag {largest_lag} us",
            counted(Counter::Hits),
            counted(Counter::RemoteHits),
            counted(Counter::Joins),
            counted(Counter::Loads),
            counted(Counter::Fills),
            counted(Counter::Overtaken),
            counted(Counter::Written),
            counted(Counter::Unacknowledged),
            counted(Counter::Cancelled),
            counted(Counter::Failed),
        )
    }
}

#[tokio::test]
async fn get_set_and_del_with_copies_serve_what_was_replaced_to_other_processes() {
    let round = round(Kind::Redis, Role::Naive, Weather::None, 0).await;
    println!("{round}");
    assert!(round.verdict.stale > 0 && round.verdict.late > 0, "{round}");
}
