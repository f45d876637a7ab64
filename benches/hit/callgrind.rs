//! Counts instructions: this program, once more, under callgrind.
//!
//! The count does not depend on what else the machine does, which makes it fit for a gate.

use std::io::ErrorKind;
use std::process::{Command, Output};

/// Two runs, so that what does not depend on the number of calls cancels out: the start, the first load of each
/// key.
const FEW: u64 = 6_000;
const MANY: u64 = 16_000;

const MISSING: &str = "valgrind is missing; it counts the instructions\n\
    help: apt-get install valgrind (Debian, Ubuntu), dnf install valgrind (Fedora), pacman -S valgrind (Arch)";

/// What callgrind looks at: the calls, and nothing of the start of the program.
#[inline(never)]
pub fn counted_by_callgrind(run: fn(u64), calls: u64) {
    run(calls);
}

/// The instructions of one call of the case.
pub fn instructions(case: &str) -> Result<u64, String> {
    let (few, many) = std::thread::scope(|scope| {
        let few = scope.spawn(|| count(case, FEW));
        let many = count(case, MANY);
        (few.join(), many)
    });
    let few = few.map_err(|_| "the count of few calls panicked")??;
    Ok(many?.saturating_sub(few).div_ceil(MANY - FEW))
}

fn count(case: &str, calls: u64) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*counted_by_callgrind*")
        .arg(program)
        .args(["--run", case, &calls.to_string()])
        .output();
    match output {
        Ok(output) => collected(&output),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(MISSING.to_owned()),
        Err(error) => Err(format!("valgrind did not start: {error}")),
    }
}

fn collected(output: &Output) -> Result<u64, String> {
    let said = String::from_utf8_lossy(&output.stderr);
    let count = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    match count {
        Some(count) if output.status.success() && count > 0 => Ok(count),
        _ => Err(format!("valgrind counted nothing ({}):\n{said}", output.status)),
    }
}
