//! The example: stops on the way, and goes on.

use std::process::Command;

use crate::support::program;

#[test]
fn the_example_is_stopped_and_goes_on() {
    let program =
        program::built("examples/warm", &["--workspace", "--all-features", "--example", "warm"]);
    let mut command = Command::new(program);
    for name in ["CACHE_URL", "CACHE_NAMESPACE", "CACHE_DISABLED"] {
        command.env_remove(name);
    }
    let output = command.output().expect("the example starts");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("it speaks text");
    let lines: Vec<&str> = said.lines().collect();
    let [stopped, failed, whole] = lines[..] else { panic!("{said}") };
    assert!(stopped.contains(" of 201 done: 0 hit, ") && !stopped.contains("skipped"), "{said}");
    assert!(failed.starts_with("report 4242: "), "{said}");
    assert!(whole.starts_with("201 of 201 done: "), "{said}");
    let number = |what: &str| {
        let mut parts = whole.split([':', ',']).map(str::trim);
        let number = parts.find_map(|part| part.strip_suffix(what)?.trim().parse::<u64>().ok());
        number.unwrap_or_else(|| panic!("{what}: {said}"))
    };
    assert_eq!(number("failed"), 1, "{said}");
    // Of eight at a time the others may have been under way when 80 were done, or have ended with it.
    assert!((72..=88).contains(&number("skipped")), "{said}");
    assert_eq!(number("hit") + number("loaded") + number("skipped"), 200, "{said}");
}
