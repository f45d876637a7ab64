//! The corrected line for an option whose value is not written as it should be.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

use super::reference::written;
use crate::diag::with_help;

/// The error about an option that is written as a call, or as a list.
pub(super) fn called(name: &Ident, example: &str, behind: TokenStream) -> syn::Error {
    let example = match behind.into_iter().next() {
        Some(TokenTree::Group(list)) if !list.stream().is_empty() => {
            let value = list.stream();
            let value = if *name == "tags" && syn::parse2::<LitStr>(value.clone()).is_ok() {
                quote!([#value])
            } else {
                value
            };
            format!("{name} = {}", written(value))
        }
        _ => example.to_owned(),
    };
    let what = format!("the value of `{name}` stands behind `=`");
    syn::Error::new(name.span(), with_help(&what, &format!("write `{example}`")))
}

/// The options that take a word.
const WORDS: [&str; 5] = ["strategy", "tier", "codec", "compress", "guard"];

/// The option with a word, or a number, as text.
pub(super) fn between_marks(name: &Ident, value: &Expr) -> Option<String> {
    match value {
        Expr::Path(path) if *name == "tags" => {
            let tag = path.path.get_ident()?.to_string();
            // the constant that the compiler offers in the place of a tag that `policies!` does not list
            let tag = tag.replace("__ARG", ":<id>").replace("__", ":");
            Some(format!("tags = [\"{tag}\"]"))
        }
        Expr::Path(path) if WORDS.iter().any(|takes_word| name == takes_word) => {
            let word = path.path.get_ident()?.to_string().to_lowercase();
            Some(format!("{name} = \"{word}\""))
        }
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if *name == "guard" => {
            let unit = if number.suffix().is_empty() { "s" } else { "" };
            Some(format!("{name} = \"{number}{unit}\""))
        }
        _ => None,
    }
}
