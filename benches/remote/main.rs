//! What a hit on the remote tier costs, against a bare `GET` of the same bytes by the same client in the same run.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin remote` starts a `redis-server`, prints the times, the
//! processor time and the commands, and ends it. With `-- --gate` the run is shorter, and the exit status is 1 if a hit
//! is more than one command or takes too long as a multiple of the bare `GET`.
//!
//! The client of a cache has a thread of its own, because callers may run on any executor: so has the `GET` that the
//! times are held against. The other `GET`, whose client is on the caller's thread, shows what that thread costs.

mod measure;
mod subjects;

use std::process::ExitCode;
use std::sync::Arc;

use measure::{Cost, Mode, Plan};
use server::{Failed, Server};
use subjects::{ACTIONS, Action, Clients, Subject};

/// What is aimed at: the latency and the processor time of a hit, as multiples of those of a bare `GET`.
const WANTED: (f64, f64) = (1.1, 1.3);

/// The latency at which the gate closes. Above what is aimed at, because a busy machine is not to close it.
const MOST: f64 = 1.25;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments {
        [] => run(Plan::LONG, &[Mode::OneByOne, Mode::AtOnce], false),
        ["--gate"] => run(Plan::SHORT, &[Mode::OneByOne], true),
        _ => Err("the only option is `--gate`: measure shortly, and fail if it is too much".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("remote: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: Plan, modes: &[Mode], gate: bool) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Arc::new(Server::start()?);
        let clients = Arc::new(Clients::connect(&server).await?);
        let mut exceeded = Vec::new();
        println!("a hit, {} bytes under the key", clients.length().await?);
        for mode in modes {
            let costs = measure::costs(&clients, &server, *mode, plan).await?;
            print(*mode, &costs);
            exceeded.extend(costs.iter().filter(|_| *mode == Mode::OneByOne).find_map(too_slow));
        }
        println!(
            "wanted, at most{:>54.2} x{:>17.2} x\n\ncommands of one call, those of its scripts too",
            WANTED.0, WANTED.1
        );
        for (number, (action, title)) in (1..).zip(ACTIONS) {
            let commands = commands(&server, number, action, title).await?;
            if matches!(action, Action::Hit | Action::TaggedHit) && commands > 1.0 {
                exceeded.push(format!("a {title} is {commands:.2} commands, the limit is one"));
            }
        }
        if gate && !exceeded.is_empty() { Err(exceeded.join("\n").into()) } else { Ok(()) }
    })
}

fn print(mode: Mode, costs: &[Cost]) {
    let title = match mode {
        Mode::OneByOne => "one call after the other",
        Mode::AtOnce => "64 calls at a time",
    };
    println!(
        "\n{title:<42}{:>9}{:>9}{:>9}{:>10}{:>9}{:>13}",
        "median", "99 %", "ratio", "CPU", "ratio", "server's CPU"
    );
    for cost in costs {
        println!(
            "{:<42}{:>6.1} us{:>6.0} us{:>7.2} x{:>7.1} us{:>7.2} x{:>10.1} us",
            cost.subject.title(),
            cost.median,
            cost.slow,
            cost.ratio,
            cost.cpu,
            cost.cpu_ratio,
            cost.server_cpu,
        );
    }
}

fn too_slow(cost: &Cost) -> Option<String> {
    let ratio = cost.ratio;
    (cost.subject == Subject::Function && ratio > MOST)
        .then(|| format!("a hit takes {ratio:.2} x the time of a bare GET, the limit is {MOST} x"))
}

/// Prints what the server is asked for by one action; the number of commands.
async fn commands(
    server: &Server,
    number: u64,
    action: Action,
    title: &str,
) -> Result<f64, Failed> {
    const TIMES: u64 = 1_000;
    /// What comes in fewer calls than this part of them is the heartbeat's.
    const SELDOM: f64 = 0.02;
    let mut connection = server.connection().await?;
    let ids = number * TIMES..(number + 1) * TIMES;
    // The first time of a script it is sent in full.
    action.act(ids.end + 1_000_000).await?;
    measure::settle().await;
    server::reset(&mut connection).await?;
    for id in ids {
        action.act(id).await?;
    }
    // What follows an action and is not awaited by it.
    measure::settle().await;
    let mut done = server::done(&mut connection).await?;
    let each = |count: u64| measure::per_call(count, TIMES);
    done.retain(|_, done| each(done.calls) > SELDOM);
    let each_of = done.iter().map(|(name, done)| format!("{:.2} {name}", each(done.calls)));
    let micros = each(done.values().map(|done| done.micros).sum());
    println!("{title:<24}{} ({micros:.1} us)", each_of.collect::<Vec<_>>().join(", "));
    Ok(each(done.values().map(|done| done.calls).sum()))
}
