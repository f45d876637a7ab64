//! `#[derive(KeyPart)]`

use proc_macro2::TokenStream;
use quote::quote;

use crate::check;
use crate::diag::Errors;
use crate::expand::key_part;

/// Compiles `#[derive(KeyPart)]`.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let item = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let part = key_part::implementation(&check::key_part::check(item, &mut errors));
    let errors = errors.into_tokens();
    quote!(#part #errors)
}
