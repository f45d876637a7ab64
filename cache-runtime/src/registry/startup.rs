//! When the policies of a program are held against each other without being asked: at its start, and in a test of each
//! crate with `policies!`.

use std::sync::Once;

use super::{Advice, policies};

/// Logs what [`Policies::check`](super::Policies::check) finds, once in the life of a program: what is certainly wrong
/// as warnings, what is worth a look at the level of debugging.
pub(crate) fn report() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let policies = policies();
        for error in policies.errors() {
            tracing::warn!("{error}");
        }
        // looking for hints compares every writer with every reader
        if tracing::enabled!(tracing::Level::DEBUG) {
            for hint in policies.hints() {
                tracing::debug!("{hint}");
            }
        }
    });
}

/// The test that `policies!` generates.
///
/// # Panics
/// If something is certainly wrong between the policies that are linked into the test program.
pub fn assert_policies() {
    let errors: Vec<_> = policies().errors().iter().map(Advice::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// Refuses to compile in a module: the attributes look for what `policies!` declares at the root.
///
/// # Panics
/// In a module, which is when the program is compiled.
pub const fn at_the_root_of_a_crate(module: &str) {
    let mut rest = module.as_bytes();
    while let [first, tail @ ..] = rest {
        assert!(
            *first != b':',
            "`policies!` has an effect only at the root of a crate, in its lib.rs or main.rs"
        );
        rest = tail;
    }
}
