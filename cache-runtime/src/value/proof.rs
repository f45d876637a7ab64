//! Which values are decoded once more before they are stored, and what came of it.

use parking_lot::Mutex;

use crate::codec::Flaw;
use crate::policy::Policy;

/// So many values of a type are proven at first, and after each of the policy that failed.
const FIRST: u32 = 32;

/// After those, one in so many.
const THEN: u32 = 64;

/// The values of one policy in one cache, as far as they are known to come back from their encoding as they are.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// How many of each type were encoded since the last one that gave rise to doubt. By the type's number: a generic function
    /// has values of several.
    encoded: Mutex<Vec<(u32, u32)>>,
    flaw: Mutex<Option<Flaw>>,
}

impl Proof {
    /// Tells whether the next value of the type with this number is to be proven.
    pub(crate) fn is_due(&self, of: u32) -> bool {
        let mut all = self.encoded.lock();
        let Some((_, encoded)) = all.iter_mut().find(|(ty, _)| *ty == of) else {
            all.push((of, 1));
            return true;
        };
        let before = *encoded;
        *encoded = before.wrapping_add(1);
        before < FIRST || before.is_multiple_of(THEN)
    }

    /// Something was found that may be a value of this policy and does not decode.
    pub(crate) fn doubt(&self) {
        self.encoded.lock().clear();
    }

    /// A value of this policy does not come back as it is.
    pub(crate) fn failed(&self, policy: &Policy, flaw: Flaw) {
        self.doubt();
        *self.flaw.lock() = Some(flaw);
        // Always: another cache may have noted another one meanwhile.
        note(policy, flaw);
    }

    /// What was wrong with the last value that was refused.
    pub(crate) fn flaw(&self) -> Option<Flaw> {
        *self.flaw.lock()
    }
}

static FLAWS: Mutex<Vec<(Place, Flaw)>> = Mutex::new(Vec::new());

/// Module, name and line of a policy.
type Place = (&'static str, &'static str, u32);

fn place(policy: &Policy) -> Place {
    (policy.module, policy.name, policy.line)
}

fn note(policy: &Policy, flaw: Flaw) {
    let mut flaws = FLAWS.lock();
    flaws.retain(|(of, _)| *of != place(policy));
    flaws.push((place(policy), flaw));
}

/// What was wrong with the last value of the policy that was refused in any cache of this process.
pub(crate) fn flaw_of(policy: &Policy) -> Option<Flaw> {
    let flaws = FLAWS.lock();
    flaws.iter().find(|(of, _)| *of == place(policy)).map(|(_, flaw)| *flaw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_are_proven_and_then_a_few_until_there_is_doubt() {
        let proof = Proof::default();
        let proven = |of: u32| (0..of).filter(|_| proof.is_due(1)).count();
        assert_eq!(proven(32), 32);
        assert_eq!(proven(640), 10);
        proof.doubt();
        assert_eq!(proven(32), 32);
        assert_eq!(proven(31), 0);
    }

    #[test]
    fn values_of_each_type_of_a_generic_function_are_proven() {
        let proof = Proof::default();
        let proven = |ty| (0..32).filter(|_| proof.is_due(ty)).count();
        assert_eq!([proven(1), proven(1), proven(2), proven(2)], [32, 0, 32, 0]);
        proof.doubt();
        assert_eq!([proven(1), proven(2)], [32, 32]);
    }

    #[test]
    fn a_failure_is_remembered_and_those_after_it_are_proven() {
        let policy = Policy::new("of_proof", "proof::tests", "of_proof", "u64", 0);
        let proof = Proof::default();
        assert_eq!((proof.flaw(), flaw_of(&policy)), (None, None));
        assert_eq!((0..100).filter(|_| proof.is_due(1)).count(), 33);
        assert!(!proof.is_due(1));
        proof.failed(&policy, Flaw::Changed);
        assert!(proof.is_due(1));
        assert_eq!((proof.flaw(), flaw_of(&policy)), (Some(Flaw::Changed), Some(Flaw::Changed)));
        proof.failed(&policy, Flaw::TooDeep);
        assert_eq!(flaw_of(&policy), Some(Flaw::TooDeep));
        let other = Proof::default();
        other.failed(&policy, Flaw::Refused);
        proof.failed(&policy, Flaw::TooDeep);
        assert_eq!(flaw_of(&policy), Some(Flaw::TooDeep), "the last of either");
    }
}
