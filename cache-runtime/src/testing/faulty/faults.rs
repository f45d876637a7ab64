//! The faults that are in a store now, and what becomes of its next operation.

use super::injection::{Injection, Operation};
use super::requests::Requests;
use crate::error::{Error, Result};

/// What is wrong with a store, and what it was asked for.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) requests: Requests,
    pub(super) injected: Vec<Injected>,
    pub(super) disconnected: bool,
    /// How often the connection was lost.
    pub(super) losses: u64,
}

/// A fault, and the operations that it is injected into.
pub(super) struct Injected {
    operations: Vec<Operation>,
    pub(super) injection: Injection,
    /// The state of a generator of numbers (`SplitMix64`: Steele et al., "Fast Splittable Pseudorandom Number Generators").
    random: u64,
}

impl Injected {
    /// What becomes of the next operation.
    fn next(&mut self) -> Option<Injection> {
        let Injection::FailSometimes { probability, .. } = self.injection else {
            return Some(self.injection.clone());
        };
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        // As fine as a float can tell.
        let share = f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0));
        (share < probability * (f64::from(u32::MAX) + 1.0)).then_some(Injection::Fail)
    }
}

impl Faults {
    /// Injects a fault into operations of these kinds, in place of what they had.
    pub(super) fn inject(&mut self, operations: &[Operation], injection: Injection) {
        let random = match injection {
            Injection::FailSometimes { seed, .. } => seed,
            _ => 0,
        };
        for other in &mut self.injected {
            other.operations.retain(|operation| !operations.contains(operation));
        }
        self.injected.retain(|other| !other.operations.is_empty());
        self.injected.push(Injected { operations: operations.to_vec(), injection, random });
    }

    pub(super) fn on(&mut self, operation: Operation) -> Option<&mut Injected> {
        self.injected.iter_mut().find(|injected| injected.operations.contains(&operation))
    }

    /// Counts an operation, and tells what is to become of it.
    pub(super) fn next(&mut self, operation: Operation) -> Result<Option<Injection>> {
        self.requests.count(operation);
        if self.disconnected {
            return Err(Error::unavailable("the test has cut the connection to the store"));
        }
        Ok(self.on(operation).and_then(Injected::next))
    }
}
