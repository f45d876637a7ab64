//! The end of a write.

use std::time::Duration;

/// How long a guard stays after a function that returned an error: long enough for what it may have written to be
/// seen, short enough that a rejected request does not leave a hot key uncached for half a minute.
pub(super) const HOLD_AFTER_ERROR: Duration = Duration::from_secs(1);

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The source was written.
    Written,
    /// The source was not written.
    NotWritten,
    /// Nobody knows whether it was, but it will not be any more.
    Failed,
    /// Nobody knows, and the statement may still be running.
    Interrupted,
}
