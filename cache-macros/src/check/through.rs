//! The rules for a function that writes through: under its own policy, or under that of a reader.

use syn::{Generics, Ident, Signature};

use super::parameters::Parameters;
use super::side::{Side, side};
use super::{connection, guarding, signature};
use crate::diag::{Errors, listed, verb, with_help};
use crate::model::{Connection, Writes, WritesOther, Written};
use crate::parse::args::Arguments;
use crate::parse::function::Function;
use crate::parse::option::Concern;
use crate::parse::options::Options;
use crate::parse::reference::Reference;
use crate::parse::words::Guard;

/// Checks the guard of a function that writes through.
pub(super) fn writes(
    options: &Options,
    signature: &Signature,
    value: Written,
    errors: &mut Errors,
) -> Writes {
    let off = options.guard.value().filter(|guard| matches!(guard.meaning, Guard::Off));
    let guarding = guarding::check(signature, options, errors);
    if let Some(off) = off {
        let message = with_help(
            &format!(
                "without a guard, writers that overlap in `{}` could leave the older value",
                signature.ident
            ),
            "leave `guard = \"off\"` out",
        );
        errors.at(off.literal.span(), message);
    }
    Writes { value, guarding }
}

/// Checks a function that takes key, ttl and tags from the reader that it `writes`.
pub(crate) fn other(
    function: &Function,
    around: Option<&Generics>,
    mut options: Options,
    errors: &mut Errors,
) -> Option<WritesOther> {
    let side = side(&options, function, errors);
    let parameters = Parameters::of(&function.signature, around);
    let of_reader = signature::writer(function, parameters, &side, errors);
    let value = match side {
        Side::Writes(value) => Some(value),
        Side::Reads { .. } | Side::Unknown => None,
    };
    from_reader(&options, errors);
    let writes = value.map(|value| writes(&options, &function.signature, value, errors));
    let (form, returns) = of_reader?;
    let (target, writes) = (options.writes.take()?, writes?);
    let connections = connections(function, around, &target, &writes.value);
    Some(WritesOther {
        function: function.clone(),
        form,
        returns: returns.unwrap_or_else(|| syn::parse_quote!(())),
        target,
        store_if: options.settings.store_if.take(),
        writes,
        connections,
        runtime: options.runtime.take(),
    })
}

/// The arguments that may carry a transaction.
fn connections(
    function: &Function,
    around: Option<&Generics>,
    target: &Reference,
    value: &Written,
) -> Vec<Connection> {
    let named =
        connection::Named { keys: Vec::new(), references: vec![target], written: value.argument() };
    let arguments = Arguments::of(&function.signature);
    connection::find(&arguments, &function.signature.generics, around, &named)
}

/// Reports options that a function with `writes` has from the reader.
fn from_reader(options: &Options, errors: &mut Errors) {
    let taken = options.given.iter().filter(|(row, _)| row.concern == Concern::Entry);
    let taken: Vec<&Ident> = taken.map(|(_, name)| name).collect();
    if let Some(skip) = options.skip.name() {
        let message = with_help(
            "`skip` has no effect: what `writes` passes decides which entry is written, and the rest does not",
            "leave it out",
        );
        errors.at(skip.span(), message);
    }
    let Some(first) = taken.first() else { return };
    let names = listed(taken.iter().map(ToString::to_string));
    let verb = verb(taken.len(), "comes", "come");
    let message = with_help(
        &format!("{names} {verb} from the function that `writes` names"),
        "leave either out",
    );
    errors.at(first.span(), message);
}
