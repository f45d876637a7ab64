//! `entry!(...)`

use proc_macro2::TokenStream;
use quote::quote;

use crate::check;
use crate::diag::Errors;
use crate::expand::{Runtime, entry, fallback};
use crate::parse::invalidates::Targets;
use crate::parse::option::Place;

/// Compiles `entry!(...)` to an `Entry` of what the function caches.
pub(crate) fn expression(reference: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut targets = Targets::parse(Place::Entry, reference, &mut errors);
    let runtime = Runtime::of(targets.options.runtime.take());
    let named = check::invalidates::entry(targets, &mut errors);
    if let Some(named) = named.filter(|_| errors.is_empty()) {
        return entry::expression(&named, &runtime);
    }
    let (errors, expected) = (errors.into_tokens(), fallback::entry());
    quote!({ #errors #expected })
}
