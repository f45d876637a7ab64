//! When the policies of a program are held against each other without being asked: at its start, and in a test of each
//! crate with `policies!`.

use std::sync::Once;

use super::advice::Advice;
use super::policies::policies;

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

/// What `policies!` declares, and what the attributes find of it. One type is itself, and they find no other.
#[diagnostic::on_unimplemented(
    message = "`policies!` has no effect here: the attributes look for it at the root of the crate",
    label = "not at the root of the crate",
    note = "write it in `lib.rs` or `main.rs`, outside of any module or function"
)]
pub trait Found<Declared> {}

#[diagnostic::do_not_recommend]
impl<T> Found<T> for T {}

/// Refuses to compile unless what is declared is what is found.
pub const fn at_the_root<Declared, Root: Found<Declared>>() {}
