//! How much time `cargo check` takes for 500 annotated functions: this project, the crate `cached`, and none at all.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin build-time` makes three packages with the same 500
//! functions in a temporary folder and checks them in turn, so that a machine that grows slower does so for all.
//! With `--gate` it fails where this project takes longer than `cached`.

mod packages;

use std::io;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use packages::{PACKAGES, Package, Workspace};

/// Measured in each package, after one check that is not: it compiles what the package depends on.
const ROUNDS: usize = 5;

/// The most that this project's check may take, as a multiple of `cached`'s.
const MOST: f64 = 0.95;

fn main() -> ExitCode {
    let gate = std::env::args().any(|argument| argument == "--gate");
    match run() {
        Ok(ratio) if gate && ratio > MOST => {
            eprintln!("too slow: {ratio:.2} x `cached`, at most {MOST:.2} x is allowed");
            ExitCode::FAILURE
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("build: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures and prints; the median of this project's times over `cached`'s, round by round.
fn run() -> io::Result<f64> {
    let workspace = Workspace::write()?;
    let mut times = PACKAGES.map(|_| Vec::with_capacity(ROUNDS));
    for round in 0..=ROUNDS {
        for (package, times) in PACKAGES.iter().zip(&mut times) {
            workspace.touch(package, round)?;
            let time = check(workspace.path(), package)?;
            if round > 0 {
                times.push(time);
            }
        }
    }
    println!("{:28} {:>8} {:>8} {:>8}", "cargo check, 500 functions", "least", "median", "most");
    for (package, times) in PACKAGES.iter().zip(&times) {
        let mut sorted = times.clone();
        sorted.sort();
        let [least, median, most] = [0, ROUNDS / 2, ROUNDS - 1].map(|at| sorted[at].as_secs_f64());
        println!("{:28} {least:>7.2}s {median:>7.2}s {most:>7.2}s", package.title);
    }
    let mut ratios: Vec<_> = times[OURS].iter().zip(&times[CACHED]).map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ROUNDS / 2];
    println!(
        "this project / cached: {median:.2} x (from {:.2} to {:.2})",
        ratios[0],
        ratios[ROUNDS - 1]
    );
    Ok(median)
}

const OURS: usize = 0;
const CACHED: usize = 1;

fn ratio((ours, theirs): (&Duration, &Duration)) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

/// Checks a package, without incremental compilation, which would measure how much of the last check can be used again. The
/// time is what the compiler spent, where the system tells it: what passes on a clock is also other programs' doing.
fn check(workspace: &Path, package: &Package) -> io::Result<Duration> {
    let (start, spent_before) = (Instant::now(), spent_by_children());
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--quiet", "--package", package.name])
        .current_dir(workspace)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TARGET_DIR", workspace.join("target"))
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("`cargo check` of `{}` failed", package.name)));
    }
    let spent =
        spent_by_children().zip(spent_before).map(|(after, before)| after.saturating_sub(before));
    Ok(spent.unwrap_or_else(|| start.elapsed()))
}

/// The processor time of all processes that this one has begun and waited for, theirs among them; `None` where the system has
/// no `/proc`.
fn spent_by_children() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name of the program, the second field, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(13);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    // In ticks of 10 ms, whatever the kernel's own are.
    Some(Duration::from_millis((user + system) * 10))
}
