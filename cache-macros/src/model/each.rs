//! A batch function: the entries of another function, several at once.

use proc_macro2::TokenStream;
use syn::{ExprClosure, Ident, Path, Type};

use super::background::Background;
use super::{Connection, Form, Proof};
use crate::parse::args::Argument;
use crate::parse::function::Function;
use crate::parse::reference::Reference;

/// A function that loads entries of another function, under that one's policy.
pub(crate) struct Each {
    pub(crate) function: Function,
    pub(crate) form: Form,
    /// The type of the awaited result.
    pub(crate) returns: Type,
    /// The argument that is the list of ids.
    pub(crate) list: Argument,
    pub(crate) lent: Lent,
    /// The name that stands for one of the ids.
    pub(crate) element: Ident,
    /// The entry of one of the ids.
    pub(crate) target: Reference,
    /// What the id of a value is, if the values do not say it by their places.
    pub(crate) id: Option<ExprClosure>,
    /// How many ids the body is called with at most.
    pub(crate) chunk: u32,
    pub(crate) store_if: Option<ExprClosure>,
    /// Claims that only the compiler can check.
    pub(crate) proofs: Vec<Proof>,
    pub(crate) connections: Vec<Connection>,
    /// The arguments that each call of the body has a copy of.
    pub(crate) copied: Vec<Copied>,
    /// What a load owns, if the cache owns the loads.
    pub(crate) background: Option<Background>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

/// The way in which the body has the list of the ids that are to be loaded.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Lent {
    /// `&[T]`
    Slice,
    /// `&Vec<T>`, `&HashSet<T>`
    Borrowed,
    /// `Vec<T>`
    Owned,
}

/// An argument that is passed by value.
pub(crate) struct Copied {
    pub(crate) name: Ident,
    /// The attribute that says in which builds it exists.
    pub(crate) exists: Option<TokenStream>,
    pub(crate) mutability: Option<syn::Token![mut]>,
    /// Whether the names of entries are made of it as well.
    pub(crate) in_reference: bool,
}
