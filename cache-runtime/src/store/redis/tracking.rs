//! Reports of what changes on the server, whoever changes it.
//!
//! A connection is told of every change under the tracked prefixes (`CLIENT TRACKING … BCAST`). What is told while there is
//! no connection is lost, and a connection may be gone without either end noticing; so a heartbeat bounds how long that
//! can last.
//!
//! The connection is told nothing of what it does itself by plain commands (`NOLOOP`): that a load makes the version of a
//! tag must not look like the end of what carries the tag. It is told of what its own scripts do.

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
    loop {
        sleep(HEARTBEAT).await;
        let Some(link) = link.upgrade() else { return };
        let before = heard.bytes();
        match within(link.response_timeout.saturating_mul(PATIENCE), heartbeat(&link, &*wire)).await
        {
            Ok(()) => {}
            // It is slow; what it reports comes all the same, and before any answer.
            Err(Failure::Late) if heard.bytes() != before => {}
            Err(_) => return,
        }
    }
}

async fn heartbeat(link: &Link, wire: &dyn Wire) -> Result<(), Failure> {
    // Versions that are compared in this process only look unused to the server, which evicts such keys first.
    let mut touch = redis::cmd("TOUCH");
    touch.arg(link.names.epoch());
    probe::send(wire, "TOUCH", touch).await?;
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

    use super::*;
    use crate::entry::Key;
    use crate::tag::Tag;

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
