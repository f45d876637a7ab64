//! The answer of a call whose load has not ended in time.

use crate::error::Error;

/// A return type that can say that a load has not ended in time.
#[diagnostic::on_unimplemented(
    message = "`hard_timeout` answers with an error, and `{Self}` cannot hold it",
    label = "no `Result<T, E>` with `E: From<cache_runtime::Error>`",
    note = "implement `From<cache_runtime::Error>` for the error that the function returns",
    note = "or say what it returns then: `on_timeout = |error| …`"
)]
pub trait TimesOut {
    /// The answer with that error in it.
    fn timed_out(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, E: From<Error>> TimesOut for Result<T, E> {
    fn timed_out(error: Error) -> Self {
        Err(error.into())
    }
}

/// What answers with the error.
///
/// Its type is opaque on purpose: it answers so whether the type meets the bound or not, so that one that does not is reported
/// here, once.
pub fn timed_out<R: TimesOut>() -> impl FnOnce(Error) -> R + Send + use<R> {
    R::timed_out
}
