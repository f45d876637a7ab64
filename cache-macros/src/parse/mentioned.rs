//! The names that types and bounds mention.

use std::collections::BTreeSet;

use syn::visit::Visit;
use syn::{GenericParam, Ident, Lifetime, Type};

use super::args::plain;

/// The names in some types and bounds, without `r#`; those of lifetimes with their apostrophe.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Mentioned(pub(crate) BTreeSet<String>);

impl Mentioned {
    /// The names in one type.
    pub(crate) fn by_type(ty: &Type) -> Self {
        let mut names = Self::default();
        names.visit_type(ty);
        names
    }

    /// Whether the generic parameter is mentioned.
    pub(crate) fn has(&self, param: &GenericParam) -> bool {
        self.0.contains(&name(param))
    }

    /// Whether some name is mentioned, and each of them in `others` as well.
    pub(crate) fn is_within(&self, others: &Self) -> bool {
        !self.0.is_empty() && self.0.is_subset(&others.0)
    }
}

/// The name of a generic parameter, as `Mentioned` has it.
pub(crate) fn name(param: &GenericParam) -> String {
    match param {
        GenericParam::Type(param) => plain(&param.ident),
        GenericParam::Const(param) => plain(&param.ident),
        GenericParam::Lifetime(param) => param.lifetime.to_string(),
    }
}

impl<'ast> Visit<'ast> for Mentioned {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.0.insert(plain(ident));
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.0.insert(lifetime.to_string());
    }
}
