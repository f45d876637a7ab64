//! The layers of the two crates, read from their sources: imports go down only, and no file imports one that leads back
//! to it.

mod imports;
mod rules;
mod sizes;

use std::path::Path;

use imports::Source;
use rules::{MACROS, RUNTIME, Rules};

#[test]
fn imports_of_the_runtime_go_down_only_and_no_file_leads_back_to_itself() {
    assert_kept("cache-runtime", &RUNTIME);
}

#[test]
fn imports_of_the_macros_go_down_only_and_no_file_leads_back_to_itself() {
    assert_kept("cache-macros", &MACROS);
}

#[track_caller]
fn assert_kept(name: &str, rules: &Rules) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
    let sources = imports::read(&root);
    assert!(
        sources.iter().any(|source| source.module == "lib"),
        "no sources in {}",
        root.display()
    );
    let mut found = rules.violations(&sources);
    found.extend(sizes::too_large(&root, &sources));
    assert!(found.is_empty(), "not as it should be in {name}:\n{}", found.join("\n"));
}

fn check(files: &[(&str, &str)]) -> Vec<String> {
    check_by(&RUNTIME, files)
}

fn check_by(rules: &Rules, files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<_> = files.iter().map(|(path, text)| Source::parse(path, text)).collect();
    rules.violations(&sources)
}

#[track_caller]
fn assert_found(files: &[(&str, &str)], expected: &str) {
    assert_found_by(&RUNTIME, files, expected);
}

#[track_caller]
fn assert_found_by(rules: &Rules, files: &[(&str, &str)], expected: &str) {
    let found = check_by(rules, files);
    assert!(
        found.iter().any(|line| line.contains(expected)),
        "expected `{expected}` in {found:#?}"
    );
}

