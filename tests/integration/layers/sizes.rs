//! The sizes of files and functions: whoever reads one sees where it ends.

use std::path::Path;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// The most lines of a file of the two crates, tests left out.
const FILE: usize = 350;

/// The most lines of a function.
const FUNCTION: usize = 60;

/// What is larger in these sources, one line each.
pub(super) fn too_large(root: &Path, sources: &[super::Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let text = std::fs::read_to_string(root.join(&source.path)).expect("a readable source");
        let lines = text.lines().count();
        if lines > FILE {
            found.push(format!("{}: {lines} lines, {FILE} at most", source.path));
        }
        found.extend(functions(&source.path, &text));
    }
    found
}

fn functions(path: &str, text: &str) -> Vec<String> {
    let file = syn::parse_file(text).expect("a Rust source");
    let mut functions = Functions(Vec::new());
    functions.visit_file(&file);
    let large = functions.0.into_iter().filter(|(_, lines)| *lines > FUNCTION);
    large
        .map(|(name, lines)| format!("{path}: `{name}` has {lines} lines, {FUNCTION} at most"))
        .collect()
}

struct Functions(Vec<(String, usize)>);

impl Functions {
    /// Its documentation does not count.
    fn add(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let lines = body.span().end().line - signature.span().start().line + 1;
        self.0.push((signature.ident.to_string(), lines));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        // Tests are as long as what they tell.
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }
}

#[test]
fn a_function_that_is_too_long_is_reported_with_its_lines() {
    let long = format!("impl S {{ fn long() {{\n{}}} }}\nfn short() {{}}", "();\n".repeat(60));
    let found = functions("a.rs", &long);
    assert_eq!(found, ["a.rs: `long` has 62 lines, 60 at most"]);
    let in_tests = format!("mod tests {{ {long} }}");
    assert_eq!(functions("a.rs", &in_tests), [""; 0]);
}
