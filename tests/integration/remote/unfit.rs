//! Servers that can be reached and cannot serve: what a build, the cache's health and the log say of each.

use std::net::SocketAddr;

use cache_runtime::{Fault, RemoteState, Result, Trouble, cached};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use super::*;
use crate::support::log::logged;

#[cached(key = "unfit:<id>", ttl = "1h", tags = ["unfit"])]
async fn read(id: u64) -> u64 {
    id
}

/// As patient as a test on a busy machine must be.
fn builder(url: &str) -> CacheBuilder {
    let long = Duration::from_secs(20);
    Cache::builder().url(url).connect_timeout(long).response_timeout(long)
}

async fn refused(url: &str) -> String {
    let error = match builder(url).build().await {
        Ok(cache) => panic!("{url} will never serve: {}", cache.health()),
        Err(error) => error,
    };
    assert!(error.is_config() || error.is_unsupported(), "{error}");
    error.to_string()
}

/// What is wrong, once that is known.
async fn fault(cache: &Cache) -> Fault {
    until("it is found", || shared(cache).fault.is_some()).await;
    shared(cache).fault.unwrap()
}

fn shared(cache: &Cache) -> cache_runtime::RemoteSnapshot {
    cache.health().remote.expect("there is a server")
}

/// What is needed of a server, and what a build says if it is renamed or disabled, as on managed ones.
const NEEDED: [&str; 14] = [
    "HELLO", "ROLE", "TIME", "GET", "MGET", "GETRANGE", "SETRANGE", "SET", "UNLINK", "PTTL",
    "PEXPIRE", "TOUCH", "EVAL", "EVALSHA",
];

#[tokio::test]
async fn a_command_that_the_server_does_not_have_fails_the_build_by_its_name() {
    for kind in servers() {
        for command in NEEDED {
            let server = Server::with(kind, &[&format!("--rename-command {command} ")]);
            let error = refused(&server.url()).await;
            assert!(error.contains(&format!("refuses `{command}`")), "{error}");
            assert!(error.contains("(UNKNOWN)") && error.contains("renamed"), "{error}");
        }
        let server = Server::with(kind, &["--rename-command SELECT "]);
        let error = refused(&(server.url() + "/1")).await;
        assert!(error.contains("refuses `SELECT`"), "{error}");
        builder(&server.url()).build().await.expect("without a database it is not needed");
    }
}

