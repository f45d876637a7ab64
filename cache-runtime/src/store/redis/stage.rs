//! The stage of an attempt to connect.

use parking_lot::Mutex;

use super::diagnosis;
use super::failure::Failure;
use crate::fault::Fault;

/// The stage of an attempt to connect, as the fault that it is if the attempt comes no further.
pub(super) struct ConnectStage(Mutex<Fault>);

impl ConnectStage {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Fault::NotResolved))
    }

    pub(super) fn set(&self, fault: Fault) {
        *self.0.lock() = fault;
    }

    /// The fault that a failure of the attempt means.
    pub(super) fn fault_of(&self, failure: &Failure) -> Fault {
        match failure {
            Failure::Late => *self.0.lock(),
            failure => diagnosis::of("HELLO", failure).unwrap_or(Fault::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_took_too_long_failed_at_its_last_step() {
        let stage = ConnectStage::new();
        assert_eq!(stage.fault_of(&Failure::Late), Fault::NotResolved);
        stage.set(Fault::NoAnswer);
        assert_eq!(stage.fault_of(&Failure::Late), Fault::NoAnswer);
        assert_eq!(stage.fault_of(&Failure::Lost), Fault::Closed);
        assert_eq!(stage.fault_of(&Failure::Replica), Fault::Replica);
    }
}
