//! What is wrong with a store: what its log, its health and the errors of a build name, each with what to do about it.

use std::fmt;

use serde::Serialize;

/// Why a store cannot do all that is needed of it, as far as it knows.
///
/// Displays as a sentence with what to do about it; serializes with its `kind` in snake case. It never holds a name, an
/// address or a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The name of the host is not resolved.
    NotResolved,
    /// Nothing listens at the port.
    ConnectionRefused,
    /// There is no route to the host.
    Unreachable,
    /// The host does not accept the connection in time.
    ConnectTimeout,
    /// The connection is accepted, and nothing is answered in time.
    NoAnswer,
    /// The connection is closed before anything is answered.
    Closed,
    /// The connection broke, or too many answers in a row were overdue.
    Lost,
    /// What answers speaks TLS.
    Tls,
    /// What answers is no server of this kind.
    NotRedis,
    /// The server has too many clients.
    TooManyClients,
    /// The user or the password is wrong, or there has to be one.
    Login {
        /// The code of the server's error.
        code: &'static str,
    },
    /// The server takes connections from its own machine only.
    Protected,
    /// The server does not speak the protocol's third version.
    TooOld,
    /// There is no database of this number.
    NoDatabase,
    /// The server is a node of a cluster.
    Cluster,
    /// The server is a replica.
    Replica,
    /// The server reads its data from the disk.
    Loading,
    /// The server is full and takes no values.
    Full,
    /// The server takes no writes for now.
    NoWrites {
        /// The code of the server's error.
        code: &'static str,
    },
    /// The server reports no changes, so that no copies are kept.
    NoTracking {
        /// The code of the server's error.
        code: &'static str,
    },
    /// The server refuses a command that is needed.
    Refused {
        /// The command.
        command: &'static str,
        /// The code of the server's error; `UNKNOWN` for a command that the server does not have.
        code: &'static str,
    },
}

impl Fault {
    /// Tells whether it lasts until somebody changes the configuration, of the server or of this program. A cache is not
    /// [built](crate::CacheBuilder::build) on a server with such a fault.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        match self {
            Self::Tls
            | Self::Login { .. }
            | Self::Protected
            | Self::TooOld
            | Self::NoDatabase
            | Self::Cluster => true,
            Self::Refused { code, .. } => matches!(code, "NOPERM" | "UNKNOWN"),
            _ => false,
        }
    }

    /// Tells whether the store can be used all the same, with less than it should do.
    #[must_use]
    pub fn is_partial(self) -> bool {
        matches!(self, Self::Full | Self::NoWrites { .. } | Self::NoTracking { .. })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Login { code } => {
                write!(
                    f,
                    "the user or the password is wrong or missing ({code}): correct them in the URL"
                )
            }
            Self::NoWrites { code } => no_writes(f, code),
            Self::NoTracking { code } => write!(
                f,
                "it does not report changes, because `CLIENT TRACKING` is refused ({code}), and no copies are kept in this \
                 process: allow the command, connect without a proxy, or set `Coherence::Ttl`"
            ),
            Self::Refused { command, code } => refused(f, command, code),
            plain => {
                let told = plain.on_the_way().or_else(|| plain.of_the_server());
                let (what, cure) = told.unwrap_or_default();
                write!(f, "{what}: {cure}")
            }
        }
    }
}

impl Fault {
    /// What is wrong with the way to the server, and what to do about it.
    fn on_the_way(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::NotResolved => (
                "the name of the host is not resolved",
                "correct the host in the URL, or check its DNS entry",
            ),
            Self::ConnectionRefused => (
                "the connection is refused, nothing listens there",
                "start the server, or correct the host and the port in the URL",
            ),
            Self::Unreachable => (
                "no route to the host",
                "correct the host in the URL, or check routes and firewalls",
            ),
            Self::ConnectTimeout => (
                "the connection is not accepted in time",
                "correct the host and the port in the URL, check firewalls, or raise `connect_timeout`",
            ),
            Self::NoAnswer => (
                "the connection is accepted, but not answered in time",
                "it is stopped or overloaded, waits for TLS, or is no Redis server; otherwise raise `connect_timeout`",
            ),
            Self::Closed => (
                "it closes the connection without an answer",
                "it is starting or stopping, or no Redis server",
            ),
            Self::Lost => (
                "the connection is lost, or several answers in a row were overdue",
                "see whether it runs, and is not overloaded",
            ),
            _ => return None,
        })
    }

    /// What is wrong with the server, and what to do about it.
    fn of_the_server(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Tls => (
                "it speaks TLS, which this version of the cache does not",
                "name a port without TLS in the URL",
            ),
            Self::NotRedis => (
                "what answers is no Redis or Valkey server",
                "correct the host and the port in the URL",
            ),
            Self::TooManyClients => ("it has too many clients", "raise its `maxclients`"),
            Self::Protected => (
                "it takes connections from its own machine only (DENIED)",
                "give it a password, or set its `protected-mode` to `no`",
            ),
            Self::TooOld => ("it is too old (NOPROTO)", "the cache needs Redis 7.0 or Valkey 7.2"),
            Self::NoDatabase => (
                "it has no database of this number",
                "correct the number at the end of the URL, or raise its `databases`",
            ),
            Self::Cluster => (
                "it is a node of a cluster, which this version of the cache cannot use",
                "name a server without `cluster-enabled` in the URL",
            ),
            Self::Replica => {
                ("it is a replica", "name the primary in the URL, or promote this one")
            }
            Self::Loading => (
                "it is loading its data from the disk (LOADING)",
                "it will be used once loading ends",
            ),
            Self::Full => (
                "it is full and takes no new values (OOM)",
                "raise its `maxmemory`, or set its `maxmemory-policy` to `allkeys-lru`",
            ),
            _ => return None,
        })
    }
}

