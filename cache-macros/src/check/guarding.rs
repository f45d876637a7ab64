//! The rules for `guard`, `hold` and `only_ok`, wherever a function writes.

use quote::ToTokens;
use syn::{LitStr, Signature, Type};

use crate::diag::{Errors, nearest, with_help};
use crate::model::{Guard, Guarding};
use crate::parse::duration;
use crate::parse::options::Options;
use crate::parse::{signature, types};

/// Checks the options of a guard; `None` if it cannot be read.
pub(super) fn check(
    signature: &Signature,
    options: &Options,
    errors: &mut Errors,
) -> Option<Guarding> {
    let guard = guard(options.guard.value(), errors);
    let returned = signature::returned(signature).unwrap_or_else(|| syn::parse_quote!(()));
    if types::is_no_result(&returned) {
        needs_a_result(signature, &returned, options, guard.as_ref(), errors);
    }
    Some(Guarding {
        guard: guard?,
        hold: options.hold.value().map(|hold| hold.milliseconds),
        only_ok: options.only_ok.value().is_some(),
    })
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

/// Reports `only_ok` and a required guard on a function without a `Result`: the first looks at an `Err`, the
/// second returns one.
fn needs_a_result(
    signature: &Signature,
    returned: &Type,
    options: &Options,
    guard: Option<&Guard>,
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
        errors.at(*span, message);
    }
    if let Some(option) = options.only_ok.value().and_then(|()| options.only_ok.name()) {
        let message = with_help(
            &format!("`only_ok` has no effect: `{name}` returns no `Result`"),
            "leave it out",
        );
        errors.at(option.span(), message);
    }
}
