//! What the compiler checks because it needs types: each claim underlines the user's own text.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use super::{Runtime, hidden};
use crate::model::{Claim, Proof, Subject};
use crate::parse::condition;

/// The statements that make the compiler check `proofs`; they do nothing.
pub(super) fn proofs(proofs: &[Proof], runtime: &Runtime) -> TokenStream {
    proofs.iter().map(|proof| statement(proof, runtime)).collect()
}

fn statement(proof: &Proof, runtime: &Runtime) -> TokenStream {
    let exists = condition::attribute(proof.condition.as_ref());
    match &proof.claim {
        Claim::Never(error) => {
            let error = error.to_compile_error();
            quote!(#exists { #error })
        }
        Claim::Ambient { subject, borrowed, or_written } => {
            let span = subject.span();
            let rt = runtime.at(span);
            let ambient = match subject {
                _ if *or_written => "ambient_or_written",
                Subject::Receiver(_) => "ambient_receiver",
                Subject::Argument(_) => "ambient",
            };
            let ambient = Ident::new(ambient, span);
            // the reference is passed on as it is, or the message would name `&T`
            if *borrowed {
                quote_spanned!(span=> #exists #rt::#ambient(#subject);)
            } else {
                quote_spanned!(span=> #exists #rt::#ambient(&#subject);)
            }
        }
        Claim::Exhaustive { subject, within, layers, path, fields } => {
            let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
            let rt = runtime.at(span);
            let operators = hidden(span);
            let derefs = (1..=*layers).map(|_| quote_spanned!(operators=> *));
            let within = within.as_ref().map(|field| quote_spanned!(operators=> .#field));
            let value = quote_spanned!(operators=> &#(#derefs)*#subject #within);
            quote_spanned! {span=>
                #exists
                #rt::of_one_type(#value, || #rt::every_field_is_in_the_key_or_in_skip! {
                    #path { #(#fields: #rt::never()),* }
                });
            }
        }
    }
}

/// Code in the name of the macro that is being expanded.
pub(crate) fn renamed(code: TokenStream) -> TokenStream {
    let renamed = |token| match token {
        TokenTree::Group(group) => {
            let mut copy = Group::new(group.delimiter(), renamed(group.stream()));
            copy.set_span(hidden(group.span()));
            TokenTree::Group(copy)
        }
        mut token => {
            token.set_span(hidden(token.span()));
            token
        }
    };
    code.into_iter().map(renamed).collect()
}

/// Items in the name of the macro that is being expanded. Their attributes, what they are called, the types of a signature,
/// and what is in brackets stays as it was: an error there has another reason. So does `$crate`, which would mean another crate.
pub(crate) fn renamed_items(items: TokenStream) -> TokenStream {
    let mut in_signature = false;
    let renamed = |mut token: TokenTree| {
        let attribute = match &token {
            TokenTree::Punct(punct) => punct.as_char() == '#',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
            _ => false,
        };
        let body = matches!(&token, TokenTree::Group(body) if body.delimiter() == Delimiter::Brace);
        let word = match &token {
            TokenTree::Ident(word) => word.to_string(),
            _ => String::new(),
        };
        in_signature &= !body;
        if !in_signature && !attribute && word != "$crate" {
            token.set_span(hidden(token.span()));
        }
        in_signature |= word == "fn" || word == "struct";
        token
    };
    items.into_iter().map(renamed).collect()
}

impl ToTokens for Subject {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Argument(name) => name.to_tokens(tokens),
            Self::Receiver(token) => token.to_tokens(tokens),
        }
    }
}
