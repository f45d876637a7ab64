//! The other call of a companion: with all arguments of its function, of which the key does not read every one.
//!
//! A reference says with how many arguments it was written. A companion for which so many are all those of the function
//! has an own answer to that, which only says what is to be left out. Any other number is the compiler's to explain.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::spanned::Spanned;

use super::generics::Kept;
use super::item::{conditions, quiet, visibility};
use super::key::fingerprint;
use super::names::of_free;
use super::parameter::Parameter;
use super::{Runtime, hidden, named};
use crate::diag::{listed, verb};
use crate::model::Cached;
use crate::parse::args::{Argument, plain};

/// The most arguments whose number a reference tells.
const MOST: usize = 12;

/// The function of a companion that answers a reference with so many arguments.
pub(super) fn given(arguments: usize, span: Span) -> Option<Ident> {
    (arguments <= MOST).then(|| format_ident!("given_{arguments}", span = span))
}

/// The answer to a reference with all arguments, as items beside the companion.
pub(super) fn unread(
    cached: &Cached,
    parameters: &[Parameter<'_>],
    runtime: &Runtime,
    at: Span,
) -> Option<TokenStream> {
    let all = &cached.arguments.typed;
    let is_read =
        |argument: &Argument| parameters.iter().any(|read| read.argument.names == argument.names);
    let (read, left_out): (Vec<&Argument>, Vec<&Argument>) =
        all.iter().partition(|argument| is_read(argument));
    // of arguments that not all builds have, a reference passes those that its own build has
    let decided = all.iter().all(|argument| argument.condition.is_none());
    let given = given(all.len(), at).filter(|_| decided && !left_out.is_empty())?;

    let companion = of_free(&cached.companion);
    let (name, quiet) = (plain(&companion), quiet());
    let (with_all, in_the_key) = (
        format_ident!("{name}_with_all_arguments", span = hidden(at)),
        format_ident!("InTheKeyOf_{name}", span = hidden(at)),
    );
    let function = plain(&cached.companion);
    let message = not_in_the_key(&function, &read, &left_out);
    let label = format!("the key of `{function}` does not read it");

    let rt = runtime.at(at);
    let inputs = inputs(all, is_read, &in_the_key);
    let stored = &named::stored(cached);
    let kept = Kept::of(&cached.generics, [stored].into_iter(), [].into_iter());
    let (params, predicates) = (kept.params, kept.predicates);
    let conditions: Vec<_> = conditions(&cached.function.attributes).collect();
    let (visibility, of_functions) =
        (&cached.function.visibility, visibility(&cached.owner, &cached.function));
    let impl_token = syn::Token![impl](cached.function.signature.ident.span());
    let number = fingerprint(&cached.key.shape);
    // in a `const`, so that of two functions of one name nothing clashes but the name
    Some(quote_spanned! {at=>
        #(#conditions)*
        #[allow(dead_code, non_local_definitions)]
        const _: () = {
            #quiet
            #[diagnostic::on_unimplemented(message = #message, label = #label)]
            #visibility trait #in_the_key {}
            #[diagnostic::do_not_recommend]
            impl #in_the_key for #with_all {}
            #quiet
            #visibility struct #with_all {}
            #impl_token #with_all {
                #of_functions fn entry<#(#params),*>(
                    self, #(#inputs),*
                ) -> #rt::Reference<#stored, #rt::Local> where #(#predicates),* {
                    ::core::unimplemented!()
                }
            }
            impl #companion<#number> {
                #of_functions fn #given() -> #with_all { ::core::unimplemented!() }
            }
        };
    })
}

/// One input for each argument, of which the first that the key does not read demands that it did.
fn inputs(
    all: &[Argument],
    is_read: impl Fn(&Argument) -> bool,
    in_the_key: &Ident,
) -> Vec<TokenStream> {
    let mut first = true;
    let input = |argument: &Argument| {
        // where an error about a reference shows the argument
        let span = argument.bare().span();
        if is_read(argument) || !std::mem::take(&mut first) {
            return quote_spanned!(span=> _: &impl ?::core::marker::Sized);
        }
        let in_the_key = Ident::new(&in_the_key.to_string(), span);
        quote_spanned!(span=> _: &(impl #in_the_key + ?::core::marker::Sized))
    };
    all.iter().map(input).collect()
}

fn not_in_the_key(function: &str, read: &[&Argument], left_out: &[&Argument]) -> String {
    let meant = read.iter().copied().map(called).collect::<Vec<_>>().join(", ");
    let names = listed(left_out.iter().copied().map(called));
    let verb = verb(left_out.len(), "is", "are");
    format!("{names} {verb} not in the key: write `{function}({meant})`")
}

/// The name of an argument in a reference.
fn called(argument: &Argument) -> String {
    argument.names.first().map_or_else(|| "_".to_owned(), plain)
}
