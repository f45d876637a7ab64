//! The attributes of `cache-runtime`, which re-exports them: depend on that crate, not on this.
//!
//! Every attribute is compiled in three steps, each in a folder of its own: `parse` reads the
//! tokens as written, `check` turns them into the model in which every rule holds, `expand`
//! turns the model into code and cannot fail.

mod check;
mod diag;
mod expand;
mod model;
mod parse;

use proc_macro::TokenStream;
use proc_macro2::TokenStream as TokenStream2;
use quote::quote;

#[doc = include_str!("../docs/cached.md")]
#[proc_macro_attribute]
pub fn cached(options: TokenStream, item: TokenStream) -> TokenStream {
    compile_cached(options.into(), &item.into()).into()
}

#[doc = include_str!("../docs/key_part.md")]
#[proc_macro_derive(KeyPart, attributes(key_part))]
pub fn key_part(item: TokenStream) -> TokenStream {
    expand::key_part::derive(item.into()).into()
}

fn compile_cached(options: TokenStream2, item: &TokenStream2) -> TokenStream2 {
    let mut errors = diag::Errors::default();
    let function = match parse::function::Function::parse("cached", item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let options = parse::attr::Options::parse(options, &mut errors);
    if options.gives("writes") {
        return compile_writer(&function, options, errors);
    }
    match check::cached(&function, &options, &mut errors) {
        Some(model) if errors.is_empty() => expand::cached::expand(&model),
        _ => {
            let fallback = expand::fallback::expand(&function, &options);
            let errors = errors.into_tokens();
            quote!(#fallback #errors)
        }
    }
}

/// A function that writes another one's entry has none of its own.
fn compile_writer(
    function: &parse::function::Function,
    options: parse::attr::Options,
    mut errors: diag::Errors,
) -> TokenStream2 {
    match check::through::other(function, options, &mut errors) {
        Some(model) if errors.is_empty() => expand::through::other(&model),
        _ => {
            let errors = errors.into_tokens();
            quote!(#function #errors)
        }
    }
}

#[doc = include_str!("../docs/invalidates.md")]
#[proc_macro_attribute]
pub fn invalidates(targets: TokenStream, item: TokenStream) -> TokenStream {
    expand::invalidates::attribute(targets.into(), &item.into()).into()
}

#[doc = include_str!("../docs/invalidate.md")]
#[proc_macro]
pub fn invalidate(targets: TokenStream) -> TokenStream {
    expand::invalidates::invalidate(targets.into()).into()
}

#[doc = include_str!("../docs/entry.md")]
#[proc_macro]
pub fn entry(reference: TokenStream) -> TokenStream {
    expand::invalidates::entry(reference.into()).into()
}

/// Lends its name to the error about a reference to a function that is not cached, which says no
/// more than "expected type, found function".
#[doc(hidden)]
#[proc_macro]
pub fn only_functions_with_the_cached_attribute_have_entries(path: TokenStream) -> TokenStream {
    expand::bounds::renamed(path.into()).into()
}

/// Lends its name to an error about a struct expression, below which rustc puts the name of the
/// macro that the expression came from: there is no other way to word that error.
#[doc(hidden)]
#[proc_macro]
pub fn every_field_is_in_the_key_or_skipped(expression: TokenStream) -> TokenStream {
    expand::bounds::renamed(expression.into()).into()
}
