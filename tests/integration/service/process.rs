//! The service as its own process: settings, start, stop.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support::http::Client;
use crate::support::program;

/// The built example. Nothing is built anew after `cargo test --workspace --all-features`.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        program::built(
            "examples/service",
            &["--workspace", "--all-features", "--example", "service"],
        )
    })
}

/// A service on a free port, with nothing else set.
pub(super) fn command() -> Command {
    let mut command = Command::new(program());
    for name in ["ADDR", "DATABASE_URL", "CACHE_URL", "CACHE_NAMESPACE", "CACHE_DISABLED"] {
        command.env_remove(name);
    }
    command
        .env("ADDR", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A service that was told where to listen, killed when dropped.
pub(super) struct Running(Child);

impl Running {
    /// Starts a service and waits until it listens.
    pub(super) fn serving(command: &mut Command) -> (Self, Client, BufReader<ChildStdout>) {
        let mut running = Self(command.spawn().expect("the service starts"));
        let mut stdout = BufReader::new(running.0.stdout.take().expect("it is piped"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says where it listens");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split(',').next());
        let address = address.and_then(|text| text.trim().parse().ok());
        (running, Client(address.unwrap_or_else(|| panic!("{line}"))), stdout)
    }

    /// Asks it to stop, as container runtimes do.
    pub(super) fn terminate(&self) {
        // The shell has a `kill` of its own; a small system may have no other.
        let kill = format!("kill -TERM {}", self.0.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    }

    /// Waits for its end, but not for ever; and what it had to complain of.
    pub(super) fn end(mut self) -> (ExitStatus, String) {
        let status = end(&mut self.0);
        let mut message = String::new();
        let stderr = self.0.stderr.as_mut().expect("it is piped");
        stderr.read_to_string(&mut message).expect("messages are text");
        (status, message)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a process, but not for ever.
fn end(child: &mut Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is our process") {
            return status;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "the service does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a service says that is to refuse its settings.
fn refusal(command: &mut Command) -> String {
    let running = Running(command.spawn().expect("the service starts"));
    let (status, message) = running.end();
    assert_eq!(status.code(), Some(1), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

#[tokio::test]
async fn the_process_serves_until_it_is_asked_to_stop() {
    let folder = env::temp_dir().join(format!("cache-service-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let (running, client, mut stdout) = Running::serving(command().env("TMPDIR", &folder));

    assert_eq!(client.get("/users/7").await.cache(), "miss");
    assert_eq!(client.get("/users/7").await.cache(), "hit");
    assert_eq!(client.send("PATCH", "/users/7", r#"{"name":"Ada King"}"#).await.status, 200);
    let reply = client.get("/users/7").await;
    assert_eq!((reply.cache(), reply.json()["name"].as_str()), ("miss", Some("Ada King")));

    running.terminate();
    let (status, complaints) = running.end();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("what it said is text");
    assert!(status.success() && rest.contains("stopping"), "{status}: {rest}");
    assert_eq!(complaints, "");
    let left: Vec<_> = std::fs::read_dir(&folder).expect("it is there").collect();
    assert!(left.is_empty(), "{left:?}");
    std::fs::remove_dir(&folder).expect("it is empty");
}

#[tokio::test]
async fn a_stale_answer_of_the_process_says_so() {
    let (running, client, _) =
        Running::serving(command().env("CACHE_POLICY_FRONT_PAGE_TTL", "1ms"));
    assert_eq!(client.get("/posts").await.cache(), "miss");
    tokio::time::sleep(Duration::from_millis(20)).await;
    let stale = client.get("/posts").await;
    assert_eq!((stale.status, stale.cache()), (200, "stale"));
    running.terminate();
    let (status, complaints) = running.end();
    assert!(status.success() && complaints.is_empty(), "{status}: {complaints}");
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    for (name, value, reason) in [
        ("ADDR", "nonsense", "cannot listen on ADDR=\"nonsense\""),
        ("ADDR", "127.0.0.1:99999", "cannot listen on ADDR="),
        ("DATABASE_URL", "postgres://user:secret@localhost/blog", "the examples run on SQLite"),
        ("DATABASE_URL", "sqlite:/no/such/folder/blog.db", "cannot use the database"),
        ("CACHE_URL", "gopher://cache", "gopher"),
    ] {
        let message = refusal(command().env(name, value));
        assert!(message.contains(reason), "{name}={value}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
}
