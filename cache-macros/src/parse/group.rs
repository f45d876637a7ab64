//! The option `group(...)` as written.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, Token, parenthesized, token};

use super::args::plain;
use super::argument::argument;
use super::value::Reading;
use crate::diag::with_help;

/// `group(user_id)`: the arguments that the entries of a group have in common.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) option: Ident,
    pub(crate) arguments: Vec<Ident>,
}

/// Reads one `group(...)`.
pub(super) fn read(option: &mut Reading<'_>) -> syn::Result<Group> {
    let Reading { name, input, .. } = option;
    if !input.peek(token::Paren) {
        let value: TokenStream = input.parse()?;
        let argument = value.into_iter().find_map(|token| match token {
            TokenTree::Ident(argument) => Some(argument),
            _ => None,
        });
        return Err(syn::Error::new(name.span(), whole_arguments(argument.as_ref())));
    }
    let list;
    let input = *input;
    parenthesized!(list in input);
    let arguments = Punctuated::<_, Token![,]>::parse_terminated_with(&list, whole_argument)?;
    Ok(Group { option: name.clone(), arguments: arguments.into_iter().collect() })
}

fn whole_argument(input: ParseStream) -> syn::Result<Ident> {
    let written = |name: &str| format!("group({name})");
    let argument = argument(input, "`group` takes the names of arguments", "user", written)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(argument);
    }
    let rest: TokenStream = input.parse()?;
    let message = whole_arguments(Some(&argument));
    Err(syn::Error::new_spanned(quote!(#argument #rest), message))
}

fn whole_arguments(argument: Option<&Ident>) -> String {
    let argument = argument.map_or_else(|| "user".to_owned(), plain);
    with_help("a group is named by whole arguments", &format!("write `group({argument})`"))
}
