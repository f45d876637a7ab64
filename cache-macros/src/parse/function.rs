//! The function below an attribute.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility};

use crate::diag::with_help;

/// A function as written. Its body stays tokens: it is moved, never read, and an editor may be
/// in the middle of typing it.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    pub(crate) body: Group,
}

impl Function {
    /// Reads the item below `#[attribute]`; the error names what stands there instead.
    pub(crate) fn parse(attribute: &str, item: TokenStream) -> syn::Result<Self> {
        if let Ok(head) = Head::parse.parse2(item.clone()) {
            return head.into_function(attribute);
        }
        if let Some(what) = other_item(&item) {
            let message = with_help(
                &format!("`#[{attribute}]` goes on an `async fn`, and this is {what}"),
                "move it to the function",
            );
            return Err(syn::Error::new_spanned(first_token(&item), message));
        }
        // neither: the grammar's own message is the best there is
        Head::parse.parse2(item)?.into_function(attribute)
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, defaultness, signature, body } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #defaultness #signature #body));
    }
}

/// A function up to its body, then whatever follows.
struct Head {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    defaultness: Option<Token![default]>,
    signature: Signature,
    rest: TokenStream,
}

impl Parse for Head {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            defaultness: input.parse()?,
            signature: input.parse()?,
            rest: input.parse()?,
        })
    }
}

impl Head {
    fn into_function(self, attribute: &str) -> syn::Result<Function> {
        let Self { mut attributes, visibility, defaultness, signature, rest } = self;
        let name = &signature.ident;
        let Some(body) = braces(rest) else {
            let message = with_help(
                &format!(
                    "`{name}` has no body here, so there is nothing for `#[{attribute}]` to run"
                ),
                &format!("put `#[{attribute}(...)]` on the method in the `impl`"),
            );
            return Err(syn::Error::new(name.span(), message));
        };
        let (inner, body) = hoist_inner_attributes(body)?;
        attributes.extend(inner);
        Ok(Function { attributes, visibility, defaultness, signature, body })
    }
}

/// The braces of a body; `$body` of a `macro_rules!` arrives in a group without delimiters.
fn braces(rest: TokenStream) -> Option<Group> {
    match rest.into_iter().next()? {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => Some(group),
            Delimiter::None => braces(group.stream()),
            _ => None,
        },
        _ => None,
    }
}

/// Takes `#![...]` off the front of a body, as outer attributes: code is put in front of the body,
/// and there they could no longer stand.
fn hoist_inner_attributes(body: Group) -> syn::Result<(Vec<Attribute>, Group)> {
    let split = |input: ParseStream| Ok((input.call(Attribute::parse_inner)?, input.parse()?));
    let (mut inner, statements): (Vec<Attribute>, TokenStream) = split.parse2(body.stream())?;
    if inner.is_empty() {
        return Ok((inner, body));
    }
    for attribute in &mut inner {
        attribute.style = syn::AttrStyle::Outer;
    }
    let mut rest = Group::new(Delimiter::Brace, statements);
    rest.set_span(body.span());
    Ok((inner, rest))
}

/// The kind of an item that is no function, by its keyword.
fn other_item(item: &TokenStream) -> Option<&'static str> {
    let attributes_and_visibility = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        input.parse::<TokenStream>()
    };
    let rest = attributes_and_visibility.parse2(item.clone()).ok()?;
    let mut words = rest.into_iter().map(|token| token.to_string());
    let keyword = words.next()?;
    let next = words.next().unwrap_or_default();
    Some(match keyword.as_str() {
        "struct" => "a struct",
        "enum" => "an enum",
        "union" => "a union",
        "impl" => "an `impl` block",
        "trait" => "a trait",
        "mod" => "a module",
        "const" if !["fn", "async", "unsafe", "extern"].contains(&next.as_str()) => "a constant",
        "static" => "a static",
        "type" => "a type alias",
        "use" => "an import",
        "let" => "a variable",
        "|" | "move" => "a closure",
        _ => return None,
    })
}

/// The item's keyword with its visibility, or whatever it begins with.
fn first_token(item: &TokenStream) -> TokenStream {
    let past_attributes = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<TokenStream>()
    };
    let item = past_attributes.parse2(item.clone()).unwrap_or_else(|_| item.clone());
    item.into_iter().take(1).collect()
}

#[cfg(test)]
mod tests {
    use super::Function;
    use quote::{ToTokens, quote};

    fn error(item: proc_macro2::TokenStream) -> String {
        Function::parse("cached", item).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn inner_attributes_move_out_of_the_body() {
        let item = quote!(
            async fn f() -> u8 {
                #![allow(unused)]
                1
            }
        );
        let function = Function::parse("cached", item).unwrap();
        let expected = quote!(
            #[allow(unused)]
            async fn f() -> u8 {
                1
            }
        );
        assert_eq!(function.to_token_stream().to_string(), expected.to_string());
    }

    #[test]
    fn a_body_that_is_not_finished_is_kept() {
        assert!(Function::parse("cached", quote!(async fn f() -> u8 { let x = ; })).is_ok());
    }

    #[test]
    fn other_items_are_named() {
        assert!(
            error(quote!(
                pub struct S;
            ))
            .contains("this is a struct")
        );
        assert!(
            error(quote!(
                /** doc */
                impl S {}
            ))
            .contains("this is an `impl` block")
        );
        assert!(
            error(quote!(
                async fn f(id: u8) -> u8;
            ))
            .contains("`f` has no body here")
        );
    }
}
