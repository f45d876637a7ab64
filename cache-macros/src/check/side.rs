//! The rules for which side of `strategy = "write_through"` a function is on, and what it writes.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, Ident, ReturnType, Signature, Type};

use super::{batch, connection};
use crate::diag::{Errors, listed, nearest, with_help};
use crate::model::Written;
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::function::Function;
use crate::parse::option::Concern;
use crate::parse::options::Options;
use crate::parse::placeholder::Placeholder;
use crate::parse::reference::Reference;
use crate::parse::template::Template;
use crate::parse::types;
use crate::parse::words::Strategy;

/// What a function does with its entry.
pub(super) enum Side {
    /// `through` if another function may write the entry, and this one be mistaken for it.
    Reads {
        through: bool,
    },
    Writes(Written),
    /// Undecided, which was reported: it would be no use to say what is wrong for one side.
    Unknown,
}

impl Side {
    /// The value that the function writes, if it is on the writing side.
    pub(super) fn written(&self) -> Option<&Written> {
        match self {
            Self::Writes(written) => Some(written),
            Self::Reads { .. } | Self::Unknown => None,
        }
    }
}

/// Finds out on which side the function is.
pub(super) fn side(options: &Options, function: &Function, errors: &mut Errors) -> Side {
    batch::without_list(options, errors);
    let signature = &function.signature;
    let may_write = writes_something(options).is_some() || value_type(signature).is_none();
    if options.settings.strategy.is_misread() && may_write {
        return Side::Unknown;
    }
    if options.settings.strategy() != Strategy::WriteThrough {
        return without_strategy(options, errors);
    }
    if options.value.is_misread() || options.writes.is_misread() {
        return Side::Unknown;
    }
    let arguments = Arguments::of(signature);
    let side = match written(options, signature, &arguments) {
        Ok(Some(written)) => Side::Writes(written),
        Ok(None) => Side::Reads { through: true },
        Err(error) => {
            errors.push(error);
            Side::Unknown
        }
    };
    match &side {
        Side::Reads { .. } => only_writes(options, &signature.ident, errors),
        Side::Writes(_) => always_runs(options, errors),
        Side::Unknown => {}
    }
    side
}

/// The first option that only a function that writes can have.
fn writes_something(options: &Options) -> Option<&Ident> {
    let writing = |concern| concern == Concern::Written || concern == Concern::Guard;
    options.first(writing)
}

/// Reports options of the writing side on a function without a strategy that writes.
fn without_strategy(options: &Options, errors: &mut Errors) -> Side {
    let Some(option) = writes_something(options) else {
        return Side::Reads { through: false };
    };
    let message = with_help(
        &format!("`{option}` belongs to a function that writes its entry"),
        "add `strategy = \"write_through\"`, or leave it out",
    );
    errors.at(option.span(), message);
    Side::Unknown
}

/// The value that the function writes, as declared or by its type; `None` if it reads.
fn written(
    options: &Options,
    signature: &Signature,
    arguments: &Arguments,
) -> syn::Result<Option<Written>> {
    if let Some(value) = options.value.value() {
        return declared(value, signature, arguments).map(Some);
    }
    let candidates: Vec<&Argument> = arguments
        .typed
        .iter()
        .filter(|argument| argument.name().is_some_and(|name| is_left_over(name, options)))
        .collect();
    let nothing = value_type(signature).is_none();
    let mut fitting = candidates.clone();
    if let Some(value) = value_type(signature) {
        fitting.retain(|argument| spelt(types::value(&argument.ty)) == spelt(value));
    }
    match fitting.as_slice() {
        [only] => Ok(Some(Written::Argument(Box::new((*only).clone())))),
        [] if options.writes.value().is_some() => Err(undecided(options, signature, &candidates)),
        [] => Ok(None),
        _ if nothing || fitting.len() > 1 => Err(undecided(options, signature, &fitting)),
        _ => Ok(None),
    }
}

fn declared(value: &Ident, signature: &Signature, arguments: &Arguments) -> syn::Result<Written> {
    if value == "return" {
        return Ok(Written::Returned);
    }
    let (name, function) = (plain(value), &signature.ident);
    let Some((argument, bound)) = arguments.find(&name) else {
        let names = arguments.names();
        let help = match nearest(&name, names.iter().map(String::as_str)) {
            Some(meant) => format!("write `value = {meant}`"),
            None => "write `value = return` to store what the function returns".to_owned(),
        };
        let message = with_help(&format!("`{function}` has no argument `{name}`"), &help);
        return Err(syn::Error::new(value.span(), message));
    };
    if argument.name().is_none() {
        let message = with_help(
            &format!("`{name}` is a part of an argument, and the value is a whole one"),
            &format!("take the argument as `{name}`, and take it apart in the body"),
        );
        return Err(syn::Error::new(bound.span(), message));
    }
    Ok(Written::Argument(Box::new(argument.clone())))
}

