//! Which modules a source file names, as the compiler would resolve them.

use std::fs;
use std::path::Path;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// One file of the crate: where it is, which module it holds.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) module: String,
    file: syn::File,
}

/// A module named by a file, and the line that names it.
pub(super) struct Import {
    pub(super) module: String,
    pub(super) line: usize,
}

/// Reads every source below `root`, test modules left out.
pub(super) fn read(root: &Path) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a readable source");
                let relative = path.strip_prefix(root).expect("below the root");
                sources.push(Source::parse(&relative.to_string_lossy().replace('\\', "/"), &text));
            }
        }
    }
    sources.retain(|source| !source.is_test());
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

impl Source {
    /// `path` is relative to the crate's `src`, with `/`.
    pub(super) fn parse(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let stem = path.strip_suffix(".rs").expect("a Rust source");
        let module = stem.strip_suffix("/mod").unwrap_or(stem).replace('/', "::");
        Self { path: path.to_owned(), module, file }
    }

    /// The modules among `sources` that this file names, itself and its parts left out.
    pub(super) fn imports(&self, sources: &[Self]) -> Vec<Import> {
        if self.is_test() {
            return Vec::new();
        }
        let here = if self.module == "lib" { Vec::new() } else { segments(&self.module) };
        let mut paths = Paths { here, sources, found: Vec::new() };
        paths.visit_file(&self.file);
        let imports = paths
            .found
            .into_iter()
            .map(|(path, line)| Import { module: owner(&path, sources), line });
        imports.filter(|import| import.module != self.module).collect()
    }

    fn is_test(&self) -> bool {
        self.module.rsplit("::").next() == Some("tests")
    }
}

fn segments(module: &str) -> Vec<String> {
    module.split("::").map(str::to_owned).collect()
}

/// The longest prefix of `path` that is a file; what is left over is an item in it.
fn owner(path: &[String], sources: &[Source]) -> String {
    (1..=path.len())
        .rev()
        .map(|length| path[..length].join("::"))
        .find(|module| sources.iter().any(|source| source.module == *module))
        .unwrap_or_else(|| "lib".to_owned())
}

/// Collects the absolute paths below `crate`, with their lines.
struct Paths<'a> {
    here: Vec<String>,
    sources: &'a [Source],
    found: Vec<(Vec<String>, usize)>,
}

impl Paths<'_> {
    /// Records a path that begins with `crate`, `self`, `super` or a child module; others name no module of ours.
    fn record(&mut self, path: &[&Ident]) {
        let Some((first, rest)) = path.split_first() else {
            return;
        };
        let mut absolute = match first.to_string().as_str() {
            "crate" => Vec::new(),
            "self" if !rest.is_empty() => self.here.clone(),
            "super" => self.here[..self.here.len().saturating_sub(1)].to_vec(),
            name if self.is_child(name) => [self.here.as_slice(), &[name.to_owned()]].concat(),
            _ => return,
        };
        for name in rest {
            match name.to_string().as_str() {
                "super" => drop(absolute.pop()),
                "self" => {}
                name => absolute.push(name.to_owned()),
            }
        }
        self.found.push((absolute, line(first.span())));
    }

    fn is_child(&self, name: &str) -> bool {
        let child = [self.here.as_slice(), &[name.to_owned()]].concat().join("::");
        self.sources.iter().any(|source| source.module == child)
    }

    fn record_tree<'a>(&mut self, tree: &'a syn::UseTree, above: &mut Vec<&'a Ident>) {
        match tree {
            syn::UseTree::Path(path) => {
                above.push(&path.ident);
                self.record_tree(&path.tree, above);
                above.pop();
            }
            syn::UseTree::Name(syn::UseName { ident, .. })
            | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                above.push(ident);
                self.record(above);
                above.pop();
            }
            syn::UseTree::Glob(_) => self.record(above),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.record_tree(tree, above);
                }
            }
        }
    }

    /// The arguments of a macro call are tokens: any `a::b` in them may be a path.
    fn record_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.record_tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let mut path = vec![first];
                    while let Some(next) = after_colons(&tokens, at + 1) {
                        path.push(next);
                        at += 3;
                    }
                    // One name alone is no path: the `crate` of `pub(crate)`.
                    if path.len() > 1 {
                        self.record(&path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Paths<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.here.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.here.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        // To show a child module's items as one's own is not to depend on them.
        let shown = !matches!(item.vis, syn::Visibility::Inherited);
        if let syn::UseTree::Path(first) = &item.tree
            && shown
            && self.is_child(&first.ident.to_string())
        {
            return;
        }
        self.record_tree(&item.tree, &mut Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<_> = path.segments.iter().map(|segment| &segment.ident).collect();
        if names.len() > 1 {
            self.record(&names);
        }
        visit::visit_path(self, path);
    }

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if !is_quoted(&call.path) {
            self.record_tokens(call.tokens.clone());
        }
        visit::visit_macro(self, call);
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

/// The name in `:: name`, if these are the tokens at `at`.
fn after_colons(tokens: &[TokenTree], at: usize) -> Option<&Ident> {
    match tokens.get(at..at + 3)? {
        [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(name)]
            if a.as_char() == ':' && b.as_char() == ':' =>
        {
            Some(name)
        }
        _ => None,
    }
}

/// Whether a macro takes its tokens as code, whose paths are those of another crate, or as tokens.
fn is_quoted(path: &syn::Path) -> bool {
    let last = path.segments.last();
    let names = ["quote", "quote_spanned", "parse_quote", "Token"];
    last.is_some_and(|last| names.iter().any(|name| last.ident == name))
}

fn for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
