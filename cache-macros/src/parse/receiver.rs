//! The receiver of a method under another name, where code runs that has none of its own.

use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};

/// The name that `self` has in a load of its own, as a user's `self` at that span would find it.
pub(crate) fn name(span: Span) -> Ident {
    Ident::new("__self", span)
}

/// Code in which `self` is called by [`name`]. Items in it that have a `self` of their own stay as they are, and so do paths.
pub(crate) fn renamed(code: TokenStream) -> TokenStream {
    rewritten(code, Items::Kept)
}

/// Code without the items in it that have a `self` of their own.
pub(crate) fn without_items(code: TokenStream) -> TokenStream {
    rewritten(code, Items::LeftOut)
}

/// What becomes of items with a `self` of their own.
#[derive(Clone, Copy, PartialEq)]
enum Items {
    Kept,
    LeftOut,
}

fn rewritten(code: TokenStream, items: Items) -> TokenStream {
    let mut tokens = code.into_iter().peekable();
    let mut renamed = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let mut copy = Group::new(group.delimiter(), rewritten(group.stream(), items));
                copy.set_span(group.span());
                renamed.extend([TokenTree::Group(copy)]);
            }
            TokenTree::Ident(word) if word == "self" && !begins_path(&tokens) => {
                renamed.extend([TokenTree::Ident(name(word.span()))]);
            }
            TokenTree::Ident(word) => {
                let end = of_its_own(&word, &mut tokens);
                let mut item = TokenStream::from(TokenTree::Ident(word));
                if let Some(end) = end {
                    copy(&mut tokens, end, &mut item);
                }
                if end.is_none() || items == Items::Kept {
                    renamed.extend(item);
                }
            }
            token => renamed.extend([token]),
        }
    }
    renamed
}

/// Whether code uses the receiver of the method that it is in.
pub(crate) fn is_used(code: &TokenStream) -> bool {
    renamed(code.clone()).to_string() != code.to_string()
}

/// The end of a part that has a `self` of its own.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// A body, or what stands in the place of one.
    Body,
    /// A semicolon.
    Semicolon,
    /// One group.
    Group,
}

/// Whether `self` is the beginning of a path to an item.
fn begins_path(tokens: &Peekable<IntoIter>) -> bool {
    let mut next = tokens.clone();
    let mut is_colon = |spacing: Spacing| matches!(next.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && (punct.spacing() == spacing || spacing == Spacing::Alone));
    is_colon(Spacing::Joint) && is_colon(Spacing::Alone)
}

/// Where an item ends that begins with this word, and has a `self` of its own or names modules by it.
fn of_its_own(word: &Ident, tokens: &mut Peekable<IntoIter>) -> Option<End> {
    let next_is_name = || matches!(tokens.clone().next(), Some(TokenTree::Ident(_)));
    match word.to_string().as_str() {
        "impl" | "trait" => Some(End::Body),
        // `fn(u8)` is a type
        "fn" if next_is_name() => Some(End::Body),
        "use" => Some(End::Semicolon),
        "pub" if matches!(tokens.peek(), Some(TokenTree::Group(_))) => Some(End::Group),
        _ => None,
    }
}

/// Copies tokens up to the end, and with it.
fn copy(tokens: &mut Peekable<IntoIter>, end: End, to: &mut TokenStream) {
    for token in tokens.by_ref() {
        let ends = match &token {
            TokenTree::Group(group) => {
                end == End::Group || (end == End::Body && group.delimiter() == Delimiter::Brace)
            }
            TokenTree::Punct(punct) => end != End::Group && punct.as_char() == ';',
            _ => false,
        };
        to.extend([token]);
        if ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    fn renamed(code: TokenStream) -> String {
        super::renamed(code).to_string()
    }

    #[test]
    fn self_is_renamed_wherever_it_is_the_receiver() {
        let code = quote! { f(self, &self.db, [vec![self.id]], || async move { *self }, x as fn(u8) -> u8, self) };
        let expected = quote! { f(__self, &__self.db, [vec![__self.id]], || async move { *__self }, x as fn(u8) -> u8, __self) };
        assert_eq!(renamed(code), expected.to_string());
    }

    #[test]
    fn a_receiver_is_used_where_it_is_renamed() {
        assert!(super::is_used(&quote!(f(&self.db))));
        assert!(!super::is_used(&quote!(fn f(&self) {}, self::g())));
    }

    #[test]
    fn other_meanings_of_self_stay() {
        for code in [
            quote! { self::db::load() },
            quote! { use std::fmt::{self, Write}; },
            quote! { pub(self) struct A; },
            quote! { impl A { fn a(&self) -> u8 { self.0 } } },
            quote! { trait B { fn b(&self) { self.c() } } },
            quote! { fn d<T>(a: &[T; 2]) -> usize where T: Copy { self::e(a) } },
        ] {
            assert_eq!(renamed(code.clone()), code.to_string());
        }
        assert_eq!(
            renamed(quote! { use a::{self}; self.b }),
            quote! { use a::{self}; __self.b }.to_string()
        );
        assert_eq!(renamed(quote! { impl A {} self.b }), quote! { impl A {} __self.b }.to_string());
    }
}
