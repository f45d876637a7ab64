//! Readers for values that are names: of an argument, or of a companion.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token};

use super::value::Reading;
use crate::diag::with_help;

/// Reads a name, which some write between quotation marks.
pub(super) fn name(option: &mut Reading<'_>) -> syn::Result<Ident> {
    let Reading { name: option, input, .. } = option;
    let written = |name: &str| format!("{option} = {name}");
    argument(input, &format!("`{option}` takes a name"), "other_name", written)
}

/// Reads a name; the error about anything else says how it, or the `example`, should be `written`.
pub(super) fn argument(
    input: ParseStream,
    what: &str,
    example: &str,
    written: impl Fn(&str) -> String,
) -> syn::Result<Ident> {
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    let tokens: TokenStream = input.parse()?;
    let message = |name: &str| with_help(what, &format!("write `{}`", written(name)));
    let Some(first) = tokens.clone().into_iter().next() else {
        return Err(input.error(message(example)));
    };
    // `"db"`, or `&db`
    let quoted = syn::parse2::<LitStr>(first.clone().into()).ok().map(|text| text.value());
    let behind = tokens.into_iter().nth(1).map(|second| second.to_string());
    let is_name = |name: &String| Ident::parse_any.parse_str(name).is_ok();
    let name = quoted.or(behind).filter(is_name);
    Err(syn::Error::new(first.span(), message(name.as_deref().unwrap_or(example))))
}

/// Reads the name of an argument, or `return`.
pub(super) fn stored(option: &mut Reading<'_>) -> syn::Result<Ident> {
    let Reading { name, example, input, .. } = option;
    if input.peek(Ident::peek_any) && !input.peek2(Token![.]) && !input.peek2(Token![::]) {
        return input.call(Ident::parse_any);
    }
    let value: TokenStream = input.parse()?;
    let first = value.clone().into_iter().next();
    let argument = first.and_then(|first| match first {
        TokenTree::Ident(argument) => Some(argument.to_string()),
        first => syn::parse2::<LitStr>(first.into()).ok().map(|text| text.value()),
    });
    let argument = argument.filter(|argument| Ident::parse_any.parse_str(argument).is_ok());
    let example =
        argument.map_or_else(|| (*example).to_owned(), |argument| format!("{name} = {argument}"));
    let message = with_help(
        &format!("`{name}` takes the name of an argument, or `return`"),
        &format!("write `{example}`"),
    );
    Err(syn::Error::new_spanned(value, message))
}
