//! The layers of `cache-runtime`, read from its sources: imports go down only.

mod imports;
mod rules;

use std::path::Path;

use imports::Source;
use rules::violations;

#[test]
fn imports_of_the_runtime_go_down_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cache-runtime/src");
    let sources = imports::read(&root);
    assert!(
        sources.iter().any(|source| source.module == "lib"),
        "no sources in {}",
        root.display()
    );
    let found = violations(&sources);
    assert!(found.is_empty(), "forbidden imports in cache-runtime:\n{}", found.join("\n"));
}

fn check(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<_> = files.iter().map(|(path, text)| Source::parse(path, text)).collect();
    violations(&sources)
}

#[track_caller]
fn assert_found(files: &[(&str, &str)], expected: &str) {
    let found = check(files);
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
        ("store/memory/evict.rs", "use super::Memory; use crate::clock;"),
        ("clock.rs", "use super::error::Error;"),
        ("error.rs", "fn unrelated() { let key = cache::Cache; std::mem::take(key); }"),
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
fn the_crate_root_is_above_everything() {
    assert_found(
        &[("key.rs", "use crate::KeyPart;"), ("lib.rs", "")],
        "name the item's own module instead of the crate root",
    );
}

#[test]
fn a_module_without_a_layer_is_reported_with_advice() {
    assert_found(&[("shiny.rs", "")], "shiny.rs: `shiny` has no layer; add it to LAYERS");
    assert_found(&[("store/disk.rs", "")], "store/disk.rs: `store::disk` has no layer");
}
