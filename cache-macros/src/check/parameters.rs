//! The type and const parameters that a function can name.

use syn::{GenericParam, Generics, Ident, Signature};

use crate::parse::args::plain;

/// The generic parameters of a function, and those around it as far as they are seen.
#[derive(Clone, Copy)]
pub(crate) struct Parameters<'a> {
    own: &'a Generics,
    /// Of the `impl` or the trait, which only `#[cache_policy]` sees.
    around: Option<&'a Generics>,
}

impl<'a> Parameters<'a> {
    pub(crate) fn of(signature: &'a Signature, around: Option<&'a Generics>) -> Self {
        Self { own: &signature.generics, around }
    }

    /// The generic parameters of the function itself.
    pub(super) fn own(self) -> &'a Generics {
        self.own
    }

    /// Whether `name` is a type parameter.
    pub(super) fn has_type(self, name: &Ident) -> bool {
        let is_type = |param: &GenericParam| matches!(param, GenericParam::Type(param) if param.ident == *name);
        self.all().any(is_type)
    }

    /// The names of the types and constants.
    pub(super) fn names(self) -> Vec<String> {
        self.all().filter_map(name).map(plain).collect()
    }

    /// Whether the parameter is one of the function itself.
    pub(super) fn owns(self, param: &GenericParam) -> bool {
        self.own.params.iter().any(|own| std::ptr::eq(own, param))
    }

    pub(super) fn all(self) -> impl Iterator<Item = &'a GenericParam> {
        self.own.params.iter().chain(self.around.into_iter().flat_map(|around| &around.params))
    }
}

/// The name of a type or a constant; lifetimes are not accounted for.
pub(super) fn name(param: &GenericParam) -> Option<&Ident> {
    match param {
        GenericParam::Type(param) => Some(&param.ident),
        GenericParam::Const(param) => Some(&param.ident),
        GenericParam::Lifetime(_) => None,
    }
}
