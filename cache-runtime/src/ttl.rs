//! Named lifetimes, for `ttl = ttl::STATIC`: what a value is like says more than a number.

#![doc(alias("expire", "expiry", "time to live"))]

use std::time::Duration;

/// Changes often: 5 minutes.
pub const VOLATILE: Duration = Duration::from_secs(5 * 60);

/// Changes now and then: 1 hour.
pub const SEMI_STATIC: Duration = Duration::from_secs(60 * 60);

/// Changes rarely: 24 hours.
pub const STATIC: Duration = Duration::from_secs(24 * 60 * 60);

/// Changes with a release, if ever: 7 days.
pub const LONG_TERM: Duration = Duration::from_secs(7 * 24 * 60 * 60);
