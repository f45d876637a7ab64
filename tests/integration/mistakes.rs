//! The messages of programs that do not compile, and the table of them in the documentation.

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

/// What there is of the programs that do not compile: sources (`rs`) or messages (`stderr`), by their files' names.
fn programs(extension: &str) -> Vec<(String, String)> {
    let fail = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/fail");
    let entries = |folder: &Path| fs::read_dir(folder).expect("the folder is there");
    let mut programs = Vec::new();
    for category in entries(&fail).flatten() {
        for file in entries(&category.path()).flatten().map(|entry| entry.path()) {
            if file.extension().is_some_and(|found| found == extension) {
                let text = fs::read_to_string(&file).expect("it can be read");
                programs.push((file.display().to_string(), text));
            }
        }
    }
    programs
}

#[test]
fn no_program_takes_more_than_twelve_lines_to_show_its_mistake() {
    let found: Vec<_> = programs("rs")
        .into_iter()
        .filter(|(_, text)| text.lines().count() > 12)
        .map(|(program, _)| program)
        .collect();
    assert!(found.is_empty(), "too long: {found:#?}");
}

/// Whether a line of marks begins under the `#[` of the line above it.
fn underlines_an_attribute(text: &str) -> bool {
    let lines: Vec<_> = text.lines().collect();
    lines.windows(2).any(|pair| {
        let at = pair[0].find("#[").filter(|at| pair[0][..*at].trim_end().ends_with('|'));
        at.and_then(|at| pair[1].as_bytes().get(at)).is_some_and(|mark| b"^-".contains(mark))
    })
}

/// A program whose first error is ours; the others are the compiler's, of what mockall makes of our attribute.
fn is_of_another_macro(program: &str) -> bool {
    program.ends_with("below-automock.stderr")
}

#[test]
fn no_message_underlines_an_attribute_as_a_whole() {
    let found: Vec<_> = programs("stderr")
        .into_iter()
        .filter(|(program, text)| {
            text.contains("in this attribute macro expansion")
                || (underlines_an_attribute(text) && !is_of_another_macro(program))
        })
        .map(|(program, _)| program)
        .collect();
    assert!(found.is_empty(), "the guilty text is not what is underlined in {found:#?}");
    assert!(underlines_an_attribute("3 | #[cached(key = 1)]\n  | ^^^^^^\n"));
    assert!(underlines_an_attribute("3 |     #[cached(key = 1)]\n  |     ------ here\n"));
    assert!(!underlines_an_attribute("3 | #[cached(key = 1)]\n  |          ^^^\n"));
}

/// The programs that show several mistakes, each with its error.
const SEVERAL: [&str; 4] = [
    "group/wildcard-of-no-group-in-the-impl",
    "options/several-mistakes",
    "options/with-colons",
    "options/without-names",
];

/// The programs of which the one mistake gives two errors, and why.
const TWO_ERRORS: [(&str, &str); 13] = [
    (
        "each/reader-without-an-option",
        "one of the reader's name, one of the values that the batch returns",
    ),
    (
        "signature/two-functions-of-one-name",
        "one for the functions, one for the types of their name",
    ),
    (
        "signature/function-of-the-name-of-a-module",
        "one for the name, one for what stands in the type's place",
    ),
    (
        "signature/function-of-the-name-of-an-import",
        "one for the name, one for what stands in the type's place",
    ),
    (
        "arguments/variant-of-an-enum",
        "one of the key's field, one of the proof that no other is forgotten",
    ),
    (
        "key/wrong-field-beside-others",
        "one of the key's field, one of the proof that no other is forgotten",
    ),
    (
        "cache_policy/associated-function-that-is-invalidated",
        "the function has no companion to be referred to",
    ),
    (
        "cache_policy/associated-function-with-a-mistake",
        "two mistakes, of which one is no text of the other",
    ),
    (
        "cache_policy/cached-alone-in-a-trait-impl",
        "one for each function of the companion, by its name",
    ),
    (
        "cache_policy/two-traits-with-one-name",
        "one for each function of the companion, by its name",
    ),
    ("policies/twice", "one for each type that is found, by its name"),
    ("reference/entry-of-a-value-without-serde", "one at the function, one at the entry"),
    (
        "write_through/writes-another-type",
        "one of the stored type, one of the way in which it is held",
    ),
];

#[test]
fn no_mistake_gives_more_than_one_error() {
    let messages = programs("stderr");
    assert!(messages.len() >= 120, "only {} programs were read", messages.len());
    let expected = |program: &str| {
        let two = TWO_ERRORS.iter().any(|(known, _)| program.ends_with(&format!("{known}.stderr")));
        if two { 2 } else { 1 }
    };
    let found: Vec<_> = messages
        .into_iter()
        .filter(|(program, _)| !SEVERAL.iter().any(|several| program.contains(several)))
        .filter(|(program, _)| !is_of_another_macro(program))
        .map(|(program, text)| {
            (text.lines().filter(|line| line.starts_with("error")).count(), program)
        })
        .filter(|(errors, program)| *errors != expected(program))
        .collect();
    assert!(found.is_empty(), "one mistake gives another number of errors in {found:#?}");
}
