//! A real server of a benchmark's own: on a free port, without a trace on the disk, ended when dropped.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;

/// What a benchmark cannot go on after.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;

/// A running server.
#[derive(Debug)]
pub struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts `redis-server`, or the program that `REDIS_SERVER` names.
    ///
    /// # Errors
    /// If there is no such program, or it does not answer.
    pub fn start() -> Result<Self, Failed> {
        let program = std::env::var_os("REDIS_SERVER").unwrap_or_else(|| "redis-server".into());
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let process = Command::new(&program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let mut server = Self { process, port };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if server.process.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(20) {
                return Err("the server does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// Where it is, in the form that a cache is given.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The number of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.process.id()
    }

    /// A connection of the bare client, whose driver runs where this is awaited. Without a deadline: what that costs is
    /// the store's, and not the floor's.
    ///
    /// # Errors
    /// If the server is gone.
    pub async fn connection(&self) -> Result<MultiplexedConnection, Failed> {
        let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let client = redis::Client::open(self.url())?;
        Ok(client.get_multiplexed_async_connection_with_config(&config).await?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing to keep.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the server has done of one kind of command.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// How often.
    pub calls: u64,
    /// In the server, in microseconds, without reading and writing.
    pub micros: u64,
}

/// Forgets what the server has done so far.
///
/// # Errors
/// If the server is gone.
pub async fn reset(connection: &mut MultiplexedConnection) -> Result<(), Failed> {
    Ok(redis::cmd("CONFIG").arg("RESETSTAT").query_async(connection).await?)
}

/// What the server has done since the last [`reset`], by the name of the command. Those that scripts run count too.
///
/// # Errors
/// If the server is gone.
pub async fn done(
    connection: &mut MultiplexedConnection,
) -> Result<BTreeMap<String, Done>, Failed> {
    let info: String = redis::cmd("INFO").arg("commandstats").query_async(connection).await?;
    let commands = info.lines().filter_map(|line| {
        let (name, fields) = line.strip_prefix("cmdstat_")?.split_once(':')?;
        let field = |name: &str| {
            let mut fields = fields.split(',').filter_map(|field| field.split_once('='));
            fields.find(|(of, _)| *of == name)?.1.parse().ok()
        };
        let done = Done { calls: field("calls")?, micros: field("usec")? };
        // Of this module's own.
        (!matches!(name, "config|resetstat" | "info")).then(|| (name.to_owned(), done))
    });
    Ok(commands.collect())
}
