//! The service as its own process: settings, start, stop.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::support::http::Client;

/// The built example. Nothing is built anew after `cargo test --workspace --all-features`.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let this = env::current_exe().expect("a test binary has a path");
        let target = this.ancestors().nth(3).expect("it is in <target>/debug/deps");
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--workspace",
                "--all-features",
                "--example",
                "service",
                "--target-dir",
            ])
            .arg(target)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the service does not build");
        target.join("debug/examples/service")
    })
}

fn command() -> Command {
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

/// A service that was told where to listen, stopped when dropped.
struct Running(Child);

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
    let mut running = Running(command.spawn().expect("the service starts"));
    let status = end(&mut running.0);
    let mut message = String::new();
    let stderr = running.0.stderr.as_mut().expect("it is piped");
    stderr.read_to_string(&mut message).expect("messages are text");
    assert_eq!(status.code(), Some(1), "{message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

#[tokio::test]
async fn the_process_serves_until_it_is_asked_to_stop() {
    let folder = env::temp_dir().join(format!("cache-service-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    let mut running =
        Running(command().env("TMPDIR", &folder).spawn().expect("the service starts"));
    let mut stdout = BufReader::new(running.0.stdout.take().expect("it is piped"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it says where it listens");
    let address = line.split("http://").nth(1).and_then(|rest| rest.split(',').next());
    let client = Client(
        address.and_then(|text| text.trim().parse().ok()).unwrap_or_else(|| panic!("{line}")),
    );

    assert_eq!(client.get("/users/7").await.cache(), "miss");
    assert_eq!(client.get("/users/7").await.cache(), "hit");
    assert_eq!(client.send("PATCH", "/users/7", r#"{"name":"Ada King"}"#).await.status, 200);
    let reply = client.get("/users/7").await;
    assert_eq!((reply.cache(), reply.json()["name"].as_str()), ("miss", Some("Ada King")));

    // The shell has a `kill` of its own; a small system may have no other.
    let kill = format!("kill -TERM {}", running.0.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    let status = end(&mut running.0);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).expect("what it said is text");
    assert!(status.success() && rest.contains("stopping"), "{status}: {rest}");
    let left: Vec<_> = std::fs::read_dir(&folder).expect("it is there").collect();
    assert!(left.is_empty(), "{left:?}");
    std::fs::remove_dir(&folder).expect("it is empty");
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
