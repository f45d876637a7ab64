//! A closure of the user with a type in front of its body.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Pat, PatIdent, PatType};

use super::{Runtime, hidden};

/// The closure, with the type that it writes for its argument held against what it is given by the function `of` of
/// `ClosureArgument`: inside of it, because the compiler reports a closure that does not fit wherever it is passed.
pub(super) fn checked(closure: &ExprClosure, of: &str, runtime: &Runtime) -> ExprClosure {
    let mut closure = closure.clone();
    if let (Some(Pat::Type(argument)), None) = (closure.inputs.first(), &closure.lifetimes) {
        let argument = argument.clone();
        let at = hidden(argument.ty.span());
        let given = Ident::new("given", at.resolved_at(Span::mixed_site()));
        *closure.body = Expr::Verbatim(body(&argument, &given, of, &closure.body, runtime));
        closure.inputs.clear();
        closure.inputs.push(Pat::Ident(PatIdent {
            attrs: Vec::new(),
            by_ref: None,
            mutability: None,
            ident: given,
            subpat: None,
        }));
    }
    closure
}

fn body(
    argument: &PatType,
    given: &Ident,
    of: &str,
    body: &Expr,
    runtime: &Runtime,
) -> TokenStream {
    let PatType { pat, ty, .. } = argument;
    let at = given.span();
    let rt = runtime.at(at);
    let of = Ident::new(of, at);
    let body = match body {
        // in braces of its own it would be said to need none
        Expr::Block(block) if block.label.is_none() && block.attrs.is_empty() => {
            let statements = &block.block.stmts;
            quote!(#(#statements)*)
        }
        other => other.to_token_stream(),
    };
    quote_spanned! {at=>
        {
            let #pat = #rt::ClosureArgument(#given).#of::<#ty>();
            #body
        }
    }
}
