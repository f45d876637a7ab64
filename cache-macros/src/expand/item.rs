//! The attributes and the visibility of generated items.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Visibility};

use super::hidden;
use crate::model::Owner;
use crate::parse::function::Function;

/// Attributes that keep lints and docs quiet about generated items: they would be noise in the user's build.
pub(super) fn quiet() -> TokenStream {
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, non_camel_case_types)]
    }
}

/// The attributes that decide whether the function exists.
pub(super) fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"))
}

/// The visibility of the functions of a companion: whoever sees the function sees them. Those of a free function are as
/// visible as the struct that they are of, which alone is said to be private then. Those of a trait's method are as
/// visible as its type, because the method is.
pub(super) fn visibility(owner: &Owner, function: &Function) -> Visibility {
    let span = hidden(function.signature.ident.span());
    match owner {
        Owner::Module | Owner::ImplOf { .. } => Visibility::Public(syn::Token![pub](span)),
        Owner::Impl { .. } | Owner::Trait { .. } => function.visibility.clone(),
    }
}
