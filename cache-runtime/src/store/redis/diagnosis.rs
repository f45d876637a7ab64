//! Diagnosis of a server: what a failure says about it, and what is told of that in the log.

use parking_lot::Mutex;

use super::failure::Failure;
use super::options::Target;
use crate::clock::{Clock, Millis};
use crate::fault::Fault;
use crate::trouble::Throttle;

/// Codes of errors that are worth telling apart; what is not among them is `ERR`.
const CODES: &[&str] = &[
    "BUSY",
    "DENIED",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "OOM",
    "READONLY",
    "UNKNOWN",
    "WRONGPASS",
];

/// The fault of a server that refuses a command with this code.
pub(super) fn refusal(command: &'static str, code: &str) -> Fault {
    let known = known(code);
    match code {
        "WRONGPASS" | "NOAUTH" => Fault::Login { code: known },
        "DENIED" => Fault::Protected,
        "NOPROTO" => Fault::TooOld,
        "MAXCLIENTS" => Fault::TooManyClients,
        "MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" => Fault::Cluster,
        "READONLY" | "MASTERDOWN" => Fault::Replica,
        "LOADING" => Fault::Loading,
        "OOM" => Fault::Full,
        "MISCONF" | "NOREPLICAS" => Fault::NoWrites { code: known },
        _ => Fault::Refused { command, code: known },
    }
}

/// The fault of a server that refuses to report changes.
pub(super) fn no_tracking(code: &str) -> Fault {
    Fault::NoTracking { code: known(code) }
}

fn known(code: &str) -> &'static str {
    CODES.iter().copied().find(|known| *known == code).unwrap_or("ERR")
}

/// The fault that a failure of a command shows; `None` if it says nothing that would not be said of the connection anyway.
pub(super) fn of(command: &'static str, failure: &Failure) -> Option<Fault> {
    match failure {
        Failure::Refused(code) => Some(refusal(command, code)),
        Failure::Fault(fault) => Some(*fault),
        Failure::Replica => Some(Fault::Replica),
        Failure::NoDatabase => Some(Fault::NoDatabase),
        Failure::Garbled => Some(Fault::NotRedis),
        Failure::Away | Failure::Late | Failure::Lost => None,
    }
}

/// The faults of the server now. Each fault is told of in the log at once, and then once a minute at most; and the
/// first after each connection, so that a log does not end in "connected" while the server is away.
#[derive(Default)]
pub(super) struct Diagnosis(Mutex<State>);

#[derive(Default)]
struct State {
    fault: Option<Fault>,
    /// One for each fault there ever was: a server that comes and goes is not to fill the log.
    told: Vec<(Fault, Throttle)>,
    /// The last that was told is that there is a connection.
    connected: bool,
}

impl Diagnosis {
    pub(super) fn fault(&self) -> Option<Fault> {
        self.0.lock().fault
    }

    /// Takes note of a connection. To be called before its end can be found.
    pub(super) fn connected(&self, server: &Target) {
        tracing::info!(%server, "connected");
        self.0.lock().connected = true;
    }

    /// Takes note of a fault.
    pub(super) fn found(&self, fault: Fault, server: &Target) {
        let Some(times) = self.note(fault, Clock::System.now()) else { return };
        if fault.is_partial() {
            tracing::warn!(%server, times, "the server does not do all that it should: {fault}");
        } else {
            tracing::warn!(%server, times, "the server is not used, nothing is cached there: {fault}");
        }
    }

    /// How often it was found since it was told, if it is time to tell.
    fn note(&self, fault: Fault, now: Millis) -> Option<u64> {
        let mut state = self.0.lock();
        state.fault = Some(fault);
        let is_news = !fault.is_partial() && std::mem::take(&mut state.connected);
        if let Some((_, throttle)) = state.told.iter().find(|(told, _)| *told == fault) {
            return if is_news { Some(throttle.count_news(now)) } else { throttle.count(now) };
        }
        let throttle = Throttle::default();
        let first = throttle.count(now);
        state.told.push((fault, throttle));
        first
    }

    /// Takes note that nothing is wrong.
    pub(super) fn cured(&self) {
        self.0.lock().fault = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_at_once_and_then_once_a_minute_with_how_often_it_was_found() {
        let diagnosis = Diagnosis::default();
        let note = |fault, seconds: Millis| diagnosis.note(fault, 1 + 1_000 * seconds);
        assert_eq!(note(Fault::NotResolved, 0), Some(1));
        assert_eq!(note(Fault::NotResolved, 1), None);
        assert_eq!(note(Fault::ConnectionRefused, 2), Some(1), "another one is news");
        assert_eq!(diagnosis.fault(), Some(Fault::ConnectionRefused));
        diagnosis.cured();
        assert_eq!(diagnosis.fault(), None);
        assert_eq!(note(Fault::NotResolved, 59), None, "one that comes and goes is not");
        assert_eq!(note(Fault::NotResolved, 60), Some(3));
    }

    #[test]
    fn each_loss_of_a_connection_is_told_however_soon_it_comes() {
        let server = Target::parse("redis://127.0.0.1:7711").unwrap();
        let diagnosis = Diagnosis::default();
        let note = |fault, seconds: Millis| diagnosis.note(fault, 1 + 1_000 * seconds);
        for seconds in [0, 2, 4] {
            diagnosis.connected(&server);
            assert_eq!(
                note(Fault::Full, seconds),
                (seconds == 0).then_some(1),
                "it is still there"
            );
            let untold = if seconds == 0 { 1 } else { 2 };
            assert_eq!(note(Fault::Lost, seconds), Some(untold));
            assert_eq!(note(Fault::ConnectionRefused, seconds), (seconds == 0).then_some(1));
            assert_eq!(note(Fault::Lost, seconds + 1), None, "it has not come back");
        }
    }

    #[test]
    fn what_a_refusal_means_is_known_by_its_code() {
        let cases = [
            ("WRONGPASS", Fault::Login { code: "WRONGPASS" }),
            ("CROSSSLOT", Fault::Cluster),
            ("READONLY", Fault::Replica),
            ("OOM", Fault::Full),
            ("MISCONF", Fault::NoWrites { code: "MISCONF" }),
            ("UNKNOWN", Fault::Refused { command: "ROLE", code: "UNKNOWN" }),
            ("SECRET", Fault::Refused { command: "ROLE", code: "ERR" }),
        ];
        for (code, fault) in cases {
            assert_eq!(refusal("ROLE", code), fault);
        }
    }
}