#[tokio::test]
async fn a_right_that_the_user_lacks_fails_the_build_by_the_command() {
    for kind in servers() {
        let server = Server::start(kind);
        let mut outside = server.connection().await;
        for command in &NEEDED[1..] {
            let mut user = redis::cmd("ACL");
            user.arg("SETUSER").arg(command).arg("on").arg(">pass").arg("~cache:*").arg("+@all");
            let user = user.arg(format!("-{}", command.to_lowercase()));
            user.exec_async(&mut outside).await.unwrap();
            let login = format!("://{command}:pass@");
            let error = refused(&server.url().replace("://", &login)).await;
            assert!(error.contains(&format!("refuses `{command}`")), "{command}: {error}");
            assert!(error.contains("(NOPERM)") && error.contains("rights"), "{command}: {error}");
            assert!(!error.contains("pass@"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_node_of_a_cluster_fails_the_build_whether_its_slots_are_served_or_not() {
    for kind in servers() {
        let server = Server::with(kind, &["--cluster-enabled yes"]);
        for _ in 0..2 {
            for url in [server.url(), server.url() + "/1"] {
                let error = refused(&url).await;
                assert!(error.contains("a node of a cluster"), "{error}");
            }
            let mut slots = redis::cmd("CLUSTER");
            let slots = slots.arg("ADDSLOTSRANGE").arg(0).arg(16_383);
            let _again: redis::RedisResult<()> =
                slots.exec_async(&mut server.connection().await).await;
        }
    }
}

#[tokio::test]
async fn a_server_without_reports_is_used_and_said_to_be_degraded() {
    for kind in servers() {
        let server = Server::with(kind, &["--rename-command CLIENT "]);
        let cache = testing::isolate_on(builder(&server.url()).build().await.unwrap());
        assert_eq!(shared(&cache).fault, Some(Fault::NoTracking { code: "UNKNOWN" }));
        assert_eq!(shared(&cache).state, RemoteState::Degraded);
        cache.scope(read(1)).await;
        cache.scope(read(1)).await;
        assert_eq!(of(&cache, "read").remote_hits, 1);
        assert!(!cache.health().is_healthy());
    }
}

#[tokio::test]
async fn a_server_that_takes_no_values_is_degraded_until_it_does() {
    let full = ("maxmemory", "1", "0", Fault::Full);
    let alone = ("min-replicas-to-write", "1", "0", Fault::NoWrites { code: "NOREPLICAS" });
    for (kind, (name, set, unset, expected)) in
        servers().into_iter().flat_map(|kind| [(kind, full), (kind, alone)])
    {
        let server = Server::with(kind, &[&format!("--{name} {set}")]);
        let cache = testing::isolate_on(builder(&server.url()).build().await.unwrap());
        assert_eq!(shared(&cache).fault, Some(expected), "from the beginning");
        assert_eq!(shared(&cache).state, RemoteState::Degraded);
        let log = logged(async {
            for _ in 0..3 {
                cache.scope(read(1)).await;
            }
        })
        .await;
        assert_eq!(log.matches("trouble=unavailable").count(), 1, "{log}");
        assert!(log.contains("unfit::read") && log.contains(name), "{log}");
        let health = cache.health();
        assert_eq!(
            (health.troubles[0].trouble, health.troubles[0].times),
            (Trouble::Unavailable, 3)
        );

        let mut outside = server.connection().await;
        let config = async |outside: &mut _, value: &str| {
            let mut config = redis::cmd("CONFIG");
            config.arg("SET").arg(name).arg(value).exec_async(outside).await.unwrap();
        };
        config(&mut outside, unset).await;
        cache.ready(Duration::from_secs(20)).await.unwrap();
        cache.scope(read(2)).await;
        config(&mut outside, set).await;
        cache.scope(read(3)).await;
        assert_eq!(fault(&cache).await, expected, "and later");
    }
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_noticed_and_named_until_it_is_given_back() {
    for kind in servers() {
        let server = Server::start(kind);
        let mut outside = server.connection().await;
        let mut user = async |right: &str| {
            let mut user = redis::cmd("ACL");
            user.arg("SETUSER").arg("app").arg("on").arg(">pass").arg("~cache:*").arg(right);
            user.exec_async(&mut outside).await.unwrap();
        };
        user("+@all").await;
        let url = server.url().replace("://", "://app:pass@");
        let cache = testing::isolate_on(builder(&url).build().await.unwrap());
        cache.ready(Duration::from_secs(20)).await.unwrap();
        user("-mget").await;
        cache.scope(read(1)).await;
        let expected = Fault::Refused { command: "MGET", code: "NOPERM" };
        until("it is noticed", || shared(&cache).fault == Some(expected)).await;
        assert_eq!(shared(&cache).state, RemoteState::Away);
        user("+mget").await;
        cache.ready(Duration::from_secs(20)).await.unwrap();
    }
}

#[tokio::test]
async fn a_replica_is_away_and_said_to_be_one() {
    for kind in servers() {
        let primary = Server::start(kind);
        let replica = Server::with(kind, &[&format!("--replicaof 127.0.0.1 {}", primary.port())]);
        let cache = builder(&replica.url()).build().await.unwrap();
        // While it is made one it may be loading its data.
        until("it is one", || shared(&cache).fault == Some(Fault::Replica)).await;
        assert_eq!(shared(&cache).state, RemoteState::Away);
        assert!(cache.health().to_string().contains("name the primary"));
    }
}

#[tokio::test]
async fn a_value_of_another_program_is_told_with_what_to_do() {
    for site in Site::each() {
        let cache = site.process().await;
        let mut foreign = redis::cmd("SET");
        foreign.arg("cache:v:unfit:9").arg("theirs");
        foreign.exec_async(&mut site.server.connection().await).await.unwrap();
        let log = logged(async {
            cache.scope(read(9)).await;
            cache.scope(read(9)).await;
        })
        .await;
        assert_eq!(log.matches("trouble=foreign").count(), 1, "{log}");
        assert!(log.contains("`namespace`"), "{log}");
        assert_eq!(of(&cache, "read").troubles.get(&Trouble::Foreign), Some(&2));
    }
}

/// Takes connections, reads what comes, and answers with these bytes; `None`: never.
async fn listener(answer: Option<&'static [u8]>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let Some(answer) = answer else {
                kept.push(stream);
                continue;
            };
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    address
}

/// Answers TLS in TLS, and ends everything else without a word, as these servers do.
async fn taciturn() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 512];
            let length = stream.read(&mut asked).await.unwrap_or(0);
            if asked[..length].starts_with(&[22, 3]) {
                let _ = stream.write_all(&[22, 3, 3, 0, 1]).await;
            }
        }
    });
    address
}

