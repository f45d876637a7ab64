//! The arguments that may carry a transaction which the caller commits: declared, and looked at in debug builds.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::hidden;
use crate::model::Connection;

/// Declares the arguments of a policy or a writer; nothing if there are none.
pub(super) fn declared(connections: &[Connection], at: Span) -> Option<TokenStream> {
    let texts = connections.iter().map(|connection| &connection.text);
    (!connections.is_empty()).then(|| quote_spanned!(at=> .connections(&[#(#texts),*])))
}

/// The arguments, each with the name of the type that it has in this call: of a type parameter only that tells.
pub(super) fn given(connections: &[Connection]) -> TokenStream {
    let at = Span::mixed_site();
    let given = connections.iter().map(|Connection { name, text }| {
        let at = hidden(name.span());
        quote_spanned!(at=> (#text, ::core::any::type_name_of_val(&#name)))
    });
    quote_spanned!(at=> &[#(#given),*])
}
