//! The option `skip(...)`: arguments that a key leaves out, and fields of them.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, Index, LitFloat, Member, Token, parenthesized, token};

use super::argument::argument;
use super::value::Reading;
use crate::diag::with_help;

/// One entry of `skip(...)`: `db`, `self`, `filter.sort` or `filter.*`.
#[derive(Clone)]
pub(crate) struct Skip {
    pub(crate) root: Ident,
    pub(crate) fields: Vec<Member>,
    /// Whether it ends in `.*`.
    pub(crate) rest: bool,
}

/// Reads the list of `skip(...)`.
pub(super) fn list(option: &mut Reading<'_>) -> syn::Result<Vec<Skip>> {
    let Reading { name, input, .. } = option;
    if !input.peek(token::Paren) {
        input.parse::<TokenStream>()?;
        let message = with_help("`skip` takes a list of arguments", "write `skip(db)`");
        return Err(syn::Error::new(name.span(), message));
    }
    let list;
    let input = *input;
    parenthesized!(list in input);
    let skips = Punctuated::<Skip, Token![,]>::parse_terminated_with(&list, Skip::parse)?;
    Ok(skips.into_iter().collect())
}

impl Skip {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let written = |name: &str| format!("skip({name})");
        let root = argument(input, "`skip` takes the names of arguments", "db", written)?;
        if root == "_" {
            let message = with_help("`_` is not the name of an argument", "write `skip(db)`");
            return Err(syn::Error::new(root.span(), message));
        }
        let mut skip = Self { root, fields: Vec::new(), rest: false };
        let mut dot = input.parse::<Option<Token![.]>>()?.is_some();
        while dot {
            if input.parse::<Option<Token![*]>>()?.is_some() {
                skip.rest = true;
                break;
            }
            let open = skip.field(input)?;
            dot = open || input.parse::<Option<Token![.]>>()?.is_some();
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            let rest: TokenStream = input.parse()?;
            let first: TokenStream = rest.into_iter().take(1).collect();
            let message = with_help(
                &format!("this does not belong to `{}`", skip.path()),
                "`skip` takes arguments and their fields, as in `skip(db, filter.sort)`",
            );
            return Err(syn::Error::new_spanned(first, message));
        }
        Ok(skip)
    }

    /// Reads a field, or the two of `0.1`, which is one token, as `0.` in front of a `*` is: then a dot was read as well.
    fn field(&mut self, input: ParseStream) -> syn::Result<bool> {
        if !input.peek(LitFloat) {
            self.fields.push(input.parse()?);
            return Ok(false);
        }
        let number: LitFloat = input.parse()?;
        let text = number.to_string();
        for index in text.split('.').filter(|index| !index.is_empty()) {
            let index = index.parse().map_err(|_| syn::Error::new(number.span(), "not a field"))?;
            self.fields.push(Member::Unnamed(Index { index, span: number.span() }));
        }
        Ok(text.ends_with('.'))
    }

    /// The skip as it is written, without `r#`.
    pub(crate) fn path(&self) -> String {
        let Self { root, fields, rest } = self;
        let mut path = root.unraw().to_string();
        for field in fields {
            path.extend([".", &member(field)]);
        }
        if *rest {
            path.push_str(".*");
        }
        path
    }

    pub(crate) fn span(&self) -> Span {
        self.root.span()
    }
}

/// The name of a field without `r#`, or its number.
pub(crate) fn member(member: &Member) -> String {
    match member {
        Member::Named(name) => name.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
