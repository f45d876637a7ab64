//! The chapter on tests, docs/testing.md: what it shows are tests that are compiled and run, in `users`.

mod users;

use std::fs;
use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The blocks of Rust in a chapter.
fn blocks(chapter: &str) -> Vec<&str> {
    let blocks = chapter.split("```rust\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().trim()).collect()
}

/// The items of a source, without its first comment: what stands between empty lines at the margin.
fn items(source: &str) -> Vec<&str> {
    let parts = source.split("\n\n").filter(|part| !part.starts_with("//!"));
    let mut items: Vec<&str> = Vec::new();
    for part in parts {
        match items.last_mut() {
            // An empty line inside of a function.
            Some(before) if part.starts_with(' ') => {
                let start = before.as_ptr().addr() - source.as_ptr().addr();
                let end = part.as_ptr().addr() - source.as_ptr().addr() + part.len();
                *before = &source[start..end];
            }
            _ => items.push(part),
        }
    }
    items.into_iter().map(str::trim).collect()
}

/// What is in one of them and not in the other.
fn differences(chapter: &str, source: &str) -> Vec<String> {
    let (blocks, items) = (blocks(chapter), items(source));
    let unknown = blocks.iter().filter(|block| !source.contains(*block));
    let unshown = items.iter().filter(|item| !blocks.iter().any(|block| block.contains(*item)));
    let unknown = unknown.map(|block| format!("only in the chapter:\n{block}"));
    unknown.chain(unshown.map(|item| format!("only in the tests:\n{item}"))).collect()
}

#[test]
fn every_example_of_the_chapter_is_a_test_here_and_every_test_is_in_the_chapter() {
    let chapter = text("docs/testing.md");
    assert!(blocks(&chapter).len() > 10, "only {} were read", blocks(&chapter).len());
    let found = differences(&chapter, &text("tests/integration/testing/chapter/users.rs"));
    assert!(found.is_empty(), "docs/testing.md is out of date:\n{}", found.join("\n\n"));
}

#[test]
fn an_example_that_differs_from_its_test_is_reported_on_both_sides() {
    let source = "//! Examples.\n\nuse a;\nuse b;\n\nfn c() {\n    d();\n\n    e();\n}\n";
    assert_eq!(items(source), ["use a;\nuse b;", "fn c() {\n    d();\n\n    e();\n}"]);
    let chapter = |block: &str| format!("Text.\n```rust\nuse a;\nuse b;\n\n{block}\n```\nMore.\n");
    let right = chapter("fn c() {\n    d();\n\n    e();\n}");
    assert_eq!(differences(&right, source), [""; 0]);
    let wrong = differences(&chapter("fn c() {}"), source);
    assert!(wrong[0].starts_with("only in the chapter:\nuse a;"), "{wrong:?}");
    assert!(wrong[1].starts_with("only in the tests:\nfn c() {"), "{wrong:?}");
    assert_eq!(wrong.len(), 2);
}
