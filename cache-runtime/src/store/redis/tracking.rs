//! Reports of what changes on the server, whoever changes it.
//!
//! A connection of its own is told of every change under the tracked prefixes (`CLIENT TRACKING … BCAST`). What is
//! told while the connection is gone is lost, and a connection may be gone without either end noticing; so a heartbeat
//! bounds how long that can last.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use redis::{PushInfo, PushKind, Value};
use tokio::time::sleep;

use super::breaker::{Pause, within};
use super::keys::{Named, Namespace};
use super::link::Link;
use super::wire::{self, Failure, Wire};
use crate::io;
use crate::store::Watch;

const HEARTBEAT: Duration = Duration::from_secs(1);
const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(250);
/// How long until a server that cannot report changes is asked again.
const WITHOUT_TRACKING: Duration = Duration::from_secs(30);

/// Reports to the watcher for ever.
pub(super) async fn keep(link: Arc<Link>, watch: Arc<dyn Watch>) {
    let (mut pause, mut told) = (Pause::new(), false);
    loop {
        let since = Instant::now();
        let session = Session { link: &link, watch: &watch };
        match session.run().await {
            Ended::Watched => {
                link.watching.store(false, Ordering::Relaxed);
                watch.lost();
                pause.after(since.elapsed()).await;
            }
            Ended::Unsupported(code) => {
                if !std::mem::replace(&mut told, true) {
                    tracing::warn!(
                        server = %link.target,
                        code,
                        "the server does not report changes: no local copies are kept"
                    );
                }
                sleep(WITHOUT_TRACKING).await;
            }
            Ended::Before => pause.wait().await,
        }
    }
}

/// How far a connection came.
enum Ended {
    /// It was not reached.
    Before,
    /// The server refused to report changes, with this code.
    Unsupported(String),
    /// Changes were reported.
    Watched,
}

struct Session<'a> {
    link: &'a Arc<Link>,
    watch: &'a Arc<dyn Watch>,
}

impl Session<'_> {
    async fn run(&self) -> Ended {
        let (names, watch) = (self.link.names.clone(), Arc::clone(self.watch));
        let pushes = move |info: PushInfo| {
            report(&info, &names, &*watch);
            Ok::<_, ()>(())
        };
        let limit = self.link.connect_timeout;
        let Ok(opened) = within(limit, wire::open(&self.link.target, pushes)).await else {
            return Ended::Before;
        };
        let mut restored = false;
        let ended = {
            let over = async {
                opened.driver.await;
                Failure::Lost
            };
            io::first(over, self.watch_over(&*opened.wire, &mut restored)).await
        };
        match ended {
            _ if restored => Ended::Watched,
            Failure::Refused(code) => Ended::Unsupported(code),
            _ => Ended::Before,
        }
    }

    /// Asks for reports, and then whether the server is still there, until it is not.
    async fn watch_over(&self, wire: &dyn Wire, restored: &mut bool) -> Failure {
        let begin = async {
            self.link.greet(wire).await?;
            wire.send(self.tracking()).await
        };
        if let Err(failure) = within(self.link.connect_timeout, begin).await {
            return failure;
        }
        *restored = true;
        self.link.watching.store(true, Ordering::Relaxed);
        self.watch.restored();
        loop {
            sleep(HEARTBEAT).await;
            if let Err(failure) = within(HEARTBEAT_TIMEOUT, self.heartbeat(wire)).await {
                return failure;
            }
        }
    }

    async fn heartbeat(&self, wire: &dyn Wire) -> Result<(), Failure> {
        // Versions that are compared in this process only look unused to the server, which evicts such keys first.
        let mut touch = redis::cmd("TOUCH");
        touch.arg(self.link.names.epoch());
        // Where that is not allowed, the versions may be forgotten: a miss.
        drop(wire.send(touch).await);
        self.link.check(wire).await
    }

    fn tracking(&self) -> redis::Cmd {
        let mut command = redis::cmd("CLIENT");
        command.arg("TRACKING").arg("ON").arg("BCAST");
        for prefix in self.link.names.tracked() {
            command.arg("PREFIX").arg(prefix);
        }
        command
    }
}

/// Passes on what the server says unasked.
fn report(info: &PushInfo, names: &Namespace, watch: &dyn Watch) {
    if info.kind != PushKind::Invalidate {
        return;
    }
    match info.data.as_slice() {
        [Value::Array(changed)] => {
            for name in changed {
                let Value::BulkString(name) = name else { continue };
                match names.named(name) {
                    Some(Named::Entry(key)) => watch.changed(&key),
                    Some(Named::Tag(tag)) => watch.bumped(&tag),
                    Some(Named::Epoch) => watch.cleared(),
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
        fn bumped(&self, tag: &Tag) {
            self.0.lock().push(format!("bumped {:?}", tag.as_bytes()));
        }
        fn cleared(&self) {
            self.0.lock().push("cleared".to_owned());
        }
        fn lost(&self) {}
        fn reachable(&self) {}
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
        assert_eq!(told, ["changed [97]", "bumped [98]", "cleared", "changed [99]"]);
    }

    #[test]
    fn a_push_without_names_means_everything() {
        assert_eq!(told(PushKind::Invalidate, vec![Value::Nil]), ["cleared"]);
        assert_eq!(told(PushKind::Invalidate, vec![]), ["cleared"]);
        assert!(told(PushKind::Message, vec![Value::Nil]).is_empty());
    }
}
