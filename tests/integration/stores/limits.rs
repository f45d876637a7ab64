//! A server that is full, that has forgotten the scripts, or that grants few rights.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::store::{Found, RedisOptions, RedisStore, Store, Token};
use redis::aio::MultiplexedConnection;

use super::servers::{OnServer, patient};
use super::tracking::watched;
use super::watcher::Watcher;
use super::{begin, commit, found, fresh, key, lease, stored, tag};
use crate::support::server::{Server, servers};

async fn run(connection: &mut MultiplexedConnection, words: &[&str]) -> redis::Value {
    let mut run = redis::cmd(words[0]);
    run.arg(&words[1..]).query_async(connection).await.unwrap()
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_scripts_is_sent_them_again() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        for round in 0..3 {
            run(&mut outside, &["SCRIPT", "FLUSH"]).await;
            let token = lease(&subject, "a").await;
            run(&mut outside, &["SCRIPT", "FLUSH"]).await;
            let text = round.to_string();
            super::fill(&subject, "a", token, &text).await;
            assert_eq!(fresh(&subject.store, "a").await, Some(text));
            run(&mut outside, &["SCRIPT", "FLUSH"]).await;
            subject.store.invalidate(&key("a")).await.unwrap();
            assert_eq!(found(&subject.store, "a").await, Found::Nothing);
        }
    }
}

#[tokio::test]
async fn a_full_server_refuses_values_but_not_invalidations() {
    for kind in servers() {
        let server = Arc::new(Server::with(kind, &["--maxmemory-policy noeviction"]));
        let mut outside = server.connection().await;
        let store = RedisStore::connect(patient(server.url(), "shop")).await.unwrap();
        let subject = OnServer { store, namespace: "shop".to_owned(), server };
        let store = &subject.store;
        let tags = [tag("t")];
        store.versions(&tags).await.unwrap();
        for name in ["a", "b", "c", "guarded", "gone"] {
            stored(&subject, name, "x").await;
        }
        let epoch = store.versions(&[]).await.unwrap();
        let writer = begin(&subject, "guarded").await;
        let gone = [begin(&subject, "gone").await, begin(&subject, "abandoned").await];
        let (_other, watcher) = watched(&subject.server, "shop").await;
        run(&mut outside, &["CONFIG", "SET", "maxmemory", "1"]).await;

        assert_eq!(fresh(store, "a").await.as_deref(), Some("x"));
        let lease = Duration::from_secs(1);
        let refused = store.acquire(&key("new"), Token::new(), lease, None).await.unwrap_err();
        assert!(refused.is_unavailable() && refused.to_string().contains("OOM"), "{refused}");
        assert!(store.versions(&[tag("new")]).await.is_err());
        store.invalidate(&key("a")).await.unwrap();
        assert_eq!(found(store, "a").await, Found::Nothing);
        store.mark_stale(&key("b")).await.unwrap();
        assert_eq!(fresh(store, "b").await, None);
        assert_eq!(commit(&subject, "guarded", writer, None).await, super::Filled::Refused);
        assert_eq!(found(store, "guarded").await, Found::Nothing);
        // The statements of these may still be running.
        for (name, writer) in ["gone", "abandoned"].into_iter().zip(gone) {
            store.abandon(&key(name), writer, None).await.unwrap();
            assert_eq!(found(store, name).await, Found::Writing(writer));
        }
        store.bump(&tags[0]).await.unwrap();
        assert_eq!(store.read(&key("c"), &tags).await.unwrap().versions.tags, [0]);
        // What processes keep for themselves, under tags that the server has never seen.
        store.announce(&key("kept"), Token::new()).await.unwrap();
        watcher.until("announced kept", 1).await;
        store.bump(&tag("unseen")).await.unwrap();
        watcher.until("bumped unseen", 1).await;
        store.clear().await.unwrap();
        assert!(matches!(found(store, "c").await, Found::Dead(_)));
        let health = store.health();
        assert_eq!((health.reachable, health.losses), (true, 0), "it is full, not away");

        run(&mut outside, &["CONFIG", "SET", "maxmemory", "0"]).await;
        assert_ne!(store.versions(&[]).await.unwrap(), epoch);
        stored(&subject, "a", "y").await;
    }
}

/// What the documentation of the store says that it needs.
const RIGHTS: &[&str] = &[
    "+role",
    "+time",
    "+get",
    "+mget",
    "+getrange",
    "+setrange",
    "+set",
    "+unlink",
    "+pttl",
    "+pexpire",
    "+touch",
    "+eval",
    "+evalsha",
    "+client|tracking",
    "+scan",
    "+select",
];

