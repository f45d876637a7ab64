//! `cargo run --example service`: a blog over HTTP, its queries cached.
//!
//! ```text
//! curl -i  localhost:8080/users/7                          x-cache: miss
//! curl -i  localhost:8080/users/7                          x-cache: hit
//! curl -X PATCH localhost:8080/users/7 -d '{"name":"Ada"}'
//! curl -i  localhost:8080/users/7                          x-cache: miss, the new name
//! curl -i  localhost:8080/posts                            x-cache: miss; after ten seconds: stale, then hit
//! ```
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `ADDR` | where to listen | `127.0.0.1:8080` |
//! | `DATABASE_URL` | `sqlite:path`, created and filled if it has no users table | a new file for each run |
//! | `CACHE_URL` | where to cache: `memory://` or `redis://host:port` | `memory://` |
//!
//! Services with one `CACHE_URL` share what they cache, so they have to share the database too.

use std::env::{self, VarError};
use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use cache_runtime::Cache;
use examples::database::Database;
use examples::service::router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long requests may still run once the service was asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long the cache may then take to tell its server of what was written while that was away.
const OWED: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let address = variable("ADDR")?.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        format!("cannot listen on ADDR={address:?}: {error}; expected host:port")
    })?;

    let cache = Cache::from_env().await?;
    cache.install()?;

    let database = match variable("DATABASE_URL")? {
        Some(url) => Database::open(&url).await,
        None => Database::fresh().await,
    }
    .map_err(|error| format!("cannot use the database: {error}"))?;

    if database.is_new() {
        // A server may hold entries about the rows of an earlier database. If it is away it is told when it is back, and
        // until then nothing of it is served.
        let _ = cache.clear().await;
    }

    let here = listener.local_addr()?;
    say(&format!("listening on http://{here}, try\n  curl -i http://{here}/users/7"));
    serve(listener, router(database.pool(), &cache)).await?;

    say("stopping");
    if let Err(error) = cache.shutdown(OWED).await {
        // The rows are written; what the others still serve of them ends with its ttl.
        eprintln!("service: {error}");
    }
    database.close().await;
    Ok(())
}

fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(value) if value.is_empty() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8")),
    }
}

/// A closed standard output is no reason to stop serving.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Until it is asked to stop; then requests under way get `GRACE` to finish.
async fn serve(listener: TcpListener, router: Router) -> std::io::Result<()> {
    let (asked, was_asked) = oneshot::channel();
    let graceful = axum::serve(listener, router).with_graceful_shutdown(async {
        stop_signal().await;
        let _ = asked.send(());
    });
    let deadline = async {
        if was_asked.await.is_ok() {
            tokio::time::sleep(GRACE).await;
        }
    };
    tokio::select! {
        served = graceful => served,
        () = deadline => Ok(()),
    }
}

/// Control-C, or on Unix the signal that `kill` and container runtimes send.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler for the signal the service stops as any program does: at once.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
