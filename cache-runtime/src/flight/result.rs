//! The result of a load, for those who waited for it.

use crate::outcome::Reason;
use crate::value::{Erased, Stored};

/// The end of a load, for those who waited for it.
#[derive(Clone)]
pub(crate) enum LoadResult {
    /// With a value, stored or not.
    Value(Stored),
    /// With a value that is served although its ttl is over, and why.
    Stale(Stored, Reason),
    /// With an error that everyone can be given.
    Error(Erased),
    /// With an error that cannot be shared, or a panic: whoever waited loads for itself.
    Failed,
    /// Its caller went away, or does not poll it any more. One of those who waited takes over.
    Abandoned,
}
