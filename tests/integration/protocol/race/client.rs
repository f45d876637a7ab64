//! One client: its connection, its luck, and how it reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use redis::Value;
use redis::aio::MultiplexedConnection;

use super::super::record::{self, Hold, Token};
use super::super::scripts::{Call, Scripts};
use super::super::trace::now;
use super::world::{KEYS, LEASE, Protocol, World, count, dawdle};
use crate::support::random::Random;

pub(super) struct Client {
    pub(super) world: Arc<World>,
    pub(super) connection: MultiplexedConnection,
    pub(super) random: Random,
}

/// No answer came: the client has died, or has given up. What it sent may still arrive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gone;

pub(super) type Result<T> = std::result::Result<T, Gone>;

impl Client {
    pub(super) async fn step(&mut self) {
        let id = usize::try_from(self.random.below(KEYS as u64)).expect("few keys");
        let done = match self.random.below(100) {
            0..95 => self.read(id).await,
            _ => self.write(id).await,
        };
        if done.is_err() {
            count(&self.world.tally.died);
        }
    }

    /// True once in so many times.
    pub(super) fn chance(&mut self, times: u64) -> bool {
        self.random.below(times) == 0
    }

    pub(super) fn may_die(&mut self) -> Result<()> {
        if self.chance(60) { Err(Gone) } else { Ok(()) }
    }

    pub(super) fn token(&mut self) -> Token {
        (self.random.next() | 1).to_be_bytes()
    }

    pub(super) async fn dawdle(&mut self) {
        dawdle(&mut self.random).await;
    }

    /// Runs a script, and now and then has no answer; or has one, and the same command arrives once more.
    pub(super) async fn run(
        &mut self,
        id: usize,
        script: &'static str,
        args: &[&[u8]],
    ) -> Result<Value> {
        self.may_die()?;
        let call = Call { script, args: args.iter().map(|arg| arg.to_vec()).collect() };
        // A token is for one lease, and for one guard: whoever is not sure that a grant has arrived takes another token.
        let again = !matches!(script, "acquire" | "begin");
        if self.chance(50) {
            self.later(id, call);
            return Err(Gone);
        }
        if again && self.chance(10) {
            self.later(id, call.clone());
        }
        let scripts = self.scripts();
        let answer = scripts.run(&mut self.connection, &self.world.key(id), &call).await;
        Ok(answer.expect("the server is up"))
    }

    fn scripts(&self) -> Arc<Scripts> {
        let Protocol::Ours(scripts) = &self.world.protocol else {
            unreachable!("the naive protocol has no scripts")
        };
        Arc::clone(scripts)
    }

    /// Delivers a command when its sender has long gone on.
    fn later(&mut self, id: usize, call: Call) {
        let (scripts, mut connection) = (self.scripts(), self.connection.clone());
        let key = self.world.key(id);
        let late = Duration::from_millis(self.random.below(40));
        tokio::spawn(async move {
            tokio::time::sleep(late).await;
            // The race may be over, and its server with it.
            let _ = scripts.run(&mut connection, &key, &call).await;
        });
    }

    pub(super) async fn read(&mut self, id: usize) -> Result<()> {
        let least = self.world.acknowledged(id);
        let version = match self.world.protocol {
            Protocol::Naive => self.naive_look_up(id).await?,
            Protocol::Ours(_) => self.look_up(id).await?,
        };
        count(&self.world.tally.reads);
        if version < least {
            count(&self.world.tally.stale);
        }
        Ok(())
    }

    async fn get(&mut self, id: usize) -> Option<Vec<u8>> {
        let answer =
            redis::cmd("GET").arg(self.world.key(id)).query_async(&mut self.connection).await;
        answer.expect("the server is up")
    }

    pub(super) async fn load(&mut self, id: usize) -> u64 {
        self.dawdle().await;
        let row = self.world.row(id);
        self.dawdle().await;
        row
    }

