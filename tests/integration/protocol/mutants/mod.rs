//! The trace is worth something only if a wrong script fails it: each of these does.

use super::scripts::Scripts;
use super::trace;
use crate::support::server::{Kind, Server};

/// A change that makes a script wrong.
#[derive(Clone, Copy, Debug)]
struct Mutant {
    script: &'static str,
    what: &'static str,
    /// A piece of the script that is there once, and what is put in its place.
    from: &'static str,
    to: &'static str,
}

/// By script: what is wrong, what is there, and what is put in its place.
macro_rules! mutants {
    ($($script:ident { $($what:literal: $from:literal => $to:literal;)* })*) => {
        &[$($(Mutant { script: stringify!($script), what: $what, from: $from, to: $to },)*)*]
    };
}

mod ages;
mod ends;
mod loads;
mod removals;
mod writes;

fn mutants() -> Vec<Mutant> {
    [loads::MUTANTS, ages::MUTANTS, writes::MUTANTS, ends::MUTANTS, removals::MUTANTS].concat()
}

#[tokio::test]
async fn every_tampered_script_fails_the_trace() {
    let server = Server::start(Kind::Redis);
    let mut connection = server.connection().await;
    let mut wrong = Vec::new();
    for Mutant { script, what, from, to } in mutants() {
        let Some(scripts) = Scripts::new().tampered(script, from, to) else {
            wrong.push(format!("{script}: `{from}` is not there once"));
            continue;
        };
        let failures = trace::run(&mut connection, &scripts, &[script]).await;
        if failures.is_empty() {
            wrong.push(format!("{script} that {what} passes"));
        }
        // What does not even run shows nothing of the trace.
        if failures.iter().any(|failure| failure.contains("ompiling script")) {
            wrong.push(format!("{script} that {what} is no script: {failures:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_script_has_mutants() {
    for script in Scripts::names() {
        let mutants = mutants().iter().filter(|mutant| mutant.script == script).count();
        assert!(mutants > 4, "{script}: {mutants}");
    }
}
