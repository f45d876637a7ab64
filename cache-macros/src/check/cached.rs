//! The rules for a function that reads or writes entries of its own key.

use syn::Generics;

use super::key::{Keys, Naming};
use super::parameters::Parameters;
use super::side::{Side, side};
use super::{connection, freshness, key, owned, policy, signature, storage, through};
use crate::diag::Errors;
use crate::model::background::Background;
use crate::model::{Cached, Owner, Written};
use crate::parse::args::{Argument, Arguments};
use crate::parse::function::Function;
use crate::parse::options::Options;
use crate::parse::types;

/// Checks every rule of `#[cached]`, also after one is broken; `None` if what is missing cannot be made up. The
/// parameters `around` the function are those of the `impl` or the trait, where that is seen.
pub(crate) fn check(
    function: &Function,
    owner: Owner,
    around: Option<&Generics>,
    options: &Options,
    errors: &mut Errors,
) -> Option<Cached> {
    let arguments = Arguments::of(&function.signature);
    let side = side(options, function, errors);
    let parameters = Parameters::of(&function.signature, around);
    let signature = signature::check(function, &owner, parameters, &side, errors);
    let stored = side.written().and_then(Written::argument).map(Argument::bare);
    if let Some(stored) = stored.or(signature.as_ref().map(|(_, returns)| returns)) {
        storage::owned(options, stored, errors);
    }
    let naming = Naming::of(options);
    let key = key::check(&naming, function, parameters, &arguments, &side, errors);
    let policy = policy::check(options, &function.signature, errors);
    let background = background(options, function, &owner, around, &side, errors);
    let writes = match side {
        Side::Writes(value) => Some(through::writes(options, &function.signature, value, errors)),
        Side::Reads { .. } | Side::Unknown => None,
    };
    let (form, returns) = signature?;
    let Keys { key, tags, groups, proofs } = key?;
    let policy = policy?;
    let companion = options.companion.value().unwrap_or(&function.signature.ident).clone();
    let seen = around.is_some() || matches!(owner, Owner::Module);
    let constants_known =
        key.constants().all(|path| key::is_nameable(path, &parameters.names(), seen));
    let keys = [&key].into_iter().chain(&tags).collect();
    let written = writes.as_ref().and_then(|writes| writes.value.argument());
    let named = connection::Named { keys, references: Vec::new(), written };
    let own = &function.signature.generics;
    let connections = connection::find(&arguments, own, around, &named);
    let mut cached = Cached {
        function: function.clone(),
        arguments,
        owner,
        generics: function.signature.generics.clone(),
        form,
        returns,
        key,
        parameters: parameters.names(),
        constants_known,
        value_known: false,
        tags,
        groups,
        writes,
        proofs,
        connections,
        background,
        policy,
        given: options.given.iter().map(|(_, name)| name.clone()).collect(),
        companion,
        runtime: options.runtime.value().cloned(),
    };
    cached.value_known = types::is_nameable(cached.stored(), &parameters.names(), seen);
    Some(cached)
}

/// Checks how fresh values are, and what a load owns, if the cache owns the loads of the function.
fn background(
    options: &Options,
    function: &Function,
    owner: &Owner,
    around: Option<&Generics>,
    side: &Side,
    errors: &mut Errors,
) -> Option<Background> {
    let declares_only = matches!(owner, Owner::Trait { provided: false, .. });
    let loads = matches!(side, Side::Reads { .. }) && !declares_only;
    freshness::check(options, &function.signature, loads, errors);
    if !loads || !options.settings.owns_loads() {
        return None;
    }
    let generics = [&function.signature.generics].into_iter().chain(around);
    Some(owned::check(options, function, &generics.collect::<Vec<_>>(), errors))
}
