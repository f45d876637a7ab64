//! The arguments that may carry a transaction which the caller commits: declared, and looked at in debug builds.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use super::hidden;
use crate::model::Connection;
use crate::parse::condition;

/// Declares the arguments of a policy or a writer; nothing if there are none.
pub(super) fn declared(connections: &[Connection], at: Span) -> Option<TokenStream> {
    let texts = connections.iter().map(|Connection { condition, text, .. }| {
        let exists = condition::attribute(condition.as_ref());
        quote_spanned!(at=> #exists #text)
    });
    (!connections.is_empty()).then(|| quote_spanned!(at=> .connections(&[#(#texts),*])))
}

/// The arguments, each with the name of the type that it has in this call: of a type parameter only that tells.
pub(super) fn given(connections: &[Connection]) -> TokenStream {
    let at = Span::mixed_site();
    let given = connections.iter().map(|Connection { name, condition, text }| {
        let exists = condition::attribute(condition.as_ref());
        let at = hidden(name.span());
        quote_spanned!(at=> #exists (#text, ::core::any::type_name_of_val(&#name)))
    });
    quote_spanned!(at=> &[#(#given),*])
}
