//! Stale on purpose, never by accident: refreshes, windows, timeouts, on every kind of store and over processes.
//!
//! Numbers are those of public reports of bugs in `FusionCache`, each of which is a test here.

mod ahead;
mod ended;
mod exits;
mod on_error;
mod owned;
mod race;
mod revalidate;
mod sliding;
mod timeout;
