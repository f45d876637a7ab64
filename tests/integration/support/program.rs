//! Programs that a test runs, built where this one was.

use std::path::PathBuf;
use std::process::Command;

/// Builds what is selected as on cargo's command line, and finds the program in the folder of such builds.
pub(crate) fn built(program: &str, selected: &[&str]) -> PathBuf {
    let this = std::env::current_exe().expect("a test binary has a path");
    let target = this.ancestors().nth(3).expect("it is in <target>/debug/deps");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet"])
        .args(selected)
        .arg("--target-dir")
        .arg(target)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .expect("cargo runs");
    assert!(built.success(), "{program} does not build");
    target.join("debug").join(program)
}
