//! The rules for what names entries and tags: `#[invalidates]`, `invalidate!` and `entry!`.

use proc_macro2::Span;
use syn::{Ident, LitStr, ReturnType, Type};

use super::{key, signature};
use crate::diag::{Errors, nearest, with_help};
use crate::model::{Guard, Invalidates, Key};
use crate::parse::args::Arguments;
use crate::parse::duration;
use crate::parse::function::Function;
use crate::parse::invalidates::Targets;
use crate::parse::reference::Reference;

/// Checks every rule of `#[invalidates]`, also after one is broken.
pub(crate) fn attribute(
    function: &Function,
    targets: Targets,
    errors: &mut Errors,
) -> Option<Invalidates> {
    let arguments = Arguments::of(&function.signature);
    let form = signature::form("invalidates", &function.signature, errors);
    let tags = key::written(&targets.tags, &function.signature, &arguments, errors);
    let guard = guard(targets.guard.as_ref(), errors);
    conflicts(&targets, errors);
    only_ok(function, &targets, errors);
    if errors.is_empty() && names_nothing(&targets) {
        errors.at(function.signature.ident.span(), nothing("#[invalidates(get_user(id))]"));
    }
    let (form, returns) = form?;
    Some(Invalidates {
        function: function.clone(),
        arguments,
        form,
        returns: returns.unwrap_or_else(|| syn::parse_quote!(())),
        references: targets.references,
        after: targets.after,
        tags,
        guard: guard?,
        hold: targets.hold.map(|hold| hold.milliseconds),
        only_ok: targets.only_ok.is_some(),
        runtime: targets.runtime,
    })
}

/// Checks what `invalidate!` names, and gives its tags.
pub(crate) fn invalidate(targets: &Targets, errors: &mut Errors) -> Vec<Key> {
    key::distinct(&targets.tags, errors);
    if errors.is_empty() && names_nothing(targets) {
        errors.at(Span::call_site(), nothing("invalidate!(get_user(id))"));
    }
    targets.tags.iter().map(key::in_scope).collect()
}

/// The one reference that `entry!` takes.
pub(crate) fn entry(targets: Targets, errors: &mut Errors) -> Option<Reference> {
    let mut references = targets.references.into_iter();
    let (first, second) = (references.next(), references.next());
    let one = first.is_some() && second.is_none();
    if errors.is_empty() && !one {
        let message =
            with_help("`entry!` takes one reference", "write for example `entry!(get_user(id))`");
        let second = second.as_ref().and_then(Reference::name);
        errors.at(second.map_or_else(Span::call_site, Ident::span), message);
    }
    first
}

fn names_nothing(targets: &Targets) -> bool {
    targets.references.is_empty() && targets.after.is_empty() && targets.tags.is_empty()
}

fn nothing(example: &str) -> String {
    with_help(
        "nothing is named that could be invalidated",
        &format!("write for example `{example}`"),
    )
}

fn guard(literal: Option<&LitStr>, errors: &mut Errors) -> Option<Guard> {
    let Some(literal) = literal else { return Some(Guard::Default) };
    let written = literal.value();
    match written.as_str() {
        "off" => return Some(Guard::Off),
        "required" => return Some(Guard::Required(literal.span())),
        _ => {}
    }
    if written.starts_with(|c: char| c.is_ascii_digit()) {
        return errors.keep(duration::parse("guard", literal)).map(Guard::For);
    }
    let help = match nearest(&written, ["off", "required"]) {
        Some(meant) => format!("write `guard = \"{meant}\"`"),
        None => "write a duration such as `\"10s\"`, or `\"off\"`, or `\"required\"`".to_owned(),
    };
    errors.at(literal.span(), with_help(&format!("`{written}` is not a guard"), &help));
    None
}

/// A guard that has nothing to act on. It has a meaning for tags too: after a failure they are
/// invalidated once more when it would end.
fn conflicts(targets: &Targets, errors: &mut Errors) {
    let unguarded = targets.references.is_empty() && targets.tags.is_empty();
    if !errors.is_empty() || names_nothing(targets) || !unguarded {
        return;
    }
    if let Some(guard) = targets.named.iter().find(|given| *given == "guard") {
        let message = with_help(
            "`guard` has no effect: an entry that only the result names is not guarded",
            "leave it out, or name an entry by the arguments, as in `get_user(id)`",
        );
        errors.at(guard.span(), message);
    }
}

/// `only_ok` looks at an `Err`, which a function without a return type cannot give.
fn only_ok(function: &Function, targets: &Targets, errors: &mut Errors) {
    let returns_nothing = match &function.signature.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()),
    };
    if let Some(option) = targets.only_ok.as_ref().filter(|_| returns_nothing) {
        let name = &function.signature.ident;
        let message = with_help(
            &format!("`only_ok` has no effect: `{name}` returns no `Result`"),
            "leave it out",
        );
        errors.at(option.span(), message);
    }
}
