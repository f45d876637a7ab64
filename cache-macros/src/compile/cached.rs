//! `#[cached(...)]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::check;
use crate::diag::Errors;
use crate::expand::companion::Parts;
use crate::expand::{cached, each, fallback, through};
use crate::model::Owner;
use crate::parse::function::Function;
use crate::parse::option::Place;
use crate::parse::options::Options;

/// Compiles `#[cached(...)]`; with errors, the function stays as it is.
pub(crate) fn attribute(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(function) = errors.keep(Function::parse("cached", item.clone())) else {
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    };
    let options = Options::parse(Place::Cached, options, &mut errors);
    let item = if options.each.is_given() {
        batch(&function, options, &mut errors)
    } else if options.writes.is_given() {
        writes_other(&function, options, &mut errors)
    } else {
        with_entries(&function, &options, &mut errors)
    };
    let errors = errors.into_tokens();
    quote!(#item #errors)
}

fn with_entries(function: &Function, options: &Options, errors: &mut Errors) -> TokenStream {
    let owner = Owner::of(&function.signature);
    match check::cached::check(function, owner, None, options, errors) {
        Some(model) if errors.is_empty() => {
            let (function, Parts { with, outside }) = cached::parts(&model);
            quote!(#function #with #outside)
        }
        _ => fallback::expand(function, options),
    }
}

/// A function that loads several of another one's entries has none of its own, either.
fn batch(function: &Function, options: Options, errors: &mut Errors) -> TokenStream {
    match check::each::check(function, None, options, errors) {
        Some(model) if errors.is_empty() => each::function(&model).into_token_stream(),
        _ => fallback::untouched(function).into_token_stream(),
    }
}

/// A function that writes another one's entry has none of its own, and so no companion.
fn writes_other(function: &Function, options: Options, errors: &mut Errors) -> TokenStream {
    match check::through::other(function, None, options, errors) {
        Some(model) if errors.is_empty() => through::other(&model).into_token_stream(),
        _ => fallback::untouched(function).into_token_stream(),
    }
}
