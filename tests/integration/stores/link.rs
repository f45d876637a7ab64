//! A server that is away, slow, or refuses: what it costs, and how it is found again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::store::{Acquired, RedisOptions, RedisStore, Store, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::watcher::Watcher;
use super::{key, tag};
use crate::support::poll_once;
use crate::support::server::{Server, servers};

const MS: Duration = Duration::from_millis(1);

async fn connect(server: &Server) -> RedisStore {
    RedisStore::connect(RedisOptions::new(server.url(), "link")).await.unwrap()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "in vain: {what}");
        tokio::time::sleep(MS).await;
    }
}

/// How long an operation takes that fails because the server is not there.
async fn failing(store: &RedisStore) -> Duration {
    let start = Instant::now();
    let error = store.read(&key("a"), &[tag("t")]).await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    start.elapsed()
}

/// The best of many, because a busy machine spoils some.
async fn fastest(store: &RedisStore) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..100 {
        fastest = fastest.min(failing(store).await);
    }
    fastest
}

#[tokio::test]
async fn a_server_that_is_down_is_found_when_it_comes() {
    for kind in servers() {
        let mut server = Server::start(kind);
        server.kill();
        let store = connect(&server).await;
        assert!(!store.health().reachable);
        assert!(fastest(&store).await < MS);
        server.restart();
        until("the server is found", || store.health().reachable).await;
        store.read(&key("a"), &[]).await.unwrap();
    }
}

#[tokio::test]
async fn a_killed_server_costs_nothing_and_is_found_again() {
    for kind in servers() {
        let mut server = Server::start(kind);
        let (store, watcher) = (connect(&server).await, Arc::new(Watcher::default()));
        store.watch(watcher.clone());
        watcher.until("restored", 1).await;
        let epoch = store.versions(&[]).await.unwrap();

        server.kill();
        until("the loss is noticed", || !store.health().reachable).await;
        assert!(fastest(&store).await < MS);
        watcher.until("lost", 1).await;
        assert_eq!(store.health().losses, 1);
        assert!(!store.health().tracking);

        server.restart();
        watcher.until("restored", 2).await;
        watcher.until("restored", 2).await;
        assert_ne!(store.versions(&[]).await.unwrap(), epoch, "it is empty now");
        assert_eq!((watcher.count("lost"), store.health().losses), (1, 1));
    }
}

#[tokio::test]
async fn a_guard_that_was_placed_late_takes_nothing_away_from_a_write_that_has_ended() {
    const HOLD: Duration = Duration::from_mins(1);
    for kind in servers() {
        let server = Server::start(kind);
        let store = connect(&server).await;
        let (key, token) = (key("a"), Token::new());
        server.freeze();
        store.begin(&key, token, HOLD).await.expect_err("nobody answers");
        // It is sent behind the guard, and both are answered when the server goes on.
        let mut abandon = std::pin::pin!(store.abandon(&key, token, Some(HOLD)));
        assert!(poll_once(abandon.as_mut()).await.is_none());
        server.thaw();
        let abandoned = abandon.await.is_ok();
        for _ in 0..50 {
            let acquired = store.acquire(&key, Token::new(), MS, None).await;
            if let Ok(acquired) = acquired
                && abandoned
            {
                assert!(matches!(acquired, Acquired::Writing), "{acquired:?}");
            }
            tokio::time::sleep(10 * MS).await;
        }
        assert!(abandoned, "on a machine that is too busy for it nothing was shown");
    }
}

/// How long the operations take that make the store give a frozen server up, and those that follow.
async fn frozen(server: &Server, store: &RedisStore) -> (Duration, Duration) {
    server.freeze();
    let mut slowest = Duration::ZERO;
    while store.health().reachable {
        slowest = slowest.max(failing(store).await);
    }
    let fastest = fastest(store).await;
    server.thaw();
    until("the server is found again", || store.health().reachable).await;
    (slowest, fastest)
}

