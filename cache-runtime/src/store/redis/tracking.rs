//! Reports of what changes on the server, whoever changes it.
//!
//! A connection is told of every change under the prefixes that it tracks (`CLIENT TRACKING … BCAST`). What is told while there is
//! no connection is lost; how long a connection may be gone without either end noticing is bounded by `heartbeat`.
//!
//! The connection is told nothing of what it does itself by plain commands (`NOLOOP`): that a load makes the version of a
//! tag must not look like the end of what carries the tag. It is told of what its own scripts do.

use redis::{PushInfo, PushKind, Value};

use super::diagnosis;
use super::failure::Failure;
use super::wire::Wire;
use crate::fault::Fault;
use crate::store::layout::{Name, Space};
use crate::store::{Namespace, Watch};

/// Asks for reports; a fault if the server does not give them.
pub(super) async fn begin(names: &Namespace, wire: &dyn Wire) -> Result<Option<Fault>, Failure> {
    let mut command = redis::cmd("CLIENT");
    command.arg("TRACKING").arg("ON").arg("BCAST").arg("NOLOOP");
    for prefix in names.tracking_prefixes() {
        command.arg("PREFIX").arg(prefix);
    }
    match wire.send(command).await {
        Ok(_) => Ok(None),
        Err(Failure::Refused(code)) => Ok(Some(diagnosis::no_tracking(&code))),
        Err(failure) => Err(failure),
    }
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
                match names.parse(name) {
                    Some(Name::Entry(Space::Tracked, key)) => watch.changed(&key),
                    Some(Name::Announcement(key, by)) => watch.announced(&key, by),
                    Some(Name::Tag(tag)) => watch.bumped(&tag),
                    Some(Name::Epoch | Name::AnnouncementToAll) => watch.cleared(),
                    Some(Name::Entry(..) | Name::Probe) | None => {}
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
    use crate::key::Key;
    use crate::key::Tag;
    use crate::token::Token;

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);

    impl Watch for Log {
        fn restored(&self) {}
        fn changed(&self, key: &Key) {
            self.0.lock().push(format!("changed {:?}", key.as_bytes()));
        }
        fn announced(&self, key: &Key, by: Token) {
            self.0.lock().push(format!("announced {:?} by {}", key.as_bytes(), by.to_bits()));
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
        let announced = "shop:i:000000000000000a:c";
        let names =
            ["shop:v:a", "shop:t:b", "shop:e", "shop:event", announced, "shop:r:d", "shop:p:1"];
        let names = names.map(|name| Value::BulkString(name.as_bytes().to_vec()));
        let told = told(PushKind::Invalidate, vec![Value::Array(names.into())]);
        assert_eq!(told, ["changed [97]", "bumped [98]", "cleared", "announced [99] by 10"]);
    }

    #[test]
    fn a_push_without_names_means_everything() {
        assert_eq!(told(PushKind::Invalidate, vec![Value::Nil]), ["cleared"]);
        assert_eq!(told(PushKind::Invalidate, vec![]), ["cleared"]);
        assert!(told(PushKind::Message, vec![Value::Nil]).is_empty());
    }
}
