//! A trait, or an `impl`, that mockall makes a mock of.
//!
//! `#[automock]` copies the attributes of a trait and of its methods to all that it makes of them, and mocks every method that
//! it sees, also those that `#[cache_policy]` adds. So `#[cache_policy]` lets it go first, and hides from it what would be
//! copied: under the names of attributes that it does not copy.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Attribute;
use syn::parse::{ParseStream, Parser};

use super::attribute::is_ours;
use super::conditional::has_ours;

/// The item with `#[automock]` in front of an attribute that makes of it what `#[cache_policy(options)]` would. `None` if it
/// is not mocked. `rt` is the path of that attribute.
pub(crate) fn mocked_first(
    options: &TokenStream,
    item: &TokenStream,
    rt: impl FnOnce() -> TokenStream,
) -> Option<TokenStream> {
    let read = |input: ParseStream| {
        let attributes = input.call(Attribute::parse_outer)?;
        Ok((attributes, input.parse::<TokenStream>()?))
    };
    let (attributes, item) = read.parse2(item.clone()).ok()?;
    let at =
        attributes.iter().position(|attribute| mentions_automock(attribute.to_token_stream()))?;
    let rt = rt();
    let (before, after) = attributes.split_at(at + 1);
    let hide = |attribute: TokenStream| quote!(#rt::instrument(#attribute));
    let ours = |attribute: &TokenStream| is_ours(attribute) || has_ours(attribute);
    let item = in_body(item, |attribute| ours(&attribute).then(|| hide(attribute)));
    Some(quote!(#(#before)* #[#rt::auto_impl(#options)] #(#after)* #item))
}

/// Whether mockall has made the item, to which it copies the attributes of a trait.
pub(crate) fn is_mock(item: TokenStream) -> bool {
    item.into_iter().any(|token| match token {
        TokenTree::Ident(name) => {
            let name = name.to_string();
            let of_trait = name.strip_prefix("Mock").and_then(|name| name.split_once('_'));
            name.starts_with("__mock_")
                || name.ends_with("_expectations")
                || of_trait.is_some_and(|(mock, of)| mock == of)
        }
        TokenTree::Group(group) => is_mock(group.stream()),
        _ => false,
    })
}

/// The item with our attributes under their own names again.
pub(crate) fn revealed(item: TokenStream) -> TokenStream {
    in_body(item, |attribute| {
        let mut tokens: Vec<TokenTree> = attribute.into_iter().collect();
        let hidden = tokens.pop()?;
        let name =
            |token: &TokenTree| matches!(token, TokenTree::Ident(name) if name == "instrument");
        let ours =
            tokens.iter().any(|token| matches!(token, TokenTree::Ident(name) if name == "private"));
        match hidden {
            TokenTree::Group(hidden) if ours && tokens.last().is_some_and(name) => {
                Some(hidden.stream())
            }
            _ => None,
        }
    })
}

fn mentions_automock(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "automock",
        // in a `cfg_attr`
        TokenTree::Group(group) => mentions_automock(group.stream()),
        _ => false,
    })
}

/// The item with other attributes in its body, where `replace` gives one.
fn in_body(item: TokenStream, replace: impl Fn(TokenStream) -> Option<TokenStream>) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
    {
        let mut after_hash = false;
        let member = |token: TokenTree| match token {
            TokenTree::Group(group) if std::mem::take(&mut after_hash) => {
                let attribute = replace(group.stream()).unwrap_or_else(|| group.stream());
                with(&group, attribute).into()
            }
            token => {
                after_hash = matches!(&token, TokenTree::Punct(hash) if hash.as_char() == '#');
                token
            }
        };
        let members = body.stream().into_iter().map(member).collect();
        *body = with(body, members);
    }
    tokens.into_iter().collect()
}

fn with(group: &Group, tokens: TokenStream) -> Group {
    let mut copy = Group::new(group.delimiter(), tokens);
    copy.set_span(group.span());
    copy
}
