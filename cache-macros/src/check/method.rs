//! A method of a block with what its attributes say, before any rule is checked.

use syn::Ident;

use super::defaults;
use crate::diag::Errors;
use crate::parse::attribute::arguments;
use crate::parse::cache_policy::{Block, Method};
use crate::parse::invalidates::Targets;
use crate::parse::option::Place;
use crate::parse::options::Options;

/// A method with what its attributes say.
pub(super) struct Named<'a> {
    pub(super) method: &'a Method,
    /// Of `#[cached]`, with the shared ones.
    pub(super) options: Option<Options>,
    /// Of each `#[invalidates]`, with the mistakes in it.
    pub(super) targets: Vec<(Targets, Errors)>,
}

impl<'a> Named<'a> {
    /// Reads the attributes; mistakes in `#[cached]` are reported at once.
    pub(super) fn new(
        block: &Block,
        method: &'a Method,
        shared: &Options,
        errors: &mut Errors,
    ) -> Self {
        let options = method.cached.as_ref().map(|attribute| {
            let mut options = Options::parse(Place::Cached, arguments(attribute), errors);
            let names = defaults::names(block, &method.function.signature);
            defaults::apply(shared, &mut options, &names);
            options
        });
        let read = |attribute| {
            let mut errors = Errors::default();
            let mut targets = Targets::parse(Place::Invalidates, arguments(attribute), &mut errors);
            defaults::apply_to_targets(shared, &mut targets.options);
            (targets, errors)
        };
        let targets = method.invalidates.iter().map(read).collect();
        Self { method, options, targets }
    }

    pub(super) fn name(&self) -> &Ident {
        &self.method.function.signature.ident
    }
}
