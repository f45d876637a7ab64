//! What a reference such as `get_user(id)` is compiled to: a call of the function's companion.
//!
//! Every token is at the name that the user wrote or at one of the arguments, so that the
//! compiler's own errors underline the name that does not exist or the argument that does not fit.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;

use super::names::{Names, group_name, of_free};
use super::unread::given;
use super::{Runtime, hidden, key};
use crate::model::{Key, Value};
use crate::parse::reference::{Call, Reference, wildcard};

/// The call that adds what is named to `Selectors`: an entry, or a group of entries.
fn selector(reference: &Reference, runtime: &Runtime) -> TokenStream {
    if let Some(wildcard) = reference.wildcard() {
        let group = group(reference, wildcard.span, runtime);
        return quote!(.group(#group));
    }
    let entry = expression(reference, runtime);
    quote!(.entry(#entry))
}

/// The entries and tags that are named; `part` writes a placeholder of a tag.
pub(super) fn selectors(
    references: &[Reference],
    tags: &[Key],
    part: impl Fn(&Ident, &Value) -> TokenStream,
    runtime: &Runtime,
) -> TokenStream {
    let rt = runtime.at(Span::mixed_site());
    let named = references.iter().map(|reference| selector(reference, runtime));
    let key = Ident::new("key", Span::mixed_site());
    let tags = tags.iter().map(|tag| key::render(tag, &key, |value| part(&key, value)));
    quote!(#rt::Selectors::new() #(#named)* #(.tag(|#key| { #tags }))*)
}

/// The expression of a `Group`. A group of a method that is not declared is a function that does not exist, whose name is
/// underlined at the `_`.
fn group(reference: &Reference, at: Span, runtime: &Runtime) -> TokenStream {
    let is_given = |argument: &Expr| wildcard(argument).is_none();
    let given: Vec<bool> = reference.arguments().into_iter().map(is_given).collect();
    let name = group_name(&given, at);
    let only_given = |mut arguments: Vec<Expr>| {
        arguments.retain(is_given);
        arguments
    };
    match reference {
        Reference::Function(call) => {
            let arguments = only_given(call.arguments.clone());
            group_of_function(call, &name, &given, &arguments, runtime)
        }
        Reference::Associated(call) => {
            let mut path = call.path.clone();
            if let Some(last) = path.path.segments.last_mut() {
                last.ident = Names::group(&Names::of_method(&last.ident).entry, &name);
            }
            let generics = &call.generics;
            called(
                quote!(#path #generics),
                call.paren,
                &only_given(call.arguments.clone()),
                runtime,
            )
        }
        Reference::Method(call) => {
            let mut call = call.clone();
            call.method = Names::group(&Names::of_method(&call.method).self_entry, &name);
            call.args = arguments(&only_given(call.args.into_iter().collect()), runtime);
            call.into_token_stream()
        }
    }
}

/// The expression of a `Group` of a free function, whose companion knows its groups. If this one is none of
/// them, a function that stands in for the missing one leaves that the only error.
fn group_of_function(
    call: &Call,
    name: &Ident,
    given: &[bool],
    arguments: &[Expr],
    runtime: &Runtime,
) -> TokenStream {
    let at = name.span();
    let rt = runtime.at(at);
    let (companion, ty) = (companion(call, runtime), companion_type(call, runtime));
    let generics = &call.generics;
    let inputs = arguments.iter().map(|_| quote_spanned!(at=> _: &(impl ?::core::marker::Sized)));
    let function = quote_spanned!(at=> #companion::#name #generics);
    let group = called(function, call.paren, arguments, runtime);
    quote_spanned! {at=>
        {
            const _: () = <#ty as #rt::Companion>::DECLARED.1.demand(&[#(#given),*]);
            #[allow(dead_code)]
            trait __NoGroup {
                fn #name(#(#inputs),*) -> #rt::Group {
                    ::core::unimplemented!()
                }
            }
            impl __NoGroup for #ty {}
            #group
        }
    }
}

/// The expression of a `Reference` of the runtime.
pub(super) fn expression(reference: &Reference, runtime: &Runtime) -> TokenStream {
    match reference {
        Reference::Function(call) => function(call, runtime),
        Reference::Associated(call) => associated(call, runtime),
        Reference::Method(call) => {
            let mut call = call.clone();
            call.method = Names::of_method(&call.method).self_entry;
            call.args = arguments(&call.args, runtime);
            call.into_token_stream()
        }
    }
}

fn function(call: &Call, runtime: &Runtime) -> TokenStream {
    let Call { generics, paren, arguments, .. } = call;
    let span = call.name().map_or_else(Span::call_site, Ident::span);
    let companion = companion(call, runtime);
    let (entry, rt) = (Ident::new("entry", span), runtime.at(hidden(span)));
    // the companion's own answer to so many arguments comes before that of the trait
    let counted = given(arguments.len(), hidden(span)).map(|given| {
        quote_spanned! {span=>
            { #[allow(unused_imports)] use #rt::CountsArguments as _; #companion::#given() }
        }
    });
    let ty = companion_type(call, runtime);
    let it = counted.unwrap_or_else(|| quote_spanned!(span=> <#ty as #rt::Companion>::DECLARED.0));
    let function = quote_spanned!(span=> #it.#entry #generics);
    called(function, *paren, arguments, runtime)
}

/// The companion of a free function, looked up as a type: it lives in that namespace only. The macro around the
/// path lends its name to the error about a function without a companion.
fn companion(call: &Call, runtime: &Runtime) -> TokenStream {
    let span = call.name().map_or_else(Span::call_site, Ident::span);
    let companion = companion_type(call, runtime);
    quote_spanned!(span=> <#companion>)
}

fn companion_type(call: &Call, runtime: &Runtime) -> TokenStream {
    let mut path = call.path.clone();
    if let Some(last) = path.path.segments.last_mut() {
        last.ident = of_free(&last.ident);
    }
    let span = call.name().map_or_else(Span::call_site, Ident::span);
    let first = path.path.segments.first().map_or(span, |first| first.ident.span());
    let rt = runtime.at(first);
    let mut named = Group::new(Delimiter::Parenthesis, path.to_token_stream());
    named.set_span(span);
    // no function may have the name, and then a method was meant
    let macro_name = if call.names_method {
        "a_method_is_named_with_self_in_front"
    } else {
        "only_functions_with_the_cached_attribute_have_entries"
    };
    let macro_name = Ident::new(macro_name, first);
    let companion = quote_spanned!(first=> #rt::#macro_name!);
    quote!(#companion #named)
}

fn associated(call: &Call, runtime: &Runtime) -> TokenStream {
    let Call { path, generics, paren, arguments, .. } = call;
    let mut path = path.clone();
    if let Some(last) = path.path.segments.last_mut() {
        last.ident = Names::of_method(&last.ident).entry;
    }
    called(quote!(#path #generics), *paren, arguments, runtime)
}

fn called(
    function: TokenStream,
    paren: syn::token::Paren,
    given: &[Expr],
    runtime: &Runtime,
) -> TokenStream {
    let given = arguments(given, runtime);
    let mut tokens = function;
    paren.surround(&mut tokens, |tokens| given.to_tokens(tokens));
    tokens
}

/// The arguments by reference: naming an entry moves nothing.
fn arguments<'a>(
    given: impl IntoIterator<Item = &'a Expr>,
    runtime: &Runtime,
) -> Punctuated<Expr, syn::Token![,]> {
    given.into_iter().map(|argument| Expr::Verbatim(borrowed(argument, runtime))).collect()
}

fn borrowed(argument: &Expr, runtime: &Runtime) -> TokenStream {
    let span = argument.span();
    match argument {
        // which `None` is meant could not be inferred: several types are accepted
        Expr::Path(path) if path.path.is_ident("None") => {
            let rt = runtime.at(hidden(span));
            quote_spanned!(span=> &#rt::NONE)
        }
        Expr::Path(_)
        | Expr::Field(_)
        | Expr::Lit(_)
        | Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Index(_)
        | Expr::Macro(_)
        | Expr::Paren(_)
        | Expr::Tuple(_)
        | Expr::Array(_)
        | Expr::Reference(_)
        | Expr::Unary(_)
        | Expr::Struct(_) => quote_spanned!(span=> &#argument),
        _ => quote_spanned!(span=> &(#argument)),
    }
}
