//! The option `group(...)` as written.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, Token, parenthesized, token};

use super::value::{Reading, argument};
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
        input.parse::<TokenStream>()?;
        return Err(syn::Error::new(name.span(), whole_arguments()));
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
    let span = input.span();
    input.parse::<TokenStream>()?;
    Err(syn::Error::new(span, whole_arguments()))
}

fn whole_arguments() -> String {
    with_help("a group is named by whole arguments", "write `group(user)`")
}
