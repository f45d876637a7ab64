//! Reports of what changes on the server, whoever changes it.
//!
//! A connection is told of every change under the tracked prefixes (`CLIENT TRACKING … BCAST`). What is told while there is
//! no connection is lost, and a connection may be gone without either end noticing; so a heartbeat bounds how long that
//! can last.
//!
//! The connection is told nothing of what it does itself by plain commands (`NOLOOP`): that a load makes the version of a
//! tag must not look like the end of what carries the tag. It is told of what its own scripts do.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::{PushInfo, PushKind, Value};
use tokio::time::sleep;

use super::breaker::within;
use super::diagnosis;
use super::keys::{Named, Namespace};
use super::link::Link;
use super::probe;
use super::wire::{Failure, Heard, Wire};
use crate::fault::Fault;
use crate::store::Watch;

const HEARTBEAT: Duration = Duration::from_secs(1);
/// How many times as long as for an operation a heartbeat is waited for: 250 ms, unless the operator says otherwise.
const PATIENCE: u32 = 5;
/// How many heartbeats in a row may go without any answer although something comes.
const UNANSWERED: u32 = 3;

/// Asks for reports; a fault if the server does not give them.
pub(super) async fn begin(link: &Link, wire: &dyn Wire) -> Result<Option<Fault>, Failure> {
    let mut command = redis::cmd("CLIENT");
    command.arg("TRACKING").arg("ON").arg("BCAST").arg("NOLOOP");
    for prefix in link.names.tracked() {
        command.arg("PREFIX").arg(prefix);
    }
    match wire.send(command).await {
        Ok(_) => Ok(None),
        Err(Failure::Refused(code)) => Ok(Some(diagnosis::no_tracking(&code))),
        Err(failure) => Err(failure),
    }
}

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

/// Passes on what the server says unasked.
pub(super) fn report(info: &PushInfo, names: &Namespace, watch: &dyn Watch) {
    if info.kind != PushKind::Invalidate {
        return;
    }
    match info.data.as_slice() {
        [Value::Array(changed)] => {
            for name in changed {
                let Value::BulkString(name) = name else { continue };
                match names.named(name) {
                    Some(Named::Entry(key)) => watch.changed(&key),
                    Some(Named::Announced(key)) => watch.announced(&key),
                    Some(Named::Tag(tag)) => watch.bumped(&tag),
                    Some(Named::Everything) => watch.cleared(),
                    None => {}
                }
            }
        }
        // The server was emptied.
        _ => watch.cleared(),
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::super::options::RedisOptions;
    use super::super::wire::Reply;
    use super::*;
    use crate::key::Key;
    use crate::key::Tag;

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);

    impl Watch for Log {
        fn restored(&self) {}
        fn changed(&self, key: &Key) {
            self.0.lock().push(format!("changed {:?}", key.as_bytes()));
        }
        fn announced(&self, key: &Key) {
            self.0.lock().push(format!("announced {:?}", key.as_bytes()));
        }
        fn bumped(&self, tag: &Tag) {
            self.0.lock().push(format!("bumped {:?}", tag.as_bytes()));
        }
        fn cleared(&self) {
            self.0.lock().push("cleared".to_owned());
        }
        fn lost(&self) {}
    }

    fn told(kind: PushKind, data: Vec<Value>) -> Vec<String> {
        let log = Log::default();
        report(&PushInfo { kind, data }, &Namespace::new("shop").unwrap(), &log);
        log.0.into_inner()
    }

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

    #[test]
    fn a_push_is_told_by_what_its_names_stand_for() {
        let names = ["shop:v:a", "shop:t:b", "shop:e", "shop:event", "shop:i:c"];
        let names = names.map(|name| Value::BulkString(name.as_bytes().to_vec()));
        let told = told(PushKind::Invalidate, vec![Value::Array(names.into())]);
        assert_eq!(told, ["changed [97]", "bumped [98]", "cleared", "announced [99]"]);
    }

    #[test]
    fn a_push_without_names_means_everything() {
        assert_eq!(told(PushKind::Invalidate, vec![Value::Nil]), ["cleared"]);
        assert_eq!(told(PushKind::Invalidate, vec![]), ["cleared"]);
        assert!(told(PushKind::Message, vec![Value::Nil]).is_empty());
    }
}
