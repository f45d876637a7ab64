//! The type and const parameters that a function sees.

use syn::{GenericParam, Generics, Ident, Signature};

/// Those of the function itself, and those around it as far as they are seen.
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

    /// Whether `name` is a type parameter.
    pub(super) fn has_type(&self, name: &Ident) -> bool {
        let mut params = self.own.params.iter().chain(self.around.iter().flat_map(|of| &of.params));
        params.any(|param| matches!(param, GenericParam::Type(param) if param.ident == *name))
    }
}
