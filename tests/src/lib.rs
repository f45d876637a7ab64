//! Compile-time and integration tests; see `ui.rs` and `integration/`.

// What the README shows has to compile and to hold.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
