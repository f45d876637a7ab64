//! Attributes of ours, told from others by their last name: how they are imported is not seen.

use proc_macro2::TokenStream;
use syn::{Attribute, Meta};

/// Whether an attribute is `#[cached(...)]`, however it is imported.
pub(crate) fn is_cached(attribute: &Attribute) -> bool {
    is_named(attribute, "cached")
}

/// Whether an attribute is `#[invalidates(...)]`, however it is imported.
pub(super) fn is_invalidates(attribute: &Attribute) -> bool {
    is_named(attribute, "invalidates")
}

/// Whether an attribute with these tokens between its brackets is one of ours.
pub(super) fn is_ours(attribute: &TokenStream) -> bool {
    let attribute: Attribute = syn::parse_quote!(#[#attribute]);
    is_cached(&attribute) || is_invalidates(&attribute)
}

/// Whether the path of an attribute ends in `name`.
pub(super) fn is_named(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// The tokens between the parentheses of an attribute.
pub(crate) fn arguments(attribute: &Attribute) -> TokenStream {
    match &attribute.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    }
}
