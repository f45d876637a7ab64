//! The probe of a server: whether it does all that the store needs. It is asked with each connection, because a server that refuses one command
//! of many can be reached, and caches nothing.

use futures_util::future::join;
use redis::Value;

use super::diagnosis::{self, refusal};
use super::failure::Failure;
use super::replies;
use super::scripts;
use super::versions::mget;
use super::wire::Wire;
use crate::fault::Fault;
use crate::store::Namespace;
use crate::token::Token;

/// Sends a command; a refusal names it.
pub(super) async fn send(
    wire: &dyn Wire,
    name: &'static str,
    command: redis::Cmd,
) -> Result<Value, Failure> {
    wire.send(command).await.map_err(|failure| named(name, failure))
}

/// The failure of a command, with the command in it.
pub(super) fn named(command: &'static str, failure: Failure) -> Failure {
    match failure {
        // What lies under the name is another program's: the command itself works.
        Failure::Refused(code) if code != "WRONGTYPE" => Failure::Fault(refusal(command, &code)),
        failure => failure,
    }
}

/// Reads several keys at once: as every hit does, and as no node of a cluster can.
pub(super) async fn reads(wire: &dyn Wire, names: &Namespace) -> Result<(), Failure> {
    // Of slots that are all the same one case in 2^42 is left.
    let mut keys = vec![names.epoch()];
    keys.extend([1, 2, 3].map(|number| names.probe(number)));
    let values = replies::array(send(wire, "MGET", mget(&keys)).await?)?;
    if values.len() == keys.len() { Ok(()) } else { Err(Failure::Garbled) }
}

/// Writes, by scripts and with every command that they need. `Some` if the server can be used all the same, with less
/// than it should do.
pub(super) async fn writes(wire: &dyn Wire, names: &Namespace) -> Result<Option<Fault>, Failure> {
    let key = names.probe(Token::new().to_bits());
    // In this order on the connection: a server that has run the one knows the other.
    let (in_full, by_digest) =
        join(scripts::PROBE.in_full(wire, &key), scripts::PROBE.by_digest(wire, &key)).await;
    let mut partial = None;
    for (command, answer) in [("EVAL", in_full), ("EVALSHA", by_digest)] {
        let refused = match answer.map_err(|failure| named(command, failure)) {
            Ok(refused) => refusals(refused)?,
            // It would have been told of a script that is not flagged; a server that is full or cannot write may refuse all.
            Err(Failure::Fault(fault)) if fault.is_partial() => vec![fault],
            Err(failure) if failure.is_refusal("NOSCRIPT") => continue,
            Err(failure) => return Err(failure),
        };
        // What keeps the server from being used at all comes first.
        if let Some(fault) = refused.iter().find(|fault| !fault.is_partial()) {
            return Err(Failure::Fault(*fault));
        }
        partial = partial.or(refused.first().copied());
    }
    Ok(partial)
}

/// What the probe's answer means: names of commands and errors, in turns.
fn refusals(answer: Value) -> Result<Vec<Fault>, Failure> {
    let texts = replies::array(answer)?;
    let fault = |pair: &[Value]| {
        let [Value::BulkString(command), Value::BulkString(error)] = pair else { return None };
        let command = std::str::from_utf8(command).ok()?;
        let command = COMMANDS.iter().copied().find(|known| *known == command)?;
        let error = String::from_utf8_lossy(error);
        let (code, detail) = error.split_once(' ').unwrap_or((&error, ""));
        diagnosis::of(command, &Failure::refused(Some(code), Some(detail)))
    };
    texts.chunks(2).map(|pair| fault(pair).ok_or(Failure::Garbled)).collect()
}

/// What the script tries.
const COMMANDS: &[&str] =
    &["TIME", "SET", "GET", "GETRANGE", "SETRANGE", "PTTL", "PEXPIRE", "TOUCH", "UNLINK"];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn what_the_script_answers_names_the_commands_that_are_refused() {
        let refused = |command, code| Fault::Refused { command, code };
        let cases = [
            (
                "UNLINK",
                "ERR Unknown Redis command called from script",
                refused("UNLINK", "UNKNOWN"),
            ),
            ("GET", "ERR Unknown command called from script", refused("GET", "UNKNOWN")),
            (
                "TIME",
                "ERR The user executing the script can't run this command or subcommand",
                refused("TIME", "NOPERM"),
            ),
            (
                "PTTL",
                "ERR ACL failure in script: User app has no permissions to run the 'pttl' command",
                refused("PTTL", "NOPERM"),
            ),
            ("SET", "OOM command not allowed when used memory > 'maxmemory'.", Fault::Full),
            ("SET", "NOREPLICAS Not enough.", Fault::NoWrites { code: "NOREPLICAS" }),
        ];
        for (command, error, fault) in cases {
            let answer = Value::Array(vec![text(command), text(error)]);
            assert_eq!(refusals(answer), Ok(vec![fault]), "{error}");
        }
        assert_eq!(refusals(Value::Array(vec![])), Ok(vec![]));
        for odd in [Value::Nil, Value::Array(vec![text("SET")]), Value::Array(vec![Value::Nil; 2])]
        {
            assert_eq!(refusals(odd), Err(Failure::Garbled));
        }
    }

    #[test]
    fn the_script_tries_what_is_listed_here_and_what_the_other_scripts_call() {
        let probe = include_str!("scripts/probe.lua");
        let tried = probe.lines().filter_map(|line| line.strip_prefix("try('")?.split('\'').next());
        assert_eq!(tried.collect::<Vec<_>>(), COMMANDS);
        for script in scripts::sources() {
            let called = script.split("call('").skip(1).filter_map(|rest| rest.split('\'').next());
            for command in called {
                assert!(COMMANDS.contains(&command), "`{command}` is not tried");
            }
        }
    }
}
