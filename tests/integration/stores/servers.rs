//! The contract on real servers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use async_trait::async_trait;
use cache_runtime::store::layout::Space;
use cache_runtime::store::{Namespace, RedisOptions, RedisStore, Store};

use super::{Subject, Times, key, on_every};
use crate::support::server::{Kind, Server, servers};

/// A store under a namespace of its own on a server that tests share.
pub(super) struct OnServer {
    pub(super) store: RedisStore,
    pub(super) namespace: String,
    pub(super) server: Arc<Server>,
}

impl OnServer {
    async fn new(kind: Kind) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = shared(kind);
        let namespace = format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let store = RedisStore::connect(patient(server.url(), &namespace)).await;
        Self { store: store.expect("the server is up"), namespace, server }
    }

    /// One on every kind of server.
    pub(super) async fn each() -> Vec<Self> {
        let mut subjects = Vec::new();
        for kind in servers() {
            subjects.push(Self::new(kind).await);
        }
        subjects
    }
}

/// A server of this kind that lives as long as any test uses it.
fn shared(kind: Kind) -> Arc<Server> {
    static SERVERS: Mutex<Vec<(Kind, Weak<Server>)>> = Mutex::new(Vec::new());
    let mut servers = SERVERS.lock().expect("no test fails while it holds it");
    let running = servers.iter().find(|(other, _)| *other == kind);
    if let Some(server) = running.and_then(|(_, server)| server.upgrade()) {
        return server;
    }
    let server = Arc::new(Server::start(kind));
    servers.retain(|(other, _)| *other != kind);
    servers.push((kind, Arc::downgrade(&server)));
    server
}

/// Deadlines that a busy machine keeps.
pub(super) fn patient(url: String, namespace: &str) -> RedisOptions {
    let mut options = RedisOptions::new(url, namespace);
    options.connect_timeout = Duration::from_secs(10);
    options.response_timeout = Duration::from_secs(5);
    options
}

#[async_trait]
impl Subject for OnServer {
    fn store(&self) -> &dyn Store {
        &self.store
    }

    async fn pass(&self, time: Duration) {
        // A server counts in milliseconds, and what ends with one is there until the next.
        tokio::time::sleep(time + Duration::from_millis(5)).await;
    }

    async fn age(&self, name: &str, time: Duration) {
        let names = Namespace::new(&self.namespace).expect("it is in use");
        let name = names.entry(Space::Tracked, &key(name));
        let outside = &mut self.server.connection().await;
        let mut pipe = redis::pipe();
        pipe.cmd("GET").arg(&name).cmd("PTTL").arg(&name);
        let (bytes, ttl): (Option<Vec<u8>>, i64) = pipe.query_async(outside).await.unwrap();
        let Some(mut bytes) = bytes else { return };
        let times: Vec<usize> = match bytes[1] {
            // When it began, and until when it is held; zero if it is not.
            b'V' => vec![24, 40],
            b'L' => vec![24],
            _ => (72..bytes.len()).step_by(16).collect(),
        };
        let time = i64::try_from(time.as_millis()).expect("a short time");
        for at in times {
            let moment = i64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
            bytes[at..at + 8].copy_from_slice(&(moment - time).max(0).to_be_bytes());
        }
        let mut pipe = redis::pipe();
        pipe.cmd("SET").arg(&name).arg(bytes).arg("KEEPTTL").ignore();
        // What is over by then is gone.
        pipe.cmd("PEXPIRE").arg(&name).arg(ttl - time).ignore();
        pipe.query_async::<()>(outside).await.unwrap();
    }

    fn times(&self) -> Times {
        let ms = Duration::from_millis;
        Times { lease: ms(600), guard: ms(900), ttl: ms(1_800), tick: ms(300) }
    }
}

on_every! { OnServer::each().await }
