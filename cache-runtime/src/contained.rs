//! Code of the user's that the cache runs on its own account, such as the `Serialize` or the `Drop` of a value, or a
//! closure of its policy.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs it; `None` if it panics, which the panic hook has reported. Whoever called a cached function did not ask for it.
pub(crate) fn contained<T>(run: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => Some(done),
        Err(carried) => {
            // What a panic carries may panic in its turn.
            if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(carried))) {
                std::mem::forget(again);
            }
            None
        }
    }
}
