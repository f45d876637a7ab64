//! `cargo run --example warm`: fills a cache before anybody asks, is stopped on the way, and goes on.
//!
//! On a server, with `CACHE_URL=redis://127.0.0.1:6379`, what was loaded outlives the program: stop it with
//! Ctrl-C, and `cargo run --example warm -- 83` goes on behind the first 83 ids.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use cache_runtime::{Cache, CacheBuilder, Warmed};
use examples::database::Database;
use examples::reports::Reports;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;

/// A line on standard output. That a reader has closed it (`| head`) is no reason to panic.
macro_rules! line {
    ($($text:tt)*) => {{
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut from = std::env::args().nth(1).map_or(Ok(0), |from| from.parse())?;
    let cache = CacheBuilder::from_env().namespace("warm").build().await?;
    cache.install()?;
    let database = Database::fresh().await?;
    let reports = Reports::new(database.pool());
    if from == 0 {
        // What an earlier run has left on a server. Fails if that is away; then nothing of it is served.
        let _ = cache.clear().await;
    }

    // At the first number it stops by itself, as if Ctrl-C had been pressed.
    for stop_at in [80, u64::MAX] {
        let (warmed, interrupted) = warm(&cache, &reports, from, stop_at).await?;
        line!("{warmed}");
        from = warmed.resume;
        if interrupted {
            line!("to go on: cargo run --example warm -- {from}");
        }
        if interrupted || warmed.total == Some(warmed.done) {
            break;
        }
    }

    let _ = cache.shutdown(Duration::from_secs(1)).await;
    database.close().await;
    Ok(())
}

/// The users whose reports are wanted. There is no user 4242, which keeps the others from nothing.
fn ids() -> impl Iterator<Item = i64> {
    (1..=100).chain([4242]).chain(101..=200)
}

/// Warms the reports behind the first `from`, until `stop_at` are done or somebody interrupts it.
async fn warm(
    cache: &Cache,
    reports: &Reports,
    from: u64,
    stop_at: u64,
) -> Result<(Warmed, bool), Box<dyn Error>> {
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:30} {pos} of {len}, {msg}")?);
    let enough = Notify::new();
    let mut warm = cache
        .warm(ids(), |id| reports.of(id))
        .concurrency(8) // as many as the database has connections
        .resume(from)
        .on_error(|id, error| bar.suspend(|| line!("report {id}: {error}")))
        .progress(|warmed| {
            show(&bar, warmed);
            if warmed.done == stop_at {
                enough.notify_one();
            }
        });
    let interrupted = tokio::select! {
        _ = &mut warm => false,
        () = enough.notified() => false,
        Ok(()) = tokio::signal::ctrl_c() => true,
    };
    // Dropped: the reports that are under way are given up, and made by whoever goes on.
    let warmed = warm.warmed().clone();
    drop(warm);
    bar.abandon();
    Ok((warmed, interrupted))
}

fn show(bar: &ProgressBar, warmed: &Warmed) {
    if let Some(total) = warmed.total {
        bar.set_length(total);
    }
    bar.set_position(warmed.done);
    let rate = warmed.rate().unwrap_or_default();
    let left = warmed.time_left().unwrap_or_default().as_secs_f64();
    bar.set_message(format!("{rate:.0} a second, {left:.1} s left"));
}