#[test]
fn an_import_downwards_or_sideways_is_allowed() {
    let found = check(&[
        ("key.rs", ""),
        ("store/mod.rs", "mod memory; use crate::key::KeyWriter; use std::sync::Arc;"),
        (
            "store/memory/mod.rs",
            "mod evict; use super::Store; use crate::store::Lease; use self::evict::Evict;",
        ),
        ("store/memory/evict.rs", "use super::super::Store; use crate::clock;"),
        ("clock.rs", "use super::error::Error;"),
        ("error.rs", "fn unrelated() { let key = cache::Cache; std::mem::take(key); }"),
        ("token.rs", "macro_rules! rows { () => { pub(crate) struct Row(pub(super) u8); } }"),
        ("load/cache_aside.rs", "use crate::{flight::Flight, value::Slot};"),
        ("flight.rs", ""),
        ("value.rs", ""),
        ("lib.rs", "pub mod key; pub use key::KeyWriter; pub use crate::store::Store;"),
    ]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn an_import_upwards_is_reported_with_its_line() {
    let key = "use std::fmt;\n\nuse crate::cache::Cache;";
    assert_found(
        &[("key.rs", key), ("cache.rs", "")],
        "key.rs:3: `key` imports `cache`: layer 0 must not know layer 7",
    );
}

#[test]
fn every_way_to_write_an_import_is_seen() {
    for text in [
        "use crate::cache::Cache;",
        "use crate::{key::Key, cache::{Cache, Weak}};",
        "use crate::cache as c;",
        "use crate::cache::*;",
        "use super::super::cache::Cache;",
        "pub(crate) use crate::cache;",
        "fn f(_: crate::cache::Cache) {}",
        "fn f() { crate::cache::get().set(1); }",
        "fn f() { assert!(matches!(x, Some(crate::cache::KIND))); }",
        "mod inner { use super::super::super::cache::Cache; }",
        "impl crate::cache::Extension for Memory {}",
        "#[derive(Debug)] struct S { cache: Vec<crate::cache::Cache> }",
    ] {
        assert_found(
            &[("store/memory.rs", text), ("cache.rs", ""), ("key.rs", "")],
            "imports `cache`",
        );
    }
}

#[test]
fn a_module_may_show_a_child_but_not_use_it() {
    let child = ("store/memory.rs", "");
    let found = check(&[("store/mod.rs", "mod memory; pub use memory::InMemory;"), child]);
    assert!(found.is_empty(), "{found:#?}");
    for text in [
        "mod memory; use memory::InMemory;",
        "mod memory; fn new() -> memory::InMemory { memory::InMemory::new() }",
        "mod memory; fn new() { vec![memory::new()] }",
    ] {
        assert_found(&[("store/mod.rs", text), child], "`store` imports `store::memory`: layer 1");
    }
}

#[test]
fn tests_inside_a_module_may_import_anything() {
    let found = check(&[
        ("key.rs", "#[cfg(test)] mod tests { use crate::cache::Cache; }"),
        ("clock.rs", "#[cfg(test)] use crate::cache::Cache; #[cfg(test)] mod tests;"),
        ("clock/tests.rs", "use crate::cache::Cache;"),
        ("cache.rs", ""),
    ]);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn neighbours_that_must_not_know_each_other_are_reported() {
    for (from, to) in [
        ("store/mod.rs", "codec"),
        ("store/mod.rs", "policy"),
        ("codec.rs", "store"),
        ("load/lock.rs", "store::memory"),
        ("load/lock.rs", "store::redis"),
        ("store/memory.rs", "store::redis"),
        ("store/redis.rs", "store::memory"),
        ("counters.rs", "clock"),
    ] {
        let import = format!("use crate::{to}::Thing;");
        let target = format!("{}.rs", to.replace("::", "/"));
        assert_found(&[(from, &import), (&target, "")], &format!("imports `{to}`: "));
    }
}

#[test]
fn a_cycle_in_one_layer_is_reported() {
    assert_found(
        &[
            ("key.rs", "use crate::clock::Clock;"),
            ("clock.rs", "use crate::error::Error;"),
            ("error.rs", "use crate::key::KeyWriter;"),
        ],
        "a cycle of imports: clock -> error -> key -> clock",
    );
}

#[test]
fn a_cycle_of_files_is_reported_where_files_are_held_to_it() {
    let two = [
        ("check/key.rs", "use super::item::Item;"),
        ("check/item.rs", "use crate::check::key::name;"),
    ];
    let parent_and_child = [
        ("expand/mod.rs", "mod key; fn all() { key::render(); } pub(crate) struct Runtime;"),
        ("expand/key.rs", "use super::Runtime;"),
    ];
    assert_found_by(&MACROS, &two, "a cycle of imports: check::item -> check::key -> check::item");
    assert_found_by(
        &MACROS,
        &parent_and_child,
        "a cycle of imports: expand -> expand::key -> expand",
    );
    assert_eq!(check_by(&Rules { files: false, ..MACROS }, &two), [""; 0]);
}

#[test]
fn children_may_import_what_their_module_declares_but_does_not_use() {
    let found = check_by(
        &MACROS,
        &[
            ("expand/mod.rs", "mod key; pub(crate) use key::render; pub(crate) struct Runtime;"),
            ("expand/key.rs", "use super::Runtime;"),
        ],
    );
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn neither_step_of_the_macros_knows_the_other() {
    for (from, to) in [("expand", "check"), ("check", "expand")] {
        let (path, import) = (format!("{from}/key.rs"), format!("use crate::{to}::types;"));
        let target = format!("{to}/types.rs");
        assert_found_by(
            &MACROS,
            &[(&path, &import), (&target, "")],
            &format!("`{from}` imports `{to}`: "),
        );
    }
    assert_found_by(
        &MACROS,
        &[
            ("parse/block.rs", "use crate::check::signature::is_cached;"),
            ("check/signature.rs", ""),
        ],
        "`parse` imports `check`: layer 1 must not know layer 3",
    );
}

#[test]
fn paths_in_quoted_code_are_those_of_another_crate() {
    let quoted = "fn f() -> TokenStream { quote_spanned!(at=> use crate::*; crate::check::f();) }";
    let files = [("expand/key.rs", quoted), ("check/mod.rs", ""), ("lib.rs", "")];
    assert_eq!(check_by(&MACROS, &files), [""; 0]);
    let called = "fn f() { assert!(crate::check::f()); }";
    assert_found_by(
        &MACROS,
        &[("expand/key.rs", called), ("check/mod.rs", "")],
        "`expand` imports `check`",
    );
}

#[test]
fn the_crate_root_is_above_everything() {
    assert_found(
        &[("key.rs", "use crate::KeyPart;"), ("lib.rs", "")],
        "name the item's own module instead of the crate root",
    );
}

#[test]
fn a_module_without_a_layer_is_reported_with_advice() {
    assert_found(&[("shiny.rs", "")], "shiny.rs: `shiny` has no layer; add it to its crate's");
    assert_found(&[("store/disk.rs", "")], "store/disk.rs: `store::disk` has no layer");
}
