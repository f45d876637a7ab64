//! An `impl` or a trait of which every method was checked.

use syn::Path;

use super::each::Each;
use super::{Cached, Invalidates, Owner, WritesOther};
use crate::parse::cache_policy::{Block, Method};
use crate::parse::options::Options;

/// An `impl` or a trait below `#[cache_policy]`, with what its annotated methods are compiled to.
pub(crate) struct CachePolicy<'a> {
    pub(crate) block: &'a Block,
    /// The annotated methods, in their order.
    pub(crate) methods: Vec<CheckedMethod<'a>>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

/// An annotated method, as far as it could be compiled.
pub(crate) struct CheckedMethod<'a> {
    pub(crate) method: &'a Method,
    pub(crate) owner: Owner,
    pub(crate) cache: Cache,
    /// Its `#[invalidates]`, the outermost first; those with a mistake are left out.
    pub(crate) invalidates: Vec<Invalidates>,
}

impl CheckedMethod<'_> {
    /// Whether an attribute with a mistake was left out.
    pub(crate) fn is_faulty(&self) -> bool {
        let cached = self.method.cached.is_some() && matches!(self.cache, Cache::None);
        cached || self.invalidates.len() < self.method.invalidates.len()
    }
}

/// The result of a method's `#[cached]`.
pub(crate) enum Cache {
    None,
    Sound(Box<Cached>),
    /// A function that writes the entry of another, and has none of its own.
    OfAnother(Box<WritesOther>),
    /// A function that loads several entries of another at once.
    OfMany(Box<Each>),
    Faulty(Box<Options>),
}
