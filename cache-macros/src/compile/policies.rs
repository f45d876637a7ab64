//! `policies!{ ... }`

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::check;
use crate::diag::Errors;
use crate::expand::policies;
use crate::parse::option::Place;
use crate::parse::options::Options;

/// Compiles `policies!{ tags = [...] }`.
pub(crate) fn items(options: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let at = options.clone().into_iter().next().map_or_else(Span::call_site, |first| first.span());
    let options = Options::parse(Place::Policies, options, &mut errors);
    let policies = policies::declarations(&check::policies::check(&options, &mut errors), at);
    let errors = errors.into_tokens();
    quote!(#errors #policies)
}
