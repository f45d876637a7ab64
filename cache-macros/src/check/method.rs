//! A method of a block with what its attributes say, before any rule is checked.

use syn::{Ident, Path};

use super::defaults;
use crate::diag::Errors;
use crate::parse::attr::{CACHED, Options};
use crate::parse::attribute::arguments;
use crate::parse::cache_policy::{Block, Method};
use crate::parse::invalidates::{INVALIDATES, Targets};

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
            let mut options = Options::parse(&CACHED, arguments(attribute), errors);
            let names = defaults::names(block, &method.function.signature);
            defaults::apply(shared, &mut options, &names);
            options
        });
        let read = |attribute| {
            let mut errors = Errors::default();
            let mut targets = Targets::parse(&INVALIDATES, arguments(attribute), &mut errors);
            inherit(&mut targets.runtime, shared.runtime.as_ref());
            (targets, errors)
        };
        let targets = method.invalidates.iter().map(read).collect();
        Self { method, options, targets }
    }

    pub(super) fn name(&self) -> &Ident {
        &self.method.function.signature.ident
    }
}

fn inherit(runtime: &mut Option<Path>, shared: Option<&Path>) {
    if runtime.is_none() {
        *runtime = shared.cloned();
    }
}