#[tokio::test]
async fn a_frozen_server_costs_its_deadline_a_few_times_and_then_nothing() {
    for kind in servers() {
        let server = Server::start(kind);
        let store = connect(&server).await;
        store.read(&key("a"), &[]).await.unwrap();
        let before = store.health().timeouts;
        let mut measured = vec![frozen(&server, &store).await];
        assert_eq!(store.health().timeouts, before + 3);
        // A busy machine may spoil a round, but not all.
        while measured.len() < 10 && measured.iter().all(|(slow, _)| *slow > 60 * MS) {
            measured.push(frozen(&server, &store).await);
        }
        let (slow, fast) = measured.iter().min().unwrap();
        assert!(*slow <= 60 * MS && *fast < MS, "{measured:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_only_slow_keeps_its_connection() {
    for kind in servers() {
        let server = Server::with(kind, &["--enable-debug-command yes"]);
        let store = connect(&server).await;
        let mut other = server.connection().await;
        for _ in 0..5 {
            let sleep = redis::cmd("DEBUG").arg("SLEEP").arg("0.12").to_owned();
            let sleeps = sleep.query_async::<()>(&mut other);
            let (slept, read) = tokio::join!(sleeps, async {
                tokio::time::sleep(20 * MS).await;
                store.read(&key("a"), &[]).await
            });
            slept.unwrap();
            drop(read);
            tokio::time::sleep(20 * MS).await;
        }
        let health = store.health();
        assert!(health.timeouts > 0, "{health:?}");
        assert_eq!((health.losses, health.reachable), (0, true), "{health:?}");
    }
}

/// A proxy; once it is told to, it passes on all that follows as the text of one answer that never ends, on the
/// connection that is there then.
async fn garbling(server: &Server, garble: &Arc<AtomicBool>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let (port, garble) = (server.port(), Arc::clone(garble));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let ((mut asked, mut told), garble) = (client.into_split(), Arc::clone(&garble));
            let (mut answers, mut asks) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut asked, &mut asks).await });
            tokio::spawn(async move {
                let mut bytes = vec![0; 4_096];
                while let Ok(count @ 1..) = answers.read(&mut bytes).await {
                    if garble.swap(false, Ordering::SeqCst) {
                        told.write_all(b"$9999999999999\r\n").await?;
                    }
                    told.write_all(&bytes[..count]).await?;
                }
                std::io::Result::Ok(())
            });
        }
    });
    url
}

#[tokio::test]
async fn a_connection_on_which_no_answer_can_be_made_out_is_given_up() {
    for kind in servers() {
        let (server, garble) = (Server::start(kind), Arc::new(AtomicBool::new(false)));
        let url = garbling(&server, &garble).await;
        let store = RedisStore::connect(RedisOptions::new(url, "link")).await.unwrap();
        until("it is there", || store.health().reachable).await;
        let before = store.health().losses;
        garble.store(true, Ordering::SeqCst);
        let start = Instant::now();
        while store.health().losses == before {
            // Each of these answers is a few bytes of what never ends.
            let _ = store.read(&key("a"), &[]).await;
            assert!(start.elapsed() < Duration::from_secs(30), "it is kept");
        }
        until("the server is found again", || store.health().reachable).await;
        let start = Instant::now();
        while store.read(&key("a"), &[]).await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(30), "in vain");
        }
    }
}