    async fn look_up(&mut self, id: usize) -> Result<u64> {
        let entry = self.get(id).await.and_then(|bytes| Entry::decode(&bytes));
        if let Some(entry) = entry.filter(Entry::is_fresh) {
            count(&self.world.tally.hits);
            if entry.guarded {
                count(&self.world.tally.under_guard);
            }
            if self.chance(4)
                && let Ok(Value::Int(1)) = self.run(id, "renew", &[b"100", b"400"]).await
            {
                count(&self.world.tally.renewed);
            }
            return Ok(entry.version);
        }
        let token = self.token();
        let seen = entry.map(|entry| entry.id);
        let seen = seen.as_ref().map_or(&[][..], |id| id);
        let Ok(answer) = self.run(id, "acquire", &[&token, &millis(LEASE), seen]).await else {
            // Not sure of a lease, so without one.
            return Ok(self.load(id).await);
        };
        let Value::Array(answer) = answer else { panic!("{answer:?}") };
        match answer.as_slice() {
            [Value::Int(1 | 2), Value::Int(granted), ..] => {
                self.load_and_fill(id, token, *granted).await
            }
            [Value::Int(4), _, Value::BulkString(bytes), _] => {
                count(&self.world.tally.changed);
                Ok(Entry::decode(bytes).expect("a value").version)
            }
            [Value::Int(code @ (3 | 5)), ..] => {
                let tally = &self.world.tally;
                count(if *code == 3 { &tally.busy } else { &tally.writing });
                Ok(self.load(id).await)
            }
            _ => panic!("{answer:?}"),
        }
    }

    async fn load_and_fill(&mut self, id: usize, token: Token, granted: i64) -> Result<u64> {
        let version = self.load(id).await;
        self.may_die()?;
        if self.chance(5) {
            let _ = self.run(id, "extend", &[&token, &millis(LEASE)]).await;
            self.dawdle().await;
        }
        if self.chance(10) {
            let _ = self.run(id, "release", &[&token]).await;
            return Ok(version);
        }
        if self.chance(10) {
            if let Ok(Value::Int(1)) = self.run(id, "back_off", &[&token, &millis(LEASE)]).await {
                count(&self.world.tally.failed);
            }
            return Ok(version);
        }
        let (envelope, px) = self.envelope(token, version, granted);
        match self.run(id, "fill", &[&token, &envelope, &px]).await {
            Ok(Value::Int(1)) => count(&self.world.tally.filled),
            Ok(_) => count(&self.world.tally.refused),
            // The caller has its answer in any case.
            Err(Gone) => {}
        }
        Ok(version)
    }

    /// A value with a life of random length, sometimes shorter than a guard's, and that life.
    pub(super) fn envelope(&mut self, id: Token, version: u64, created: i64) -> (Vec<u8>, Vec<u8>) {
        let fresh = [5, 30, 300, 3000][usize::try_from(self.random.below(4)).expect("small")];
        let window = i64::from(self.chance(3));
        let payload = version.to_string();
        let (fingerprint, hold, ttl) = (1, Hold::None, None);
        let value = record::Value {
            id,
            fingerprint,
            hold,
            age: 0,
            fresh: 0,
            about: false,
            window,
            payload,
            ttl,
        };
        let mut bytes = value.encode(created);
        bytes[48..56].copy_from_slice(&i64::to_be_bytes(fresh));
        let left = (created + fresh + window * 1000 - now()).max(1);
        (bytes, left.to_string().into_bytes())
    }

    async fn naive_look_up(&mut self, id: usize) -> Result<u64> {
        if let Some(bytes) = self.get(id).await {
            count(&self.world.tally.hits);
            return Ok(String::from_utf8_lossy(&bytes).parse().expect("a version"));
        }
        let version = self.load(id).await;
        self.may_die()?;
        let mut set = redis::cmd("SET");
        set.arg(self.world.key(id)).arg(version).arg("PX").arg(300);
        set.query_async::<()>(&mut self.connection).await.expect("the server is up");
        Ok(version)
    }
}

pub(super) fn millis(time: Duration) -> Vec<u8> {
    time.as_millis().to_string().into_bytes()
}

/// Later than the guard's or hold's end on the server, if it was placed before `placed`.
pub(super) fn surely_over(placed: Instant, time: Duration) -> tokio::time::Instant {
    (placed + time + Duration::from_millis(5)).into()
}

/// A value as a reader sees it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    id: Token,
    version: u64,
    fresh_until: i64,
    guarded: bool,
}

impl Entry {
    /// `None` for a lease or a guard without a value.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let at = |at| std::array::from_fn(|i| bytes[at + i]);
        (bytes[1] == b'V').then(|| Self {
            id: at(8),
            version: String::from_utf8_lossy(&bytes[80..]).parse().expect("a version"),
            fresh_until: i64::from_be_bytes(at(40)).saturating_add(i64::from_be_bytes(at(48))),
            guarded: bytes[32] == b'W',
        })
    }

    fn is_fresh(&self) -> bool {
        // What was marked stale is past its fresh time, and never the answer of a reader that wants the truth.
        self.fresh_until > now()
    }
}
