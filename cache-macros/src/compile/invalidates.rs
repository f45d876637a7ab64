//! `#[invalidates(...)]`

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::check;
use crate::diag::Errors;
use crate::expand::{fallback, invalidates};
use crate::parse::function::Function;
use crate::parse::invalidates::Targets;
use crate::parse::option::Place;

/// Compiles `#[invalidates(...)]`; with errors, the function stays as it is.
pub(crate) fn attribute(targets: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let targets = Targets::parse(Place::Invalidates, targets, &mut errors);
    let item = match Function::parse("invalidates", item.clone()) {
        Err(error) => {
            errors.push(error);
            item.clone()
        }
        Ok(function) => {
            let model = check::invalidates::attribute(&function, None, targets, &mut errors);
            let model = model.filter(|_| errors.is_empty());
            let expanded = model.map(|model| invalidates::function(&model, &function));
            expanded.unwrap_or_else(|| fallback::untouched(&function)).into_token_stream()
        }
    };
    let errors = errors.into_tokens();
    quote!(#item #errors)
}
