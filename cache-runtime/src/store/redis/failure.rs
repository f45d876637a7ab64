//! Failures: why a command has no answer.

use std::fmt;

use redis::{ErrorKind, RedisError};

use crate::fault::Fault;

/// The failure of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is no connection now. Nothing was sent.
    Away,
    /// It has not come in time.
    Late,
    /// The connection ended.
    Lost,
    /// The server refused the command, with this code. `UNKNOWN` and `MAXCLIENTS` are our own, for what servers call
    /// `ERR`.
    Refused(String),
    /// It is not of the kind that the command has.
    Garbled,
    /// The server is not a primary.
    Replica,
    /// The server has no database of this number.
    NoDatabase,
    /// Something is wrong with the server, or with the way to it.
    Fault(Fault),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away => f.write_str("there is no connection"),
            Self::Late => f.write_str("no answer in time"),
            Self::Lost => f.write_str("the connection was lost"),
            Self::Refused(code) => write!(f, "refused with {code}"),
            Self::Garbled => f.write_str("the answer is not understood"),
            Self::Replica => f.write_str("the server is not a primary"),
            Self::NoDatabase => f.write_str("there is no database of this number"),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Refused("WRONGPASS".to_owned()),
            ErrorKind::RESP3NotSupported => Self::Refused("NOPROTO".to_owned()),
            ErrorKind::Server(_) | ErrorKind::Extension => {
                Self::refused(error.code(), error.detail())
            }
            ErrorKind::UnexpectedReturnType => Self::Garbled,
            // Input and output, and what cannot be parsed: what follows on the connection has no meaning any more.
            _ => Self::Lost,
        }
    }
}

impl Failure {
    /// Keeps the code of an error and nothing else of it: the rest may be data. Of the errors that have no code the text
    /// tells which it is.
    pub(super) fn refused(code: Option<&str>, detail: Option<&str>) -> Self {
        let code = code.filter(|code| {
            (1..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase())
        });
        let code = match (code.unwrap_or("ERR"), detail.unwrap_or_default()) {
            ("ERR", detail) => uncoded(detail),
            (code, _) => code,
        };
        Self::Refused(code.to_owned())
    }

    pub(super) fn is_refusal(&self, expected: &str) -> bool {
        matches!(self, Self::Refused(code) if code == expected)
    }
}

/// The code that an error without one should have, by the texts of Redis and Valkey.
fn uncoded(detail: &str) -> &'static str {
    const BEGINNINGS: &[(&str, &str)] = &[
        ("unknown command", "UNKNOWN"),
        ("unknown subcommand", "UNKNOWN"),
        ("unknown redis command", "UNKNOWN"),
        ("the user executing the script", "NOPERM"),
        ("acl failure in script", "NOPERM"),
        ("max number of clients", "MAXCLIENTS"),
    ];
    let begins = |beginning: &str| {
        detail.get(..beginning.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(beginning))
    };
    BEGINNINGS.iter().find(|(beginning, _)| begins(beginning)).map_or("ERR", |(_, code)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_refusal_only_the_code_is_kept() {
        let refused = |code: Option<&str>| Failure::refused(code, Some("user:7")).to_string();
        assert_eq!(refused(Some("OOM")), "refused with OOM");
        assert_eq!(refused(Some("user:7")), "refused with ERR");
        assert_eq!(refused(Some(&"A".repeat(100))), "refused with ERR");
        assert_eq!(refused(None), "refused with ERR");
    }

    #[test]
    fn errors_without_a_code_are_told_apart_by_their_text() {
        let cases = [
            ("unknown command 'ROLE', with args beginning with: ", "UNKNOWN"),
            ("Unknown Redis command called from script script: 1a, on @user_script:1.", "UNKNOWN"),
            ("ACL failure in script: User app has no permissions", "NOPERM"),
            ("max number of clients reached", "MAXCLIENTS"),
            ("value is not an integer", "ERR"),
            ("unknown \u{e9}", "ERR"),
            ("", "ERR"),
        ];
        for (detail, code) in cases {
            let failure = Failure::refused(Some("ERR"), Some(detail));
            assert_eq!(failure, Failure::Refused(code.to_owned()), "{detail}");
        }
    }

    #[test]
    fn what_breaks_the_connection_is_told_from_what_the_server_refuses() {
        let from = |kind| Failure::from(RedisError::from((kind, "text")));
        assert_eq!(from(ErrorKind::Io), Failure::Lost);
        assert_eq!(from(ErrorKind::Parse), Failure::Lost);
        assert_eq!(from(ErrorKind::AuthenticationFailed), Failure::Refused("WRONGPASS".to_owned()));
        let read_only = ErrorKind::Server(redis::ServerErrorKind::ReadOnly);
        assert_eq!(from(read_only), Failure::Refused("READONLY".to_owned()));
    }
}
