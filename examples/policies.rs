//! `cargo run --example policies`: who reads, who writes, and what invalidates what in the examples, without running
//! them.
//!
//! `cargo run --example policies -- table` and `-- mermaid` print one of the two; code hosts draw a block of `mermaid`
//! in a Markdown file.

use std::process::ExitCode;

use cache_runtime::policies;
// The policies are linked with what holds them: a program that uses nothing of a crate has none of its policies.
use examples as _;

fn main() -> ExitCode {
    let policies = policies();
    let chart = || format!("```mermaid\n{}```\n", policies.to_mermaid());
    match std::env::args().nth(1).as_deref() {
        None => print!("{policies}\n{}", chart()),
        Some("table") => print!("{policies}"),
        Some("mermaid") => print!("{}", chart()),
        Some(other) => {
            eprintln!("policies: `{other}` is neither `table` nor `mermaid`");
            return ExitCode::FAILURE;
        }
    }
    let found = policies.check();
    for advice in &found {
        eprintln!("{advice}");
    }
    if found.iter().any(cache_runtime::Advice::is_error) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
