//! What a hit and a miss cost.
//!
//! `cargo run --release --bin hit` prints everything; with `-- --gate` it measures only what has a limit. Either way
//! the exit status is 1 if a limit is exceeded. Instructions, allocations and sizes have limits; wall time has none,
//! because it depends on the machine and on its other work: it is shown as a multiple of the first row's.
//!
//! A hit is counted with what is around it: the call, the future, and the drop of what it returned.

use std::fmt::Display;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use callgrind::counted_by_callgrind;
use cases::{BARE, Case, HITS, LOADS, MISS, SHARED, Sizes};

mod callgrind;
mod cases;

/// Of a hit on an `Arc<T>` whose key is a short text and a number. 400 are aimed at; another processor may copy memory with a few
/// more.
const HIT_INSTRUCTIONS: u64 = 410;
const HIT_ALLOCATIONS: u64 = 0;
/// Of a future over its arguments, in bytes.
const FUTURE_OVERHEAD: usize = 32;
/// Of a miss over the load without a cache. The instructions are what is aimed at, and not a limit yet.
const MISS_WANTED: u64 = 1_500;
/// One of them is for the wake-ups, by which those who wait tell a load that is parked from one whose source is slow.
const MISS_ALLOCATIONS: u64 = 4;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments {
        [] => measure(&HITS, &LOADS, true),
        ["--gate"] => measure(&[SHARED], &[MISS], false),
        ["--run", case, calls] => run(case, calls),
        _ => Err("the only option is `--gate`: measure nothing but what has a limit".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// What callgrind runs.
fn run(case: &str, calls: &str) -> Result<(), String> {
    cases::install().map_err(|error| error.to_string())?;
    let calls = calls.parse().map_err(|_| format!("`{calls}` is not a number of calls"))?;
    let case = HITS.into_iter().chain(LOADS).chain([BARE]).find(|known| known.name == case);
    counted_by_callgrind(case.ok_or("no such case")?.run, calls);
    Ok(())
}

/// The costs of one call.
struct Cost {
    instructions: u64,
    allocations: u64,
}

/// What is more than it may be, in words.
#[derive(Default)]
struct Exceeded(Vec<String>);

impl Exceeded {
    fn limit<N: Copy + PartialOrd + Display>(&mut self, what: impl Display, is: N, most: N) {
        if is > most {
            self.0.push(format!("too many {what}: {is}, the limit is {most}"));
        }
    }
}

fn measure(hits: &[Case], loads: &[Case], with_times: bool) -> Result<(), String> {
    cases::install().map_err(|error| error.to_string())?;
    let mut exceeded = Exceeded::default();
    let shortest = if with_times { shortest_times(hits) } else { Vec::new() };
    measure_hits(hits, &shortest, &mut exceeded)?;
    measure_loads(loads, &mut exceeded)?;
    let Exceeded(exceeded) = exceeded;
    if exceeded.is_empty() { Ok(()) } else { Err(exceeded.join("\n")) }
}

fn measure_hits(
    hits: &[Case],
    shortest: &[Duration],
    exceeded: &mut Exceeded,
) -> Result<(), String> {
    println!(
        "{:<28}{:>14}{:>13}{:>10}{:>13}{:>9}",
        "hit", "instructions", "allocations", "future B", "arguments B", "time"
    );
    for (n, case) in hits.iter().enumerate() {
        let Cost { instructions, allocations } = cost(case)?;
        print!("{:<28}{instructions:>14}{allocations:>13}", case.name);
        if let Some(Sizes { future, arguments }) = case.sizes.map(|sizes| sizes()) {
            print!("{future:>10}{arguments:>13}");
            let what = format_args!("bytes of the future of `{}`", case.name);
            exceeded.limit(what, future, arguments + FUTURE_OVERHEAD);
        } else {
            print!("{:>10}{:>13}", "", "");
        }
        match (shortest.first(), shortest.get(n)) {
            (Some(floor), Some(time)) => println!("{:>7.1} x", time.div_duration_f64(*floor)),
            _ => println!(),
        }
        if case.name == SHARED.name {
            exceeded.limit("instructions of a hit", instructions, HIT_INSTRUCTIONS);
            exceeded.limit("allocations of a hit", allocations, HIT_ALLOCATIONS);
        }
    }
    Ok(())
}

fn measure_loads(loads: &[Case], exceeded: &mut Exceeded) -> Result<(), String> {
    println!("\n{:<28}{:>14}{:>13}", "load", "instructions", "allocations");
    let alone = cost(&BARE)?;
    println!("{:<28}{:>14}{:>13}", BARE.name, alone.instructions, alone.allocations);
    for case in loads {
        let cost = cost(case)?;
        let instructions = cost.instructions.saturating_sub(alone.instructions);
        let allocations = cost.allocations.saturating_sub(alone.allocations);
        println!("{:<28}{:>14}{:>13}", case.name, cost.instructions, cost.allocations);
        println!("{:<28}{instructions:>14}{allocations:>13}", "  over the load alone");
        if case.name == MISS.name {
            exceeded.limit("allocations of a miss over its load", allocations, MISS_ALLOCATIONS);
        }
    }
    println!("{:<28}{MISS_WANTED:>14}{MISS_ALLOCATIONS:>13}", "  wanted, at most");
    Ok(())
}

fn cost(case: &Case) -> Result<Cost, String> {
    Ok(Cost { instructions: callgrind::instructions(case.name)?, allocations: allocations(case) })
}

/// The allocations of one call, rounded to the nearest: a table that grows now and then adds a fraction.
fn allocations(case: &Case) -> u64 {
    const CALLS: u64 = 8_192;
    // So that the entries are there, and the counters' cells of this thread.
    (case.run)(CALLS);
    let [one, two] =
        [1, 2].map(|n| allocation_counter::measure(|| (case.run)(n * CALLS)).count_total);
    ((two - one) + CALLS / 2) / CALLS
}

/// The shortest time of each, in turns: whatever else the machine does then hits all of them.
fn shortest_times(cases: &[Case]) -> Vec<Duration> {
    const ROUNDS: usize = 40;
    const CALLS: u64 = 20_000;
    let mut times = vec![Duration::MAX; cases.len()];
    for _ in 0..ROUNDS {
        for (case, shortest) in cases.iter().zip(&mut times) {
            let start = Instant::now();
            (case.run)(CALLS);
            *shortest = start.elapsed().min(*shortest);
        }
    }
    times
}