/// Does everything that a store can do, and waits for a heartbeat.
async fn everything(store: &RedisStore) {
    let tags = [tag("t")];
    let watcher = Arc::new(Watcher::default());
    store.watch(watcher.clone());
    let _ = store.versions(&tags).await;
    let token = Token::new();
    let long = Duration::from_hours(1_000);
    let _ = store.read(&key("a"), &tags).await;
    let _ = store.acquire(&key("a"), token, long, None).await;
    let _ = store.extend(&key("a"), token, long).await;
    let versions = store.versions(&tags).await.unwrap_or_default();
    let (bytes, fresh) = (b"x".to_vec(), Duration::from_secs(1));
    let value = super::Envelope::new(bytes, super::Format::default(), versions, fresh, long);
    let _ = store.fill(&key("a"), token, &tags, value).await;
    let _ = store.mark_stale(&key("a")).await;
    let _ = store.begin(&key("a"), token, long).await;
    let _ = store.cancel(&key("a"), token).await;
    let _ = store.begin(&key("a"), token, long).await;
    let _ = store.abandon(&key("a"), token, Some(long)).await;
    let _ = store.commit(&key("a"), token, &[], None).await;
    let _ = store.acquire(&key("a"), token, long, None).await;
    let _ = store.release(&key("a"), token).await;
    let _ = store.invalidate(&key("a")).await;
    let _ = store.bump(&tags[0]).await;
    let _ = store.clear().await;
    let _ = store.scan(b"", 0).await;
    tokio::time::sleep(Duration::from_millis(1_300)).await;
}

/// What a user with these rights was denied, as the server logs it; `None` if the store could not even connect.
async fn denied(server: Server, rights: &[&str]) -> Option<usize> {
    let mut outside = server.connection().await;
    let user = [&["ACL", "SETUSER", "app", "on", ">pass", "~shop:*", "-@all"], rights].concat();
    run(&mut outside, &user).await;
    let url = server.url().replace("redis://", "redis://app:pass@") + "/1";
    let store = match RedisStore::connect(patient(url, "shop")).await {
        Ok(store) => store,
        Err(error) => {
            assert!(error.is_config() && !error.to_string().contains("pass@"), "{error}");
            return None;
        }
    };
    everything(&store).await;
    let redis::Value::Array(log) = run(&mut outside, &["ACL", "LOG"]).await else { panic!() };
    Some(log.len())
}

#[tokio::test]
async fn the_documented_rights_are_enough_and_none_is_too_many() {
    for kind in servers() {
        assert_eq!(denied(Server::start(kind), RIGHTS).await, Some(0));
        // Each on a server that knows no scripts yet. Started first, because that holds this thread up.
        let servers: Vec<_> = RIGHTS.iter().map(|right| (right, Server::start(kind))).collect();
        let lacking = servers.into_iter().map(|(right, server)| {
            let rights: Vec<_> = RIGHTS.iter().copied().filter(|other| other != right).collect();
            tokio::spawn(async move { (*right, denied(server, &rights).await) })
        });
        for lacking in lacking.collect::<Vec<_>>() {
            let (right, denied) = lacking.await.unwrap();
            assert_ne!(denied, Some(0), "{right} is not needed");
        }
    }
}

#[tokio::test]
async fn a_namespace_of_somebody_else_is_refused_at_once() {
    for kind in servers() {
        let users = "user default on nopass ~* &* +@all\nuser app on >pass ~shop:* -@all +hello \
                     +role +time +get\n";
        let server = Server::with_file(kind, &["--aclfile users.acl"], "users.acl", users);
        let url = server.url().replace("redis://", "redis://app:pass@");
        let error = RedisStore::connect(RedisOptions::new(url, "other")).await.unwrap_err();
        assert!(error.is_config() && error.to_string().contains("NOPERM"), "{error}");
    }
}

#[tokio::test]
async fn writers_that_are_not_heard_of_again_leave_little_behind() {
    for subject in OnServer::each().await {
        let mut outside = subject.server.connection().await;
        let (store, key) = (&subject.store, key("hot"));
        let long = Duration::from_secs(30);
        for round in 0..1_000 {
            let writer = Token::new();
            store.begin(&key, writer, long).await.unwrap();
            // Some of them say that they are gone, for a while or for good.
            match round % 3 {
                0 => store.abandon(&key, writer, Some(long)).await.unwrap(),
                1 => store.abandon(&key, writer, None).await.unwrap(),
                _ => {}
            }
        }
        let name = format!("{}:v:hot", subject.namespace);
        let redis::Value::Int(bytes) = run(&mut outside, &["STRLEN", &name]).await else {
            panic!()
        };
        assert!(bytes <= 64 + 64 * 16, "{bytes} bytes");
    }
}
