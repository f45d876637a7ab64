//! A type that derives `KeyPart`, in which every rule holds.

use syn::{Generics, Ident, Member, Path, Type};

/// A type whose values can be told apart by its fields.
pub(crate) struct KeyPart {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) body: Option<Body>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

pub(crate) enum Body {
    Struct(Vec<Named>),
    Enum(Vec<Variant>),
}

/// A variant; its name as the key writes it.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) text: String,
    pub(crate) fields: Vec<Named>,
}

/// A field that holds something.
pub(crate) struct Named {
    pub(crate) member: Member,
    pub(crate) ty: Type,
}
