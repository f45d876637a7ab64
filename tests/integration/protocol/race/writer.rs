//! How a client writes, and how that may end.

use std::time::{Duration, Instant};

use redis::Value;

use super::super::record::Token;
use super::super::trace::now;
use super::client::{Client, Gone, Result, millis, surely_over};
use super::world::{GUARD, Protocol, count};

/// A guard that a writer is sure to have.
#[derive(Clone, Copy, Debug)]
struct Guard {
    token: Token,
    /// Before the server placed it, and after.
    sent: Instant,
    placed: Instant,
    /// When the write began, on the server's clock.
    since: i64,
}

const HOLD: Duration = Duration::from_millis(12);

impl Client {
    pub(super) async fn write(&mut self, id: usize) -> Result<()> {
        if matches!(self.world.protocol, Protocol::Naive) {
            return self.naive_write(id).await;
        }
        match self.random.below(8) {
            0 => self.change_and(id, "invalidate").await,
            1 => self.change_and(id, "mark_stale").await,
            _ => self.guarded_write(id).await,
        }
    }

    /// A write that the cache learns of afterwards.
    async fn change_and(&mut self, id: usize, script: &'static str) -> Result<()> {
        let version = self.change(id, None).await.ok_or(Gone)?;
        self.run(id, script, &[]).await?;
        self.world.acknowledge(id, version);
        Ok(())
    }

    async fn change(&mut self, id: usize, limit: Option<Instant>) -> Option<u64> {
        self.dawdle().await;
        let version = self.world.change(id, limit);
        self.dawdle().await;
        version
    }

    async fn guarded_write(&mut self, id: usize) -> Result<()> {
        let token = self.token();
        let (sent, since) = (Instant::now(), now());
        let Ok(begun) = self.run(id, "begin", &[&token, &millis(GUARD)]).await else {
            // Without being sure of a guard nothing is stored, and what comes after has to arrive.
            let version = self.change(id, None).await.ok_or(Gone)?;
            self.run(id, "commit", &[&token, b"", b""]).await?;
            self.world.acknowledge(id, version);
            return Ok(());
        };
        if begun == Value::Int(0) {
            count(&self.world.tally.overlapped);
        }
        let guard = Guard { token, sent, placed: Instant::now(), since };
        self.may_die()?;
        match self.random.below(10) {
            0 => self.cancel(id, guard).await,
            1 => self.cancelled(id, guard, None).await,
            2 => self.cancelled(id, guard, Some(HOLD)).await,
            _ => match self.change(id, Some(sent + GUARD)).await {
                // The statement ran into its time limit.
                None => self.cancel(id, guard).await,
                Some(version) => self.end(id, guard, version).await,
            },
        }
    }

    async fn cancel(&mut self, id: usize, guard: Guard) -> Result<()> {
        self.dawdle().await;
        self.run(id, "cancel", &[&guard.token]).await?;
        count(&self.world.tally.cancelled);
        Ok(())
    }

    /// The row is written, and the caller is told so or dies.
    async fn end(&mut self, id: usize, guard: Guard, version: u64) -> Result<()> {
        // Whatever comes now, the guard bounds how long the old value can be read.
        self.bounded(id, version, guard.placed, GUARD);
        self.may_die()?;
        let done = match self.random.below(6) {
            0 => self.run(id, "commit", &[&guard.token, b"", b""]).await,
            1 => self.run(id, "abandon", &[&guard.token, b""]).await,
            2 => self.run(id, "abandon", &[&guard.token, &millis(HOLD), &held(&guard.token)]).await,
            _ => {
                let (envelope, px) = self.envelope(guard.token, version, guard.since);
                self.run(id, "commit", &[&guard.token, &envelope, &px]).await
            }
        };
        match done {
            Ok(Value::Int(1)) => count(&self.world.tally.committed),
            Ok(_) => {}
            // Not sure of the end either: what is sent once more only removes.
            Err(Gone) => {
                self.dawdle().await;
                self.run(id, "invalidate", &[]).await?;
            }
        }
        self.world.acknowledge(id, version);
        Ok(())
    }

    /// The caller goes, and the statement takes effect later, but before the guard ends.
    async fn cancelled(&mut self, id: usize, guard: Guard, hold: Option<Duration>) -> Result<()> {
        let sent = Instant::now();
        let time = hold.map_or(Vec::new(), millis);
        self.run(id, "abandon", &[&guard.token, &time, &held(&guard.token)]).await?;
        let (from, placed, time) = match hold {
            Some(hold) => (sent, Instant::now(), hold),
            None => (guard.sent, guard.placed, GUARD),
        };
        if let Some(version) = self.change(id, Some(from + time)).await {
            self.bounded(id, version, placed, time);
        }
        Ok(())
    }

    /// The write counts as acknowledged once its guard is over, if nobody removes guards from outside.
    fn bounded(&self, id: usize, version: u64, placed: Instant, time: Duration) {
        if self.world.calm {
            let world = self.world.clone();
            tokio::spawn(async move {
                tokio::time::sleep_until(surely_over(placed, time)).await;
                world.acknowledge(id, version);
                count(&world.tally.bounded);
            });
        }
    }

    async fn naive_write(&mut self, id: usize) -> Result<()> {
        let version = self.change(id, None).await.ok_or(Gone)?;
        self.may_die()?;
        let mut del = redis::cmd("DEL");
        del.arg(self.world.key(id))
            .query_async::<()>(&mut self.connection)
            .await
            .expect("the server is up");
        self.world.acknowledge(id, version);
        Ok(())
    }
}

/// The token of a writer's hold.
fn held(token: &[u8]) -> Vec<u8> {
    token.iter().map(|byte| !byte).collect()
}
