//! The rules for what names entries and tags: `#[invalidates]`, `invalidate!` and `entry!`.

use proc_macro2::Span;
use syn::{Generics, Ident, Signature, Type};

use super::parameters::Parameters;
use super::{connection, guarding, key, resolver, signature};
use crate::diag::{Errors, with_help};
use crate::model::{Invalidates, Invalidation};
use crate::parse::args::Arguments;
use crate::parse::function::Function;
use crate::parse::invalidates::Targets;
use crate::parse::option::Place;
use crate::parse::reference::Reference;

/// Checks every rule of `#[invalidates]`, also after one is broken. The parameters `around` the
/// function are those of the `impl` or the trait, where that is seen.
pub(crate) fn attribute(
    function: &Function,
    around: Option<&Generics>,
    mut targets: Targets,
    errors: &mut Errors,
) -> Option<Invalidates> {
    let arguments = Arguments::of(&function.signature);
    let form = signature::form("invalidates", &function.signature, errors);
    if let Some((_, Some(returns))) = &form {
        certain(&function.signature, around, returns, errors);
    }
    let (tags, proofs) =
        key::written(targets.options.tags.items(), &function.signature, &arguments, errors);
    let guarding = guarding::check(&function.signature, &targets.options, errors);
    conflicts(&targets, errors);
    if errors.is_empty() && names_nothing(&targets) {
        errors.at(function.signature.ident.span(), nothing("#[invalidates(get_user(id))]"));
    }
    let (form, returns) = form?;
    let after = targets.after.iter().flat_map(|after| &after.references);
    let named = connection::Named {
        keys: tags.iter().collect(),
        references: targets.references.iter().chain(after).collect(),
        written: None,
    };
    let own = &function.signature.generics;
    let connections = connection::find(&arguments, own, around, &named);
    Some(Invalidates {
        arguments,
        form,
        returns: returns.unwrap_or_else(|| syn::parse_quote!(())),
        references: targets.references,
        after: targets.after,
        tags,
        proofs,
        guarding,
        connections,
        runtime: targets.options.runtime.take(),
    })
}

/// Checks what `invalidate!` names.
pub(crate) fn invalidate(targets: Targets, errors: &mut Errors) -> Invalidation {
    key::distinct(targets.options.tags.items(), errors);
    if errors.is_empty() && names_nothing(&targets) {
        errors.at(Span::call_site(), nothing("invalidate!(get_user(id))"));
    }
    let tags = targets.options.tags.items().iter().map(resolver::in_scope).collect();
    Invalidation { references: targets.references, tags }
}

/// The one reference that `entry!` takes.
pub(crate) fn entry(targets: Targets, errors: &mut Errors) -> Option<Reference> {
    let mut references = targets.references.into_iter();
    let (first, second) = (references.next(), references.next());
    let one = first.is_some() && second.is_none();
    let first = first.and_then(|first| errors.keep(first.one_entry(Place::Entry.name())));
    if errors.is_empty() && !one {
        let message =
            with_help("`entry!` takes one reference", "write for example `entry!(get_user(id))`");
        let second = second.as_ref().and_then(Reference::name);
        errors.at(second.map_or_else(Span::call_site, Ident::span), message);
    }
    first
}

/// Reports a return type that may be a `Result`: of an `Err` the guards would be cancelled, as after a
/// success.
fn certain(signature: &Signature, around: Option<&Generics>, returns: &Type, errors: &mut Errors) {
    if signature::is_open(returns, Parameters::of(signature, around)) {
        let function = signature.ident.to_string();
        errors.over(returns, signature::open(&function, "returns", returns, "pass for successes"));
    }
}

fn names_nothing(targets: &Targets) -> bool {
    targets.references.is_empty()
        && targets.after.is_empty()
        && targets.options.tags.items().is_empty()
}

fn nothing(example: &str) -> String {
    with_help(
        "nothing is named that could be invalidated",
        &format!("write for example `{example}`"),
    )
}

/// Reports a guard that has nothing to act on. It has a meaning for tags too: after a failure they are
/// invalidated once more when it would end.
fn conflicts(targets: &Targets, errors: &mut Errors) {
    let unguarded = targets.references.is_empty() && targets.options.tags.items().is_empty();
    if !errors.is_empty() || names_nothing(targets) || !unguarded {
        return;
    }
    if let Some(guard) = targets.options.guard.name() {
        let message = with_help(
            "`guard` has no effect: an entry that only the result names is not guarded",
            "leave it out, or name an entry by the arguments, as in `get_user(id)`",
        );
        errors.at(guard.span(), message);
    }
}
