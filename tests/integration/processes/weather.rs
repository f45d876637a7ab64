//! What happens to a server while processes use it.

use redis::aio::MultiplexedConnection;

use super::source::Source;
use crate::support::random::Random;

/// How bad it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    /// Nothing happens, to the processes neither.
    None,
    /// Connections break and scripts are forgotten; what is stored stays.
    Calm,
    /// Entries, leases, guards and versions are removed as well.
    Rough,
    /// The server runs out of memory and evicts what it likes.
    Tight,
}

/// Does something to the server.
pub(super) async fn strike(
    weather: Weather,
    source: &Source,
    server: &mut MultiplexedConnection,
    random: &mut Random,
) {
    let what = match (weather, random.below(40)) {
        (Weather::None, _) => return,
        (_, 0) => "SCRIPT FLUSH".to_owned(),
        (_, 1) => "CLIENT KILL TYPE normal".to_owned(),
        (_, 2..5) => match any_client(server, random).await {
            Some(id) => format!("CLIENT KILL ID {id}"),
            None => return,
        },
        (Weather::Rough, 5) => "FLUSHALL".to_owned(),
        (Weather::Rough, 6..8) => "DEL cache:e".to_owned(),
        (Weather::Tight, 5..15) => {
            evict(server, random).await;
            source.rows().log_all("evictions");
            return;
        }
        (Weather::Rough | Weather::Tight, 15..) => match any_key(server).await {
            Some(key) => format!("DEL {key}"),
            None => return,
        },
        _ => return,
    };
    source.rows().log_all(&what);
    let mut words = what.split(' ');
    let mut command = redis::cmd(words.next().unwrap_or_default());
    command.arg(words.collect::<Vec<_>>());
    // What is to be removed may be gone already.
    let _ = command.exec_async(server).await;
}

async fn any_key(server: &mut MultiplexedConnection) -> Option<String> {
    redis::cmd("RANDOMKEY").query_async(server).await.ok().flatten()
}

async fn any_client(server: &mut MultiplexedConnection, random: &mut Random) -> Option<u64> {
    let own: u64 = redis::cmd("CLIENT").arg("ID").query_async(server).await.ok()?;
    let list: String = redis::cmd("CLIENT").arg("LIST").query_async(server).await.ok()?;
    let ids = list.lines().filter_map(|line| line.split([' ', '=']).nth(1)?.parse().ok());
    let ids: Vec<u64> = ids.filter(|id| *id != own).collect();
    let any = random.below((ids.len() as u64).max(1));
    ids.get(usize::try_from(any).ok()?).copied()
}

/// Leaves the server less memory than it uses, for a moment.
async fn evict(server: &mut MultiplexedConnection, random: &mut Random) {
    let info = redis::cmd("INFO").arg("memory").query_async(server).await;
    let info: String = info.expect("the server is up");
    let used = info.lines().find_map(|line| line.strip_prefix("used_memory:")?.trim().parse().ok());
    let used: u64 = used.expect("it is told");
    let less = [1_000, 5_000, used - 1];
    let less = less[usize::try_from(random.below(3)).expect("small")];
    for most in [used - less, 0] {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(most);
        set.exec_async(server).await.expect("the server is up");
        let time = std::time::Duration::from_millis(random.below(10));
        tokio::time::sleep(time).await;
    }
}
