//! Clients read, load, write, invalidate and die at random. After a write was acknowledged, nobody may read what it
//! replaced.
//!
//! `CACHE_TEST_ROUNDS` sets the number of rounds; each has its own seed, which a failure names. The seed decides what
//! the clients do, not when.

mod client;
mod world;
mod writer;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;

use self::client::Client;
use self::world::{GUARD, KEYS, Protocol, Tally, World};
use super::scripts::Scripts;
use crate::support::random::Random;
use crate::support::server::{Kind, Server, servers};

const CLIENTS: u64 = 8;
const STEPS: u64 = 100;
/// A round waits most of its time, so that several run at once.
const AT_ONCE: u64 = 8;

/// Two servers: one where nobody removes entries from outside, and one where somebody does.
struct Arena {
    calm: Server,
    rough: Server,
}

impl Arena {
    fn new(kind: Kind) -> Self {
        Self { calm: Server::start(kind), rough: Server::start(kind) }
    }

    /// Runs rounds, half of them on each server.
    async fn rounds(&self, protocol: &Protocol, seeds: Range<u64>) -> Vec<Arc<World>> {
        let mut flushes = self.rough.connection().await;
        let flushing = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(60)).await;
                redis::cmd("FLUSHALL").exec_async(&mut flushes).await.expect("the server is up");
            }
        });
        let mut rounds = Vec::new();
        for seed in seeds {
            let calm = seed.is_multiple_of(2);
            let world = Arc::new(World::new(seed, protocol.clone(), calm));
            let server = if calm { &self.calm } else { &self.rough };
            let connections = [server.connection().await, server.connection().await];
            rounds.push(tokio::spawn(round(Arc::clone(&world), connections)));
        }
        let mut worlds = Vec::new();
        for round in rounds {
            worlds.push(round.await.expect("no step panics"));
        }
        flushing.abort();
        worlds
    }

    /// The first round in which an old value was read, of so many.
    async fn stale(&self, protocol: &Protocol, rounds: u64) -> Option<Arc<World>> {
        for first in (0..rounds).step_by(usize::try_from(AT_ONCE).expect("a small number")) {
            let worlds = self.rounds(protocol, first..rounds.min(first + AT_ONCE)).await;
            let stale = |world: &Arc<World>| world.tally.stale.load(Ordering::SeqCst) > 0;
            if let Some(world) = worlds.into_iter().find(stale) {
                return Some(world);
            }
        }
        None
    }
}

/// Clients share two connections, as those of two processes.
async fn round(world: Arc<World>, connections: [MultiplexedConnection; 2]) -> Arc<World> {
    let client = |number: u64| {
        let random = Random::new(world.seed.wrapping_mul(CLIENTS + 1).wrapping_add(number));
        let connection = connections[usize::from(number.is_multiple_of(2))].clone();
        Client { world: Arc::clone(&world), connection, random }
    };
    let run = |mut client: Client| async move {
        for _ in 0..STEPS {
            client.step().await;
        }
    };
    let clients: Vec<_> = (0..CLIENTS).map(|number| tokio::spawn(run(client(number)))).collect();
    let evictions = (!world.calm).then(|| tokio::spawn(evict(client(CLIENTS))));
    for client in clients {
        client.await.expect("no step panics");
    }
    if let Some(evictions) = evictions {
        evictions.abort();
    }
    // What writers have left behind that died is over now.
    tokio::time::sleep(GUARD * 2).await;
    for id in 0..KEYS {
        let _ = client(0).read(id).await;
    }
    world
}

async fn evict(mut client: Client) {
    loop {
        let time = Duration::from_millis(1 + client.random.below(8));
        tokio::time::sleep(time).await;
        let id = usize::try_from(client.random.below(KEYS as u64)).expect("few keys");
        let mut del = redis::cmd("DEL");
        del.arg(client.world.key(id));
        del.exec_async(&mut client.connection).await.expect("the server is up");
    }
}

fn ours() -> Protocol {
    Protocol::Ours(Arc::new(Scripts::new()))
}

#[tokio::test]
async fn what_an_acknowledged_write_has_replaced_is_never_read_again() {
    let rounds = std::env::var("CACHE_TEST_ROUNDS").ok();
    let rounds = rounds.map_or(24, |rounds| rounds.parse().expect("CACHE_TEST_ROUNDS is a number"));
    for kind in servers() {
        if let Some(World { seed, tally, .. }) =
            Arena::new(kind).stale(&ours(), rounds).await.as_deref()
        {
            panic!("on {kind:?}, seed {seed}: {tally:?}");
        }
    }
}

#[tokio::test]
async fn get_set_and_del_serve_what_an_acknowledged_write_has_replaced() {
    assert!(Arena::new(Kind::Redis).stale(&Protocol::Naive, 8).await.is_some());
}

/// That the race finds what it looks for; that every wrong script is found is the trace's.
#[tokio::test]
async fn so_do_scripts_that_were_tampered_with() {
    let arena = Arena::new(Kind::Redis);
    for (script, from, to) in [
        ("fill", "string.sub(h, 17, 24) == token and ", ""),
        ("commit", "if not found then return removed(3) end", "if not found then return 3 end"),
        (
            "invalidate",
            "redis.call('UNLINK', k)",
            "if string.sub(h, 2, 2) ~= 'L' then redis.call('UNLINK', k) end",
        ),
    ] {
        let scripts = Scripts::new().tampered(script, from, to).expect("the text is there once");
        let stale = arena.stale(&Protocol::Ours(Arc::new(scripts)), 400).await;
        assert!(stale.is_some(), "{script} with `{to}` for `{from}`");
    }
}

#[tokio::test]
async fn a_race_sees_everything_that_can_happen() {
    let worlds = Arena::new(Kind::Redis).rounds(&ours(), 0..AT_ONCE).await;
    let sum = |counter: fn(&Tally) -> &AtomicUsize| {
        worlds.iter().map(|world| counter(&world.tally).load(Ordering::SeqCst)).sum::<usize>()
    };
    for (what, happened, least) in [
        ("reads", sum(|tally| &tally.reads), 1000),
        ("hits", sum(|tally| &tally.hits), 100),
        ("hits under a guard", sum(|tally| &tally.under_guard), 5),
        ("another loads", sum(|tally| &tally.busy), 50),
        ("another writes", sum(|tally| &tally.writing), 50),
        ("another has loaded", sum(|tally| &tally.changed), 5),
        ("fills", sum(|tally| &tally.filled), 50),
        ("refused fills", sum(|tally| &tally.refused), 10),
        ("failed loads", sum(|tally| &tally.failed), 10),
        ("renewals", sum(|tally| &tally.renewed), 10),
        ("stored writes", sum(|tally| &tally.committed), 10),
        ("overlapping writes", sum(|tally| &tally.overlapped), 2),
        ("cancelled guards", sum(|tally| &tally.cancelled), 2),
        ("writes that only a guard bounds", sum(|tally| &tally.bounded), 10),
        ("deaths", sum(|tally| &tally.died), 2),
    ] {
        assert!(happened >= least, "{what}: {happened}");
    }
}
