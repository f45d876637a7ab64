//! A real server of a test's own: on a free port, without a trace on the disk, killed when dropped.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;

/// Which program is the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Redis,
    Valkey,
}

impl Kind {
    /// The variable that names the program, and the program's name.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Redis => ("REDIS_SERVER", "redis-server"),
            Self::Valkey => ("VALKEY_SERVER", "valkey-server"),
        }
    }

    /// The program: the one that the environment names, that is in the path, or that `tests/run.sh` has fetched.
    fn program(self) -> Option<PathBuf> {
        let (variable, name) = self.names();
        if let Some(named) = std::env::var_os(variable).filter(|path| !path.is_empty()) {
            return Some(named.into());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let fetched = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("servers");
        let mut folders = std::env::split_paths(&path).chain([fetched]);
        folders.find_map(|folder| Some(folder.join(name)).filter(|file| file.is_file()))
    }

    fn missing(self) -> ! {
        let (variable, name) = self.names();
        let advice = match self {
            Self::Redis => "install it with: apt-get install redis-server",
            Self::Valkey => "tests/run.sh fetches it",
        };
        panic!("{name} is missing; {advice}, or name it in {variable}")
    }
}

/// The servers that a test runs on: Redis, and Valkey where there is one.
pub(crate) fn servers() -> Vec<Kind> {
    let mut kinds = vec![Kind::Redis];
    if Kind::Valkey.program().is_some() {
        kinds.push(Kind::Valkey);
    }
    println!("on {kinds:?}");
    kinds
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    kind: Kind,
    options: Vec<String>,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
}

/// More than a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    pub(crate) fn start(kind: Kind) -> Self {
        Self::with(kind, &[])
    }

    /// Starts a server with options as on its command line, such as `--maxmemory 3mb` or `--requirepass secret`.
    pub(crate) fn with(kind: Kind, options: &[&str]) -> Self {
        Self::with_file(kind, options, "users.acl", "")
    }

    /// The same with a file in the server's folder that the options may name, such as `--aclfile users.acl`.
    pub(crate) fn with_file(kind: Kind, options: &[&str], name: &str, content: &str) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name_of_folder = format!("server-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name_of_folder);
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        std::fs::write(folder.join(name), content).expect("the target folder can be written");
        let options =
            options.iter().flat_map(|option| option.split(' ')).map(String::from).collect();
        let mut server = Self { kind, options, folder, port: 0, process: None };
        // Another program may take a port between the moment that it is found free and the server's start.
        let started = (0..20).any(|_| {
            server.port = free_port();
            server.launch()
        });
        assert!(started, "{kind:?} does not start: {}", server.log());
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The server's address, in the form that a cache is given.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A connection that knows nothing of caches, for what a test looks at or does from outside.
    pub(crate) async fn connection(&self) -> MultiplexedConnection {
        let client = redis::Client::open(self.url()).expect("a url");
        client.get_multiplexed_async_connection().await.expect("the server is up")
    }

    /// Stops it in the middle of whatever it does: connections stay open and nothing is answered.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Ends it without a goodbye, as a crash does. Does nothing if it has ended.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again, empty, where it was.
    pub(crate) fn restart(&mut self) {
        self.kill();
        let start = Instant::now();
        while !self.launch() {
            assert!(start.elapsed() < PATIENCE, "{:?} does not restart: {}", self.kind, self.log());
        }
    }

    fn signal(&self, signal: &str) {
        let process = self.process.as_ref().expect("it runs");
        // The shell has a `kill` of its own; a small system may have no other.
        let kill = format!("kill -{signal} {}", process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    }

    /// Starts the process and waits for its first answer; false if it ends instead, as when the port is taken.
    fn launch(&mut self) -> bool {
        let program = self.kind.program().unwrap_or_else(|| self.kind.missing());
        let port = self.port.to_string();
        let log = std::fs::File::create(self.folder.join("log")).expect("the folder is there");
        let process = Command::new(program)
            .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(&self.options)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn();
        self.process = Some(process.unwrap_or_else(|_| self.kind.missing()));
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let process = self.process.as_mut().expect("it was started");
            if process.try_wait().expect("it is our process").is_some() {
                return false;
            }
            if self.answers() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("{:?} does not answer: {}", self.kind, self.log());
    }

    /// Tells whether this server, and no other at its port, is ready. A refusal for want of a password is an answer.
    fn answers(&self) -> bool {
        let ready = self.log().to_lowercase().contains("ready to accept connections");
        let ping = || -> std::io::Result<bool> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            let mut reply = [0; 5];
            stream.read_exact(&mut reply)?;
            Ok(reply == *b"+PONG" || reply == *b"-NOAU" || reply == *b"-NOPE")
        };
        ready && ping().unwrap_or(false)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port below those that a system gives to whoever asks for any: else another test might be given that of a server which
/// is killed and to be started again, or be taken for it.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let of_process = std::process::id().wrapping_mul(131);
    let ports = std::iter::repeat_with(|| {
        let number = of_process.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        20_000 + u16::try_from(number % 12_000).expect("it is less")
    });
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.take(12_000).find(is_free).expect("a port is free")
}

#[tokio::test]
async fn a_server_is_frozen_killed_and_started_again_empty() {
    for kind in servers() {
        let mut server = Server::start(kind);
        let mut connection = server.connection().await;
        let set: String =
            redis::cmd("SET").arg("k").arg("v").query_async(&mut connection).await.unwrap();
        assert_eq!(set, "OK");

        server.freeze();
        let get = redis::cmd("GET").arg("k").to_owned();
        let frozen: redis::RedisResult<String> = get.query_async(&mut connection).await;
        assert!(frozen.unwrap_err().is_timeout());
        server.thaw();
        let value: String = get.query_async(&mut server.connection().await).await.unwrap();
        assert_eq!(value, "v");

        let port = server.port();
        server.restart();
        assert_eq!(server.port(), port);
        let value: Option<String> = get.query_async(&mut server.connection().await).await.unwrap();
        assert_eq!(value, None);
    }
}

#[test]
fn a_server_takes_limits_passwords_and_files_of_users() {
    for kind in servers() {
        Server::with(kind, &["--maxmemory 64mb", "--maxmemory-policy allkeys-lru"]);
        Server::with(kind, &["--requirepass secret"]);
        let users = "user default on nopass ~cache:* -@all +get\n";
        Server::with_file(kind, &["--aclfile users.acl"], "users.acl", users);
    }
}