/// Whether an argument is accounted for by nothing but being the value.
fn is_left_over(name: &Ident, options: &Options) -> bool {
    let plain = plain(name);
    let skipped = options
        .skip
        .items()
        .iter()
        .any(|skip| skip.fields.is_empty() && skip.root.unraw() == plain);
    let whole = |at: &Placeholder| at.root == plain && at.fields.is_empty() && at.method.is_none();
    let in_key = options.key.value().into_iter().flat_map(Template::placeholders).any(whole);
    !plain.starts_with('_') && !skipped && !in_key
}

/// Whether all of the argument is in the key of the entry that is written.
fn is_passed(argument: &Argument, options: &Options) -> bool {
    let mut passed = options.writes.value().into_iter().flat_map(Reference::arguments);
    argument.name().is_some_and(|name| passed.any(|passed| is(passed, name)))
}

/// Whether an expression is the variable `name`, or a reference to it.
fn is(argument: &Expr, name: &Ident) -> bool {
    match argument {
        Expr::Path(path) => path.path.is_ident(name),
        Expr::Reference(reference) => is(&reference.expr, name),
        Expr::Unary(unary) => is(&unary.expr, name),
        Expr::Group(group) => is(&group.expr, name),
        _ => false,
    }
}

/// Whether the argument is by its type a way to the database, and no value.
fn is_handle(argument: &Argument, signature: &Signature) -> bool {
    const HANDLES: [&str; 4] = ["Pool", "Client", "Connection", "Database"];
    let named_so = match types::held(&argument.ty, 0).0 {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let name = last.ident.to_string();
            HANDLES.iter().any(|handle| name.ends_with(handle))
        }),
        _ => false,
    };
    named_so || connection::is_one(&argument.ty, &signature.generics)
}

/// The type of the value that the function returns; `None` if it returns none.
fn value_type(signature: &Signature) -> Option<&Type> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    let value = types::value(ty);
    (!matches!(value, Type::Tuple(tuple) if tuple.elems.is_empty())).then_some(value)
}

fn spelt(ty: &Type) -> String {
    ty.to_token_stream().to_string()
}

fn undecided(options: &Options, signature: &Signature, candidates: &[&Argument]) -> syn::Error {
    let mut candidates = candidates.to_vec();
    candidates.retain(|argument| !is_handle(argument, signature) && !is_passed(argument, options));
    let function = &signature.ident;
    let names: Vec<String> =
        candidates.iter().filter_map(|argument| argument.name().map(plain)).collect();
    let what = match names.as_slice() {
        [] => format!("`{function}` does not say what it writes"),
        [_] if value_type(signature).is_none() => {
            format!("`{function}` does not say what it writes")
        }
        [only] => {
            format!("`{function}` does not say whether it writes `{only}` or what it returns")
        }
        several => format!("`{function}` does not say which it writes: {}", listed(several)),
    };
    let or_return = value_type(signature).map(|_| "`value = return`".to_owned());
    let values = names.iter().map(|name| format!("`value = {name}`")).chain(or_return);
    let values: Vec<String> = values.collect();
    let message = with_help(&what, &format!("write {}", values.join(" or ")));
    syn::Error::new(function.span(), message)
}

/// Reports options that only a function that writes can have.
fn only_writes(options: &Options, function: &Ident, errors: &mut Errors) {
    if let Some(option) = options.first(|concern| concern == Concern::Guard) {
        let message = with_help(
            &format!("`{option}` has no effect: `{function}` reads its entry and writes nothing"),
            "leave it out, or say what the function writes, with `value = ...`",
        );
        errors.at(option.span(), message);
    }
}

/// Reports options that only a function that reads can have.
fn always_runs(options: &Options, errors: &mut Errors) {
    if let Some(when) = options.settings.when.name() {
        let message = with_help(
            "`when` has no effect on a function that writes: it runs in any case",
            "leave it out; `store_if` says which values are stored",
        );
        errors.at(when.span(), message);
    }
    if let Some(option) = options.first(|concern| concern == Concern::Load) {
        let what = format!("`{option}` has no effect on a function that writes: it loads nothing");
        errors.at(option.span(), with_help(&what, "leave it out"));
    }
}
