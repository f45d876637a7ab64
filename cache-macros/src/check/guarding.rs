//! The rules for `guard`, `hold` and `only_ok`, wherever a function writes.

use quote::ToTokens;
use syn::{Signature, Type};

use crate::diag::{Errors, with_help};
use crate::model::Guarding;
use crate::parse::options::Options;
use crate::parse::words::Guard;
use crate::parse::{signature, types};

/// Checks the options of a guard.
pub(super) fn check(signature: &Signature, options: &Options, errors: &mut Errors) -> Guarding {
    let guard = options.guard.value().map(|guard| guard.meaning);
    let returned = signature::returned(signature).unwrap_or_else(|| syn::parse_quote!(()));
    if types::is_no_result(&returned) {
        needs_a_result(signature, &returned, options, guard, errors);
    }
    Guarding {
        guard,
        hold: options.hold.value().map(|hold| hold.milliseconds),
        only_ok: options.only_ok.value().is_some(),
    }
}

/// Reports `only_ok` and a required guard on a function without a `Result`: the first looks at an `Err`, the
/// second returns one.
fn needs_a_result(
    signature: &Signature,
    returned: &Type,
    options: &Options,
    guard: Option<Guard>,
    errors: &mut Errors,
) {
    let name = &signature.ident;
    let returned = returned.to_token_stream().to_string().replace(' ', "");
    if let Some(Guard::Required(span)) = guard {
        let message = with_help(
            &format!(
                "`guard = \"required\"` refuses a write with an error, and `{name}` returns no \
                 `Result`"
            ),
            &format!(
                "return `Result<{returned}, E>`, where `E` implements `From<cache_runtime::Error>`"
            ),
        );
        errors.at(span, message);
    }
    if let Some(option) = options.only_ok.value().and_then(|()| options.only_ok.name()) {
        let message = with_help(
            &format!("`only_ok` has no effect: `{name}` returns no `Result`"),
            "leave it out",
        );
        errors.at(option.span(), message);
    }
}
