//! The table of mistakes in the documentation says what the compiler says.

use std::fs;
use std::path::Path;

/// The rows of the table: what the mistake is, how its message begins, and the program that shows it.
fn rows(table: &str) -> Vec<[&str; 3]> {
    table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter_map(|line| line.split(" | ").collect::<Vec<_>>().try_into().ok())
        .filter(|row: &[&str; 3]| row[0] != "mistake")
        .collect()
}

/// What is wrong with a row, given the messages of its program.
fn wrong(row: [&str; 3], messages: Option<&str>) -> Option<String> {
    let [mistake, message, program] = row;
    let Some(messages) = messages else {
        return Some(format!("{mistake}: there is no program `{program}`"));
    };
    let first = messages.lines().next().unwrap_or_default();
    let said = first.split_once(": ").map(|(_, said)| said);
    (said != Some(message)).then(|| format!("{mistake}: `{program}` says\n  {first}"))
}

#[test]
fn the_table_says_what_the_compiler_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = fs::read_to_string(root.join("docs/mistakes.md")).expect("the table is there");
    let rows = rows(&table);
    assert!(rows.len() > 40, "only {} rows were read", rows.len());
    let found: Vec<_> = rows
        .into_iter()
        .filter_map(|row| {
            let program = root.join("tests/ui/fail").join(row[2]).with_extension("stderr");
            wrong(row, fs::read_to_string(program).ok().as_deref())
        })
        .collect();
    assert!(found.is_empty(), "docs/mistakes.md is out of date:\n{}", found.join("\n"));
}

#[test]
fn a_row_that_says_something_else_is_reported() {
    let row = ["a mistake", "the message", "category/program"];
    assert_eq!(wrong(row, Some("error: the message\n --> at")), None);
    assert_eq!(wrong(row, Some("error[E0001]: the message\n")), None);
    assert!(wrong(row, Some("error: another message\n")).is_some());
    assert!(wrong(row, None).is_some());
}
