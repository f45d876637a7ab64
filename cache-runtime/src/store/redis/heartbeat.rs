//! The heartbeat of a connection: whether the server is still there, a primary, and does what it must.
//!
//! A connection may be gone without either end noticing, and with it the reports of changes; the heartbeat bounds how long
//! that can last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use super::breaker::within;
use super::failure::Failure;
use super::link::Link;
use super::wire::{Heard, Wire};
use super::{probe, replies};

const HEARTBEAT: Duration = Duration::from_secs(1);
/// How many times as long as for an operation a heartbeat is waited for: 250 ms, unless the operator says otherwise.
const PATIENCE: u32 = 5;
/// How many heartbeats in a row may go without any answer although something comes.
const UNANSWERED: u32 = 3;

/// Asks whether the server is still there, a primary, and does what it must, until it is not.
pub(super) async fn beat(link: Weak<Link>, wire: Arc<dyn Wire>, heard: Heard) {
    let mut unanswered = 0;
    loop {
        sleep(HEARTBEAT).await;
        let Some(link) = link.upgrade() else { return };
        let (before, answered) = (heard.bytes(), AtomicBool::new(false));
        let beat = heartbeat(&link, &*wire, &answered);
        let beat = within(link.response_timeout.saturating_mul(PATIENCE), beat).await;
        unanswered = if answered.into_inner() { 0 } else { unanswered + 1 };
        match beat {
            Ok(()) => {}
            // It is slow; what it reports comes all the same, and before any answer. But if all that comes is never an
            // answer, one of both ends has lost its place in the stream: reports are lost in it, too.
            Err(Failure::Late) if heard.bytes() != before && unanswered < UNANSWERED => {}
            Err(_) => return,
        }
    }
}

async fn heartbeat(link: &Link, wire: &dyn Wire, answered: &AtomicBool) -> Result<(), Failure> {
    // Versions that are compared in this process only look unused to the server, which evicts such keys first.
    let mut touch = redis::cmd("TOUCH");
    touch.arg(link.names.epoch());
    probe::send(wire, "TOUCH", touch).await?;
    answered.store(true, Ordering::Relaxed);
    link.check(wire).await?;
    link.look_again(wire).await
}

impl Link {
    /// Asks whether the server is still a primary, and what time it is there.
    pub(super) async fn check(&self, wire: &dyn Wire) -> Result<(), Failure> {
        let sent = Instant::now();
        let asked = ["ROLE", "TIME"].map(|name| probe::send(wire, name, redis::cmd(name)));
        let answers = join_all(asked).await;
        let received = Instant::now();
        let [role, time] = answers.try_into().map_err(|_| Failure::Garbled)?;
        replies::primary(role?)?;
        let time = replies::time(time?)?;
        self.clock.observe((time, time), sent, received);
        Ok(())
    }

    /// Asks a server that has refused something, or did not do all that it should, whether it does now.
    pub(super) async fn look_again(&self, wire: &dyn Wire) -> Result<(), Failure> {
        let suspected = self.suspected.swap(false, Ordering::Relaxed);
        if !suspected && self.diagnosis.fault().is_none() {
            return Ok(());
        }
        probe::reads(wire, &self.names).await?;
        let fault = probe::writes(wire, &self.names).await?;
        if let Some(connection) = self.connection() {
            self.conclude(&connection, fault);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::super::options::RedisOptions;
    use super::super::wire::Reply;
    use super::*;

    /// Something comes with each command, and no more than the first of each heartbeat is answered.
    struct Deaf {
        heard: Heard,
        answers: bool,
    }

    impl Wire for Deaf {
        fn send(&self, command: redis::Cmd) -> Reply {
            self.heard.add(b"x");
            let is_first = command.get_packed_command().windows(5).any(|name| name == b"TOUCH");
            if self.answers && is_first {
                return Box::pin(std::future::ready(Ok(Value::Int(1))));
            }
            Box::pin(std::future::pending())
        }
    }

    /// How long a connection lasts whose server answers nothing, or little.
    async fn lasts(answers: bool) -> Option<Duration> {
        let options = RedisOptions::new("redis://127.0.0.1:1".to_owned(), "shop");
        let (link, heard) = (Arc::new(Link::new(&options).unwrap()), Heard::default());
        let wire = Arc::new(Deaf { heard: heard.clone(), answers });
        let start = tokio::time::Instant::now();
        let beats = beat(Arc::downgrade(&link), wire, heard);
        tokio::time::timeout(Duration::from_secs(600), beats).await.ok()?;
        Some(start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_much_comes_and_no_answer_is_given_up() {
        let lasted = lasts(false).await.expect("it is given up");
        assert!(lasted >= Duration::from_secs(3) && lasted < Duration::from_secs(4), "{lasted:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_answers_come_slowly_is_kept() {
        assert_eq!(lasts(true).await, None);
    }
}
