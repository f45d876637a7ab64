//! The scripts that change an entry. Each touches one key, and looks first whether what is there is ours.

use std::sync::LazyLock;

use redis::{Cmd, Value};

use super::failure::Failure;
use super::replies::{self, FOREIGN};
use super::wire::{Reply, Wire};

/// A script, sent by its digest, and in full to a server that does not know it yet.
pub(super) struct Script {
    script: redis::Script,
    /// The text that the digest is of.
    code: String,
}

/// What the scripts of an entry share: how a record is read, and how its writers are merged.
const RECORD: &str = include_str!("record.lua");

macro_rules! scripts {
    (on a record { $($name:ident: $file:literal,)+ } alone { $($other:ident: $text:literal,)+ }) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(joined(RECORD, include_str!(concat!($file, ".lua")))));)+
        $(pub(super) static $other: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!($text, ".lua")).to_owned()));)+

        /// The code of all of them.
        #[cfg(test)]
        pub(super) fn sources() -> Vec<&'static str> {
            vec![$(&$name.code,)+ $(&$other.code),+]
        }
    };
}

scripts! {
    on a record {
        ABANDON: "abandon",
        ACQUIRE: "acquire",
        BACK_OFF: "back_off",
        BEGIN: "begin",
        CANCEL: "cancel",
        COMMIT: "commit",
        EXTEND: "extend",
        FILL: "fill",
        INVALIDATE: "invalidate",
        MARK_STALE: "mark_stale",
        RELEASE: "release",
        RENEW: "renew",
    }
    alone {
        ANNOUNCE: "announce",
        BUMP: "bump",
        PROBE: "probe",
    }
}

/// One text of a prelude and a script, whose flags have to stay in the first line.
fn joined(prelude: &str, script: &str) -> String {
    let flags = script.find('\n').filter(|_| script.starts_with("#!")).map_or(0, |end| end + 1);
    let (flags, script) = script.split_at(flags);
    [flags, prelude, script].concat()
}

impl Script {
    fn new(code: String) -> Self {
        Self { script: redis::Script::new(&code), code }
    }

    /// Runs the script on a key.
    pub(super) async fn run(
        &self,
        wire: &dyn Wire,
        key: &[u8],
        arguments: &[&[u8]],
    ) -> Result<Value, Failure> {
        let Self { script, code } = self;
        let known = wire.send(command("EVALSHA", script.get_hash(), key, arguments)).await;
        match known {
            Err(failure) if failure.is_refusal("NOSCRIPT") => {
                wire.send(command("EVAL", code, key, arguments)).await
            }
            answered => answered,
        }
    }

    /// Runs the script by its digest, whether the server knows that or not.
    pub(super) fn by_digest(&self, wire: &dyn Wire, key: &[u8]) -> Reply {
        wire.send(command("EVALSHA", self.script.get_hash(), key, &[]))
    }

    /// Runs the script as one that the server does not know.
    pub(super) fn in_full(&self, wire: &dyn Wire, key: &[u8]) -> Reply {
        wire.send(command("EVAL", &self.code, key, &[]))
    }

    /// Runs a script that answers with a code. A key that holds no string is as foreign as a string of others'.
    pub(super) async fn code(
        &self,
        wire: &dyn Wire,
        key: &[u8],
        arguments: &[&[u8]],
    ) -> Result<i64, Failure> {
        match self.run(wire, key, arguments).await {
            Err(failure) if failure.is_refusal("WRONGTYPE") => Ok(FOREIGN),
            answered => replies::int(&answered?),
        }
    }
}

fn command(name: &str, script: &str, key: &[u8], arguments: &[&[u8]]) -> Cmd {
    let mut command = redis::cmd(name);
    command.arg(script).arg(1).arg(key).arg(arguments);
    command
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    /// A server that knows no scripts by their digests.
    #[derive(Default)]
    struct Forgetful {
        asked: Mutex<Vec<String>>,
    }

    impl Wire for Forgetful {
        fn send(&self, command: Cmd) -> Reply {
            let packed = String::from_utf8_lossy(&command.get_packed_command()).into_owned();
            let by_digest = packed.contains("EVALSHA");
            self.asked.lock().push(packed);
            Box::pin(async move {
                if by_digest {
                    Err(Failure::Refused("NOSCRIPT".to_owned()))
                } else {
                    Ok(Value::Int(1))
                }
            })
        }
    }

    struct Typed;

    impl Wire for Typed {
        fn send(&self, _: Cmd) -> Reply {
            Box::pin(async { Err(Failure::Refused("WRONGTYPE".to_owned())) })
        }
    }

    #[tokio::test]
    async fn a_script_that_the_server_has_forgotten_is_sent_in_full() {
        let server = Forgetful::default();
        let arguments: [&[u8]; 2] = [b"token", b""];
        assert_eq!(FILL.code(&server, b"shop:v:a", &arguments).await, Ok(1));
        let asked = server.asked.lock();
        assert_eq!(asked.len(), 2);
        assert!(asked[1].contains("GETRANGE") && asked[1].contains("shop:v:a"));
        // The command, the script, the number of keys, the key and both arguments, the empty one too.
        assert!(asked.iter().all(|packed| packed.starts_with("*6\r\n")), "{asked:?}");
    }

    #[test]
    fn the_flags_of_a_script_come_before_its_prelude() {
        assert_eq!(joined("local p\n", "#!lua x\nreturn p"), "#!lua x\nlocal p\nreturn p");
        assert_eq!(joined("local p\n", "return p"), "local p\nreturn p");
        for script in sources() {
            assert_eq!(script.rfind("#!").unwrap_or(0), 0);
        }
    }

    #[tokio::test]
    async fn a_key_of_another_type_is_foreign() {
        assert_eq!(INVALIDATE.code(&Typed, b"shop:v:a", &[]).await, Ok(FOREIGN));
    }
}