fn no_writes(f: &mut fmt::Formatter<'_>, code: &str) -> fmt::Result {
    let cure = match code {
        "MISCONF" => "it cannot save to its disk: correct that, or switch its persistence off",
        _ => "it has too few replicas: start them, or lower its `min-replicas-to-write`",
    };
    write!(f, "it refuses writes ({code}): {cure}")
}

fn refused(f: &mut fmt::Formatter<'_>, command: &str, code: &str) -> fmt::Result {
    write!(f, "it refuses `{command}`, which is needed ({code}): ")?;
    f.write_str(match code {
        "UNKNOWN" if command == "HELLO" => {
            "it is older than Redis 7.0 and Valkey 7.2, or the command is renamed or disabled there: use one that has it"
        }
        "UNKNOWN" => "the command is renamed or disabled there: use a server that has it",
        "NOPERM" => "give the user the rights that the documentation of `RedisStore` lists",
        "BUSY" => "a script is blocking the server: stop it with `SCRIPT KILL`",
        _ => "the log of the server may say why",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_what_to_do_and_serializes_by_its_kind() {
        let fault = Fault::Refused { command: "EVAL", code: "NOPERM" };
        let json = serde_json::to_value(fault).unwrap();
        let expected =
            serde_json::json!({ "kind": "refused", "command": "EVAL", "code": "NOPERM" });
        assert_eq!(json, expected);
        assert_eq!(serde_json::to_value(Fault::Tls).unwrap(), serde_json::json!({ "kind": "tls" }));
        assert!(fault.to_string().starts_with("it refuses `EVAL`"), "{fault}");
    }

    #[test]
    fn every_fault_says_what_is_wrong_and_what_to_do() {
        let code = "OOM";
        let all = [
            Fault::NotResolved,
            Fault::ConnectionRefused,
            Fault::Unreachable,
            Fault::ConnectTimeout,
            Fault::NoAnswer,
            Fault::Closed,
            Fault::Lost,
            Fault::Tls,
            Fault::NotRedis,
            Fault::TooManyClients,
            Fault::Login { code },
            Fault::Protected,
            Fault::TooOld,
            Fault::NoDatabase,
            Fault::Cluster,
            Fault::Replica,
            Fault::Loading,
            Fault::Full,
            Fault::NoWrites { code },
            Fault::NoTracking { code },
            Fault::Refused { command: "EVAL", code },
        ];
        for fault in all {
            let text = fault.to_string();
            let (what, cure) = text.split_once(": ").unwrap();
            assert!(!what.is_empty() && !cure.is_empty(), "{fault:?}: {text}");
        }
    }

    #[test]
    fn only_what_a_change_of_the_configuration_ends_lasts() {
        let refused = |code| Fault::Refused { command: "ROLE", code };
        for fault in [refused("NOPERM"), refused("UNKNOWN"), Fault::Cluster, Fault::Tls] {
            assert!(fault.is_lasting() && !fault.is_partial(), "{fault}");
        }
        for fault in [refused("BUSY"), Fault::NotResolved, Fault::Replica, Fault::Loading] {
            assert!(!fault.is_lasting() && !fault.is_partial(), "{fault}");
        }
        for fault in [Fault::Full, Fault::NoTracking { code: "NOPERM" }] {
            assert!(!fault.is_lasting() && fault.is_partial(), "{fault}");
        }
    }
}
