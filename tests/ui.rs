//! What has to be a compile error, with its message, and what has to compile.
//!
//! `TRYBUILD=overwrite cargo test -p tests --test ui` writes the messages anew; they are reviewed like prose.
//! With `--config 'env.RUSTC_WORKSPACE_WRAPPER="clippy-driver"'` and `pass` clippy reads the programs that compile,
//! each of which denies its warnings.

use trybuild::TestCases;

#[test]
fn fail() {
    TestCases::new().compile_fail("ui/fail/*/*.rs");
}

#[test]
fn pass() {
    TestCases::new().pass("ui/pass/*.rs");
}
