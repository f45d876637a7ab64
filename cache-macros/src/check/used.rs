//! Whether a function uses an argument: as far as its tokens tell.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;

use crate::parse::function::Function;

/// Whether the body, or the `code` in options, reads the argument that is declared at `span`.
pub(super) fn uses(code: &TokenStream, function: &Function, name: &str, span: Span) -> bool {
    reads(function.body.stream(), name, span) || reads(code.clone(), name, span)
}

/// Whether the code reads the argument that is declared at that span.
pub(super) fn reads(code: TokenStream, name: &str, declared: Span) -> bool {
    code.into_iter().any(|token| match token {
        TokenTree::Group(group) => reads(group.stream(), name, declared),
        // an attribute above this one has brought the name from the signature, for a log
        TokenTree::Ident(ident) => ident.unraw() == name && !same_place(ident.span(), declared),
        TokenTree::Literal(literal) => is_captured(&literal.to_string(), name),
        TokenTree::Punct(_) => false,
    })
}

/// Whether the code has `self.field`.
pub(super) fn reads_field(code: TokenStream, field: &str) -> bool {
    let tokens: Vec<TokenTree> = code.into_iter().collect();
    let is_dot = |token: &TokenTree| matches!(token, TokenTree::Punct(dot) if dot.as_char() == '.');
    let is = |token: &TokenTree, name: &str| matches!(token, TokenTree::Ident(ident) if ident.unraw() == name);
    let here = tokens
        .windows(3)
        .any(|window| is(&window[0], "self") && is_dot(&window[1]) && is(&window[2], field));
    here || tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => reads_field(group.stream(), field),
        _ => false,
    })
}

/// The first text among the arguments of a macro that has `{name` in it.
pub(super) fn captured(code: TokenStream, name: &str) -> Option<Span> {
    fn find(code: TokenStream, name: &str, in_macro: bool) -> Option<Span> {
        let mut called = false;
        code.into_iter().find_map(|token| {
            let was_called = std::mem::take(&mut called);
            match token {
                TokenTree::Group(group) => find(group.stream(), name, in_macro || was_called),
                TokenTree::Punct(punct) => {
                    called = punct.as_char() == '!';
                    None
                }
                TokenTree::Literal(literal) => {
                    let found = in_macro && is_captured(&literal.to_string(), name);
                    found.then(|| literal.span())
                }
                TokenTree::Ident(_) => None,
            }
        })
    }
    find(code, name, false)
}

/// Whether a format string has `{name` in it.
fn is_captured(literal: &str, name: &str) -> bool {
    literal.split('{').skip(1).any(|after| {
        let rest = after.strip_prefix(name);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()))
    })
}

fn same_place(one: Span, other: Span) -> bool {
    // what a unit test makes has no place
    if !proc_macro::is_available() {
        return false;
    }
    let place = |span: Span| {
        let span = span.unwrap();
        (span.file(), span.line(), span.column())
    };
    place(one) == place(other)
}

#[cfg(test)]
mod tests {
    use super::{reads, reads_field};
    use proc_macro2::{Span, TokenStream};

    fn used(code: &str) -> bool {
        let code: TokenStream = code.parse().expect("tokens");
        reads(code, "_x", Span::call_site())
    }

    #[test]
    fn names_and_captures_are_uses() {
        assert!(used("{ f(a, [_x.id]) }"));
        assert!(used(r#"format!("{_x:?} {y}")"#));
        assert!(used(r##"format!(r#"{y}{_x}"#)"##));
    }

    #[test]
    fn a_field_of_self_is_read_wherever_it_stands() {
        let reads = |code: &str| reads_field(code.parse().expect("tokens"), "db");
        assert!(reads("{ f(&self.db).await }"));
        assert!(!reads("{ self.dba + it.self_.db + db }"));
    }

    #[test]
    fn other_names_and_text_are_none() {
        assert!(!used("{ _xy + x_x }"));
        assert!(!used(r#"format!("_x {_xy} { _x }")"#));
        assert!(!used("'a'"));
    }
}
