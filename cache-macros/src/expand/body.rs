//! The body of an annotated function, as a future inside of the generated code.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Type, TypeImplTrait};

use super::{Runtime, hidden};
use crate::model::Form;
use crate::parse::function::Function;

/// The function with `steps` for its body.
pub(super) fn replaced(function: &Function, form: Form, steps: TokenStream) -> Function {
    let span = function.body.span();
    let statements = match form {
        Form::Async => steps,
        // through a call, or clippy would advise to write an `async fn`
        Form::Future => {
            let span = hidden(span);
            quote_spanned!(span=> ::core::convert::identity(async move { #steps }))
        }
    };
    let mut body = Group::new(Delimiter::Brace, statements);
    body.set_span(span);
    Function { body, ..function.clone() }
}

/// The future of the body that the user wrote, behind statements of its own. `?`, `return`, inference, lints and panics are
/// as without the attribute.
pub(super) fn future(
    function: &Function,
    form: Form,
    returns: &Type,
    runtime: &Runtime,
    first: &TokenStream,
) -> TokenStream {
    let body = &function.body;
    let span = body.span();
    match form {
        Form::Async => {
            let typed = typed_return(returns, runtime);
            let statements = body.stream();
            // clippy would advise to move the items above the return, which nobody wrote
            let span = if begins_with_item(&statements) { hidden(span) } else { span };
            quote_spanned!(span=> async move { #first #typed #statements })
        }
        // a closure, because a `return` in it returns a future
        Form::Future => {
            let span = hidden(span);
            quote_spanned!(span=> async move { #first (move || #body)().await })
        }
    }
}

fn begins_with_item(statements: &TokenStream) -> bool {
    const KEYWORDS: [&str; 10] =
        ["use", "const", "static", "fn", "struct", "enum", "impl", "trait", "type", "macro_rules"];
    statements.clone().into_iter().next().is_some_and(|first| match first {
        TokenTree::Ident(word) => KEYWORDS.iter().any(|keyword| word == keyword),
        // an attribute, of an item as a rule
        TokenTree::Punct(punct) => punct.as_char() == '#',
        _ => false,
    })
}

/// A statement that fixes the type of the body by a return that is never taken, as the signature of the
/// function did: `?` and `into()` infer as before, and a mismatch is reported at the user's code.
fn typed_return(returns: &Type, runtime: &Runtime) -> Option<TokenStream> {
    if has_impl(returns) {
        return None;
    }
    // what disagrees with the return type is explained by pointing at it
    let span = returns.span();
    let rt = runtime.at(span);
    Some(quote_spanned! {span=>
        if false {
            // not between `<` and `>`, see `named`
            let __returned: #returns = #rt::never_returned();
            return __returned;
        }
    })
}

/// Whether the type cannot be written in front of a variable.
pub(super) fn has_impl(ty: &Type) -> bool {
    struct Find(bool);
    impl<'ast> Visit<'ast> for Find {
        fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
            self.0 = true;
            visit::visit_type_impl_trait(self, ty);
        }
    }
    let mut find = Find(false);
    find.visit_type(ty);
    find.0
}
