//! The rules for `guard`, `hold` and `only_ok`, wherever a function writes.

use syn::{LitStr, ReturnType, Signature, Type};

use crate::diag::{Errors, nearest, with_help};
use crate::model::{Guard, Guarding};
use crate::parse::duration;
use crate::parse::guarding::Guarding as Written;

/// Checks the values; `None` if the guard cannot be read.
pub(super) fn check(
    signature: &Signature,
    written: &Written,
    errors: &mut Errors,
) -> Option<Guarding> {
    let guard = guard(written.guard.as_ref(), errors);
    only_ok(signature, written, errors);
    Some(Guarding {
        guard: guard?,
        hold: written.hold.as_ref().map(|hold| hold.milliseconds),
        only_ok: written.only_ok.is_some(),
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

/// `only_ok` looks at an `Err`, which a function without a return type cannot give.
fn only_ok(signature: &Signature, written: &Written, errors: &mut Errors) {
    let returns_nothing = match &signature.output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => matches!(&**ty, Type::Tuple(tuple) if tuple.elems.is_empty()),
    };
    if let Some(option) = written.only_ok.as_ref().filter(|_| returns_nothing) {
        let name = &signature.ident;
        let message = with_help(
            &format!("`only_ok` has no effect: `{name}` returns no `Result`"),
            "leave it out",
        );
        errors.at(option.span(), message);
    }
}