async fn build_logged(url: &str, timeout: Duration) -> (Result<Cache>, String) {
    let mut cache = None;
    let build = async { cache = Some(builder(url).connect_timeout(timeout).build().await) };
    let log = logged(build).await;
    (cache.expect("it is built or not"), log)
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_from_one_that_does_not_answer() {
    // Bound, so that no other test is given the port, and not listened on.
    let nobody = TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let cases = [
        ("no-such-host.invalid:6379".to_owned(), Fault::NotResolved, "DNS"),
        (nobody.local_addr().unwrap().to_string(), Fault::ConnectionRefused, "refused"),
        (listener(None).await.to_string(), Fault::NoAnswer, "not answered in time"),
        (listener(Some(b"")).await.to_string(), Fault::Closed, "closes the connection"),
        (listener(Some(b"HTTP/1.1 400\r\n\r\n")).await.to_string(), Fault::NotRedis, "no Redis"),
        (
            listener(Some(b"-ERR max number of clients reached\r\n")).await.to_string(),
            Fault::TooManyClients,
            "`maxclients`",
        ),
        (
            listener(Some(b"-LOADING Redis is loading the dataset in memory\r\n"))
                .await
                .to_string(),
            Fault::Loading,
            "loading",
        ),
    ];
    for (place, expected, text) in cases {
        let url = format!("redis://{place}");
        let (built, log) = build_logged(&url, Duration::from_millis(700)).await;
        let cache = built.expect("it may pass by itself");
        let shared = shared(&cache);
        assert_eq!((shared.state, shared.fault), (RemoteState::Away, Some(expected)), "{place}");
        assert!(log.contains(text) && log.contains(&place), "{place}: {log}");
        assert!(cache.health().to_string().contains(text), "{}", cache.health());
    }
}

#[tokio::test]
async fn a_server_that_will_not_serve_this_url_fails_the_build_with_what_to_change() {
    let alert = listener(Some(&[21, 3, 1, 0, 2, 2, 70])).await;
    for place in [alert, taciturn().await] {
        let error = refused(&format!("redis://{place}")).await;
        assert!(error.contains("speaks TLS"), "{error}");
    }
    for kind in servers() {
        let server = Server::with(kind, &["--requirepass secret"]);
        let place = server.url().split_off("redis://".len());
        for (login, code) in [("", "NOAUTH"), (":guess@", "WRONGPASS")] {
            let error = refused(&format!("redis://{login}{place}")).await;
            assert!(error.contains(code) && error.contains("password"), "{error}");
        }
        let error = refused(&format!("redis://:secret@{place}/99")).await;
        assert!(error.contains("no database of this number"), "{error}");
    }
}
