//! What it costs to end many entries by one tag, and what the tag costs their memory.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin tags` starts a `redis-server`, fills it with entries that
//! share one tag, ends them, and does the same in the usual way: a set that holds the keys of all entries with the tag.
//! With `-- --gate` it leaves the million out, and the exit status is 1 if a tag is ended by more than one request, or
//! adds more to an entry than it may.

mod classical;
mod entries;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use cache_runtime::store::{Store as _, Tag};
use entries::{Entries, LENGTHS};
use redis::aio::MultiplexedConnection;
use server::{Failed, Server};

/// What the version of a tag adds to an entry at most, in bytes.
const MOST: i64 = 32;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match *arguments {
        [] => run(&[1_000, 100_000, 1_000_000], false),
        ["--gate"] => run(&[1_000, 100_000], true),
        _ => {
            Err("the only option is `--gate`: leave the million out, and fail if it is too much"
                .into())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("tags: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn run(counts: &[u32], gate: bool) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut exceeded = Vec::new();
        println!(
            "{:<34}{:>10}{:>12}{:>14}  commands",
            "ending all entries of one tag", "entries", "time", "in the server"
        );
        for count in counts {
            let requests = by_version(*count).await?;
            if requests != 1 {
                exceeded.push(format!("a tag is ended by {requests} requests, the limit is one"));
            }
        }
        for count in counts.iter().filter(|count| **count <= 100_000) {
            by_members(*count).await?;
        }
        println!(
            "\n{:<34}{:>10}{:>12}{:>12}{:>10}{:>12}",
            "bytes of an entry, key of 12", "value", "no tag", "one tag", "more", "in a set"
        );
        for length in LENGTHS {
            let more = memory(length).await?;
            if more > MOST {
                exceeded.push(format!("a tag adds {more} bytes to an entry, the limit is {MOST}"));
            }
        }
        if gate && !exceeded.is_empty() { Err(exceeded.join("\n").into()) } else { Ok(()) }
    })
}

/// How a tag was ended.
struct Ended {
    time: Duration,
    /// In the server, in microseconds.
    server: u64,
    commands: String,
    requests: u64,
}

impl Ended {
    /// Ends a tag, and asks the server what it has done.
    async fn by<T>(
        connection: &mut MultiplexedConnection,
        end: impl Future<Output = Result<T, Failed>>,
    ) -> Result<Self, Failed> {
        server::reset(connection).await?;
        let start = Instant::now();
        end.await?;
        let time = start.elapsed();
        let done = server::done(connection).await?;
        let commands = done.iter().map(|(name, done)| format!("{} {name}", done.calls));
        let scripts = done.iter().filter(|(name, _)| name.starts_with("eval"));
        let scripts = scripts.map(|(_, done)| done.calls).sum();
        Ok(Self {
            time,
            server: done.values().map(|done| done.micros).sum(),
            commands: commands.collect::<Vec<_>>().join(", "),
            // What a script runs is no request.
            requests: match scripts {
                0 => done.values().map(|done| done.calls).sum(),
                scripts => scripts,
            },
        })
    }

    fn print(&self, way: &str, count: u32) {
        let Self { time, server, commands, .. } = self;
        println!(
            "{way:<34}{count:>10}{:>9.3} ms{:>11} us  {commands}",
            time.as_secs_f64() * 1e3,
            server
        );
    }
}

/// By the tag's version; the number of requests.
async fn by_version(count: u32) -> Result<u64, Failed> {
    /// So that the time is not that of the first request after a pause.
    const TIMES: u32 = 5;
    let server = Server::start()?;
    let mut connection = server.connection().await?;
    let entries = Entries::connect(&server).await?;
    let tag = Tag::new(b"user");
    entries.store(0..count, 100, std::slice::from_ref(&tag)).await?;
    if !entries.are_fresh(count, &tag).await? {
        return Err("the entries are not there".into());
    }
    // Of another one first: a script is sent in full the first time.
    let other = Tag::new(b"other");
    entries.store.versions(std::slice::from_ref(&other)).await?;
    entries.store.bump(&other).await?;
    let mut ended = Vec::new();
    for _ in 0..TIMES {
        // The first time ends the version that all entries carry. What it costs does not depend on that.
        entries.store.versions(std::slice::from_ref(&tag)).await?;
        ended
            .push(Ended::by(&mut connection, async { Ok(entries.store.bump(&tag).await?) }).await?);
    }
    if entries.are_fresh(count, &tag).await? {
        return Err("an entry has outlived its tag".into());
    }
    ended.sort_by_key(|ended| ended.time);
    // The least, because the store's heartbeat may have come between.
    let requests = ended.iter().map(|ended| ended.requests).min();
    ended[ended.len() / 2].print("this project: the tag's version", count);
    Ok(requests.unwrap_or(0))
}

/// By a set of the keys.
async fn by_members(count: u32) -> Result<(), Failed> {
    let server = Server::start()?;
    let mut connection = server.connection().await?;
    classical::store(&mut connection, count, 100).await?;
    let mut other = connection.clone();
    let ended = Ended::by(&mut connection, classical::end(&mut other)).await?;
    ended.print("the usual: a set of the keys", count);
    Ok(())
}

/// Of one entry whose value has this length; what a tag adds to it.
async fn memory(length: usize) -> Result<i64, Failed> {
    const COUNT: u32 = 50_000;
    let tag = Tag::new(b"user");
    let mut each = Vec::new();
    for tags in [&[][..], std::slice::from_ref(&tag)] {
        let server = Server::start()?;
        let mut connection = server.connection().await?;
        let entries = Entries::connect(&server).await?;
        let before = entries::used_memory(&mut connection).await?;
        entries.store(0..COUNT, length, tags).await?;
        each.push((entries::used_memory(&mut connection).await? - before) / i64::from(COUNT));
    }
    let server = Server::start()?;
    let mut connection = server.connection().await?;
    let members = classical::memory(&mut connection, COUNT, length).await?;
    let [without, with] = each[..] else { return Err("two were measured".into()) };
    println!("{:<34}{length:>10}{without:>12}{with:>12}{:>+10}{members:>+12}", "", with - without);
    Ok(with - without)
}
