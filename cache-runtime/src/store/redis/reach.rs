//! The way to a server: its addresses, and the first of them that takes a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::options::Target;
use super::stage::ConnectStage;
use crate::fault::Fault;

/// An address that says nothing for so long gets company: what RFC 8305 recommends.
const MOST_PATIENCE: Duration = Duration::from_millis(250);

/// Finds the host and connects to it in so much time, at the first of its addresses that takes the connection.
pub(super) async fn reach(
    target: &Target,
    time: Duration,
    stage: &ConnectStage,
) -> Result<TcpStream, Fault> {
    stage.set(Fault::NotResolved);
    let found = lookup_host((target.host.as_str(), target.port)).await;
    let addresses: Vec<_> = found.map_err(|_| Fault::NotResolved)?.collect();
    stage.set(Fault::ConnectTimeout);
    // Each has a share of the time, and the last one, too.
    let shares = u32::try_from(addresses.len()).unwrap_or(u32::MAX).saturating_add(1);
    first(addresses, MOST_PATIENCE.min(time / shares), connect).await
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Fault> {
    let connected = TcpStream::connect(address).await;
    let ready = connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
    ready.map_err(|error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Fault::ConnectionRefused,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Fault::Closed,
        io::ErrorKind::TimedOut => Fault::ConnectTimeout,
        _ => Fault::Unreachable,
    })
}

/// Tries one address after the other, and takes the first that connects. The next has its turn when one has failed, or has
/// said nothing for a while; that one may still win.
async fn first<A, T, F>(
    addresses: Vec<A>,
    patience: Duration,
    connect: impl Fn(A) -> F,
) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut addresses = addresses.into_iter();
    let mut trying = FuturesUnordered::new();
    let mut fault = Fault::NotResolved;
    loop {
        trying.extend(addresses.next().map(&connect));
        let patience = if addresses.len() == 0 { Duration::MAX } else { patience };
        match timeout(patience, trying.next()).await {
            Ok(Some(Ok(connected))) => return Ok(connected),
            Ok(Some(Err(found))) => fault = found,
            Ok(None) => return Err(fault),
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_address_that_says_nothing_does_not_keep_the_next_ones_from_being_tried() {
        let share = Duration::from_millis(100);
        let connect = |answer: Option<Result<u8, Fault>>| async move {
            match answer {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        };
        let start = Instant::now();
        let silent_first = vec![None, Some(Err(Fault::Unreachable)), None, Some(Ok(7))];
        assert_eq!(first(silent_first, share, connect).await, Ok(7));
        assert_eq!(start.elapsed(), 2 * share, "a failure takes no time");

        let all_fail = vec![Some(Err(Fault::Closed)), Some(Err(Fault::ConnectionRefused))];
        assert_eq!(first(all_fail, share, connect).await, Err(Fault::ConnectionRefused));
        assert_eq!(first(Vec::new(), share, connect).await, Err(Fault::NotResolved));

        let slow = |time: u32| async move {
            sleep(share * time).await;
            Ok(time)
        };
        assert_eq!(first(vec![3, 9], share, slow).await, Ok(3), "who was slow may still win");
    }
}
