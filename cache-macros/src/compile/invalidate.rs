//! `invalidate!(...)`

use proc_macro2::TokenStream;
use quote::quote;

use crate::check;
use crate::diag::Errors;
use crate::expand::{Runtime, fallback, invalidate};
use crate::parse::invalidates::Targets;
use crate::parse::option::Place;

/// Compiles `invalidate!(...)` to the future of a `Result<(), Error>`.
pub(crate) fn expression(targets: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut targets = Targets::parse(Place::Invalidate, targets, &mut errors);
    let runtime = Runtime::of(targets.options.runtime.take());
    let named = check::invalidates::invalidate(targets, &mut errors);
    if errors.is_empty() {
        return invalidate::expression(&named, &runtime);
    }
    let (errors, expected) = (errors.into_tokens(), fallback::invalidate(&runtime));
    quote!({ #errors #expected })
}