#[tokio::test]
async fn who_has_no_right_to_connect_is_told_so_without_the_password() {
    for kind in servers() {
        let server = Server::with(kind, &["--requirepass secret"]);
        let place = server.url().split_off("redis://".len());
        for login in ["grace:guess@", ":guess@", "grace:secret@", ""] {
            let url = format!("redis://{login}{place}");
            let error = RedisStore::connect(RedisOptions::new(url, "link")).await.unwrap_err();
            let text = error.to_string();
            assert!(error.is_config() && text.contains(&place), "{text}");
            assert!(!["grace", "guess", "secret"].iter().any(|part| text.contains(part)), "{text}");
        }
        let url = format!("valkey://:secret@{place}/3");
        let store = RedisStore::connect(RedisOptions::new(url, "link")).await.unwrap();
        store.versions(&[]).await.unwrap();
        let url = format!("redis://:secret@{place}/99");
        let error = RedisStore::connect(RedisOptions::new(url, "link")).await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains("no database"), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_server_is_refused() {
    let connect = |url: &str, namespace: &str| {
        RedisStore::connect(RedisOptions::new(url.to_owned(), namespace))
    };
    assert!(connect("localhost", "link").await.unwrap_err().is_config());
    assert!(connect("redis://localhost", "a:b").await.unwrap_err().is_config());
    assert!(connect("rediss://localhost", "link").await.unwrap_err().is_unsupported());
}

#[tokio::test]
async fn a_server_that_talks_nonsense_is_away() {
    let nonsense: [&[u8]; 10] = [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0\xFF\xFE\r\n",
        b"$99999999999999999999\r\n",
        b"$9223372036854775807\r\nx",
        b"*2147483647\r\n:1\r\n",
        b"%9223372036854775807\r\n",
        b"=-1\r\n",
        &[b'*', b'1', b'\r', b'\n'].repeat(200),
        b"+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n",
    ];
    for nonsense in nonsense.map(<[u8]>::to_vec) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, &nonsense).await;
                drop(stream);
            }
        });
        let store = RedisStore::connect(RedisOptions::new(url, "link")).await.unwrap();
        store.watch(Arc::new(Watcher::default()));
        assert!(!store.health().reachable);
        failing(&store).await;
        tokio::time::sleep(100 * MS).await;
        assert_eq!((store.health().tracking, store.health().losses), (false, 0));
        server.abort();
    }
}

#[tokio::test]
async fn a_replica_is_not_used() {
    for kind in servers() {
        let (server, primary) = (Server::start(kind), Server::start(kind));
        let (store, watcher) = (connect(&server).await, Arc::new(Watcher::default()));
        store.watch(watcher.clone());
        watcher.until("restored", 1).await;

        let mut other = server.connection().await;
        let role =
            |host: &str, port: String| redis::cmd("REPLICAOF").arg(host).arg(port).to_owned();
        let replica = role("127.0.0.1", primary.port().to_string());
        replica.query_async::<()>(&mut other).await.unwrap();
        watcher.until("lost", 1).await;
        assert!(!store.health().reachable);
        assert!(store.versions(&[]).await.unwrap_err().is_unavailable());

        role("NO", "ONE".to_owned()).query_async::<()>(&mut other).await.unwrap();
        watcher.until("restored", 2).await;
        until("the store is back", || store.health().reachable).await;
        store.versions(&[]).await.unwrap();
    }
}

#[tokio::test]
async fn connections_end_with_the_last_handle() {
    for kind in servers() {
        let server = Server::start(kind);
        let mut other = server.connection().await;
        let store = connect(&server).await;
        store.watch(Arc::new(Watcher::default()));
        until("it watches", || store.health().tracking).await;
        let view = store.untracked();
        drop(store);
        view.read(&key("a"), &[]).await.unwrap();
        assert_eq!(clients(&mut other).await, 2);
        drop(view);
        let start = Instant::now();
        while clients(&mut other).await > 1 {
            assert!(start.elapsed() < Duration::from_secs(30), "in vain");
        }
    }
}

async fn clients(connection: &mut redis::aio::MultiplexedConnection) -> usize {
    let list = redis::cmd("CLIENT").arg("LIST").to_owned();
    let list: String = list.query_async(connection).await.unwrap();
    list.lines().count()
}

#[tokio::test]
async fn an_operation_goes_on_when_its_caller_is_dropped() {
    for kind in servers() {
        let server = Server::start(kind);
        let store = connect(&server).await;
        let epoch = store.versions(&[]).await.unwrap();
        let mut clear = Box::pin(store.clear());
        assert!(crate::support::poll_once(clear.as_mut()).await.is_none());
        drop(clear);
        let start = Instant::now();
        while store.versions(&[]).await.unwrap() == epoch {
            assert!(start.elapsed() < Duration::from_secs(30), "in vain");
        }
    }
}

#[test]
fn a_store_is_used_without_any_runtime() {
    for kind in servers() {
        let server = Server::start(kind);
        // An executor that knows no sockets and no timers.
        let store = pollster(connect(&server));
        let epoch = pollster(store.versions(&[])).unwrap();
        assert_eq!(pollster(store.versions(&[])).unwrap(), epoch);
    }
}

fn pollster<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}
