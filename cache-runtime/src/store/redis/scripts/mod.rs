//! The scripts that change an entry. Each touches one key, and looks first whether what is there is ours.

use std::sync::LazyLock;

use redis::{Cmd, Value};

use super::failure::Failure;
use super::replies::{self, FOREIGN};
use super::wire::{Reply, Wire};

/// A script, sent by its digest, and in full to a server that does not know it yet.
pub(super) struct Script(redis::Script, &'static str);

macro_rules! scripts {
    ($($name:ident: $file:literal),+ $(,)?) => {$(
        pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            let code = include_str!(concat!("", $file, ".lua"));
            Script(redis::Script::new(code), code)
        });
    )+
        /// The code of all of them.
        #[cfg(test)]
        pub(super) fn sources() -> Vec<&'static str> {
            vec![$(include_str!(concat!("", $file, ".lua"))),+]
        }
    };
}

scripts! {
    ABANDON: "abandon",
    ACQUIRE: "acquire",
    ANNOUNCE: "announce",
    BEGIN: "begin",
    BUMP: "bump",
    COMMIT: "commit",
    EXTEND: "extend",
    FILL: "fill",
    INVALIDATE: "invalidate",
    CANCEL: "cancel",
    PROBE: "probe",
    RELEASE: "release",
    MARK_STALE: "mark_stale",
}

impl Script {
    /// Runs the script on a key.
    pub(super) async fn run(
        &self,
        wire: &dyn Wire,
        key: &[u8],
        arguments: &[&[u8]],
    ) -> Result<Value, Failure> {
        let Self(script, code) = self;
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
        wire.send(command("EVALSHA", self.0.get_hash(), key, &[]))
    }

    /// Runs the script as one that the server does not know.
    pub(super) fn in_full(&self, wire: &dyn Wire, key: &[u8]) -> Reply {
        wire.send(command("EVAL", self.1, key, &[]))
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

    #[tokio::test]
    async fn a_key_of_another_type_is_foreign() {
        assert_eq!(INVALIDATE.code(&Typed, b"shop:v:a", &[]).await, Ok(FOREIGN));
    }
}
