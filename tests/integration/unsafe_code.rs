//! No crate here has unsafe code, may have any, or writes any into the program of a user.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// Whether a crate with this manifest compiles with unsafe code in it; only `forbid` cannot be taken back in a source.
fn permits_unsafe(manifest: &str, workspace: &str) -> bool {
    let inherits = has(manifest, "[lints]", "workspace = true")
        && has(workspace, "[workspace.lints.rust]", FORBID);
    !inherits && !has(manifest, "[lints.rust]", FORBID)
}

const FORBID: &str = "unsafe_code = \"forbid\"";

/// Whether a line stands in a section of a manifest.
fn has(manifest: &str, section: &str, line: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim);
    lines.find(|line| *line == section).is_some()
        && lines.take_while(|line| !line.starts_with('[')).any(|found| found == line)
}

/// How often `unsafe` is written, also in what a macro is to write: the compiler's lint passes over the expansions of
/// another crate's macros.
fn unsafe_tokens(tokens: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Ident(word) => usize::from(word == "unsafe"),
        TokenTree::Group(group) => unsafe_tokens(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => 0,
    };
    tokens.into_iter().map(count).sum()
}

fn unsafe_in(source: &str) -> usize {
    unsafe_tokens(source.parse().expect("the tokens of a source"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file whose name ends so. The programs of the user in `ui` are not ours: they declare functions of any kind.
fn files(end: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for path in
            fs::read_dir(&folder).expect("a readable folder").flatten().map(|file| file.path())
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() && !name.starts_with('.') && name != "target" && name != "ui" {
                folders.push(path);
            } else if path.is_file() && name.ends_with(end) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn naive_manifests_permit_unsafe_code() {
    let forbids = "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n";
    for (manifest, workspace) in [
        ("[package]\nname = \"a\"\n", forbids),
        ("[lints]\nworkspace = false\n", forbids),
        ("[package]\n\n[dependencies]\nworkspace = true\n", forbids),
        ("[lints]\nworkspace = true\n", "[workspace.lints.rust]\nmissing_docs = \"deny\"\n"),
        ("[lints]\nworkspace = true\n", "[workspace.lints.rust]\nunsafe_code = \"deny\"\n"),
        ("[lints.rust]\nunsafe_code = \"warn\"\n", ""),
    ] {
        assert!(permits_unsafe(manifest, workspace), "{manifest}{workspace}");
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace = read(&root().join("Cargo.toml"));
    let crates: Vec<_> = files("Cargo.toml")
        .into_iter()
        .map(|path| (read(&path), path))
        .filter(|(manifest, _)| manifest.contains("[package]"))
        .collect();
    assert!(crates.len() >= 5, "only {} crates were read", crates.len());
    for (manifest, path) in crates {
        assert!(!permits_unsafe(&manifest, &workspace), "{}", path.display());
    }
}

#[test]
fn unsafe_code_is_found_where_naive_sources_have_it() {
    assert_eq!(unsafe_in("fn get(&self) -> &V { unsafe { &*self.0.get() } }"), 1);
    assert_eq!(unsafe_in("unsafe impl<V> Sync for Cell<V> {}"), 1);
    assert_eq!(unsafe_in("quote! { impl #name { fn pin(self) { unsafe { #body } } } }"), 1);
    assert_eq!(unsafe_in("/* unsafe */ fn text() -> &str { \"unsafe\" }"), 0);
}

#[test]
fn no_source_has_unsafe_code_or_writes_it() {
    let sources = files(".rs");
    assert!(sources.len() > 100, "only {} sources were read", sources.len());
    for path in sources {
        assert_eq!(unsafe_in(&read(&path)), 0, "{}", path.display());
    }
}
