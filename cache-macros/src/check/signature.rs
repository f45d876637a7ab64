//! The rules for the function itself: how it is called and what it returns.

use quote::ToTokens;
use syn::{GenericArgument, Ident, PathArguments, ReceiverKind, ReturnType, Signature, Type};

use super::parameters::Parameters;
use super::side::Side;
use crate::diag::{Errors, with_help};
use crate::model::{Form, Owner, Written};
use crate::parse::args::plain;
use crate::parse::attribute::is_cached;
use crate::parse::function::Function;
use crate::parse::signature::{borrow, future_output, is_associated, is_boxed_future};

/// Finds out how the function is asynchronous and what it returns, and checks what is stored.
pub(super) fn check(
    function: &Function,
    owner: &Owner,
    parameters: Parameters<'_>,
    side: &Side,
    errors: &mut Errors,
) -> Option<(Form, Type)> {
    if matches!(owner, Owner::Module) {
        associated(function, errors);
    }
    let (form, returns) = writer(function, parameters, side, errors)?;
    let nothing = || syn::parse_quote!(());
    match (returns, side) {
        (Some(returns), _) => Some((form, returns)),
        (None, Side::Writes(Written::Argument(_))) => Some((form, nothing())),
        (None, _) => None,
    }
}

/// The form and the return type of a function, checked by the rules that hold without entries of its own, too.
pub(super) fn writer(
    function: &Function,
    parameters: Parameters<'_>,
    side: &Side,
    errors: &mut Errors,
) -> Option<(Form, Option<Type>)> {
    let signature = &function.signature;
    annotated_once(function, errors);
    receiver(signature, errors);
    let (form, returns) = form("cached", signature, errors)?;
    let name = &signature.ident;
    match (side, &returns) {
        (Side::Writes(Written::Argument(argument)), _) => {
            let subject = argument.name().map_or_else(|| "the value".to_owned(), plain);
            sized(&subject, argument.bare(), errors);
            Stored { subject, verb: "holds", ty: argument.bare(), name }.check(parameters, errors);
        }
        (Side::Unknown, None) => {}
        (_, None) => errors.at(name.span(), returns_nothing(name)),
        (Side::Unknown, Some(ty)) if holds_nothing(ty) => {}
        (_, Some(ty)) => {
            let subject = name.to_string();
            Stored { subject, verb: "returns", ty, name }.check(parameters, errors);
        }
    }
    Some((form, returns))
}

fn annotated_once(function: &Function, errors: &mut Errors) {
    for attribute in function.attributes.iter().filter(|attribute| is_cached(attribute)) {
        let what = format!("`{}` is cached twice", function.signature.ident);
        errors.over(attribute.path(), with_help(&what, "keep one `#[cached(...)]`"));
    }
}

/// Reports a function of a type without `self`, as far as its own text tells.
fn associated(function: &Function, errors: &mut Errors) {
    if is_associated(function) {
        let name = &function.signature.ident;
        let message = with_help(
            &format!("`{name}` belongs to a type but takes no `self`"),
            "put `#[cache_policy]` above the `impl`, which knows the type",
        );
        errors.at(name.span(), message);
    }
}

fn receiver(signature: &Signature, errors: &mut Errors) {
    let Some(receiver) = signature.receiver() else { return };
    let by_value = match &receiver.kind {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, ty) => is_self(ty),
        _ => false,
    };
    if by_value {
        let message = with_help(
            "`self` by value: a hit would destroy the object and run nothing",
            "write `&self`",
        );
        errors.at(receiver.self_token.span, message);
    }
}

fn is_self(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("Self"))
}

/// The form of a function, and the type that is awaited; `None` inside if the function names no return type.
pub(super) fn form(
    attribute: &str,
    signature: &Signature,
    errors: &mut Errors,
) -> Option<(Form, Option<Type>)> {
    let written = match &signature.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    if signature.asyncness.is_some() {
        return Some((Form::Async, written.cloned()));
    }
    if let Some(Type::ImplTrait(future)) = written
        && let Some(output) = future_output(future)
    {
        return Some((Form::Future, Some(output)));
    }
    let name = &signature.ident;
    let boxed = is_boxed_future(signature);
    let message = if boxed && signature.to_token_stream().to_string().contains("'async_trait") {
        with_help(
            &format!("`{name}` returns a boxed future, as `#[async_trait]` makes them"),
            "put `#[cache_policy]` above `#[async_trait]`",
        )
    } else if boxed {
        with_help(
            &format!("`{name}` returns a boxed future, which `#[{attribute}]` cannot look into"),
            &format!("write `async fn {name}`, and box its call where that is needed"),
        )
    } else {
        with_help(
            &format!("`{name}` is not async, and `#[{attribute}]` waits for the cache"),
            &format!("write `async fn {name}`"),
        )
    };
    errors.at(signature.fn_token.span, message);
    None
}

/// The stored value: what the function returns, or an argument that it writes.
struct Stored<'a> {
    subject: String,
    verb: &'a str,
    ty: &'a Type,
    name: &'a Ident,
}

impl Stored<'_> {
    fn check(&self, parameters: Parameters<'_>, errors: &mut Errors) {
        let Self { subject, verb, ty, name } = self;
        match ty {
            Type::ImplTrait(_) => errors.over(
                ty,
                with_help(
                    &format!(
                        "`{subject}` {verb} a type without a name, which no store could give back"
                    ),
                    &format!("{} a type that you can name, such as `Vec<User>`", self.imperative()),
                ),
            ),
            Type::Never(_) => errors.over(ty, returns_nothing(name)),
            _ if holds_nothing(ty) => errors.over(ty, returns_nothing(name)),
            _ if is_open(ty, parameters) => {
                errors.over(ty, open(subject, verb, ty, "be cached"));
            }
            _ => {}
        }
        if let Some(at) = borrow(ty) {
            let what = format!(
                "`{subject}` {verb} a borrow: a stored value outlives what it borrows from"
            );
            let help = "an owned type, such as `String` or `Vec<User>`";
            errors.at(at, with_help(&what, &format!("{} {help}", self.imperative())));
        }
    }

    fn imperative(&self) -> &'static str {
        if self.verb == "returns" { "return" } else { "take" }
    }
}

/// Reports an argument that is only ever borrowed.
fn sized(subject: &str, ty: &Type, errors: &mut Errors) {
    let unsized_type = match ty {
        Type::Slice(_) | Type::TraitObject(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    };
    if unsized_type {
        let what = format!("`{subject}` is a borrowed part of a value, and a whole one is stored");
        let help = "take an owned type or a reference to one, such as `&String` or `&Vec<User>`";
        errors.over(ty, with_help(&what, help));
    }
}

fn returns_nothing(name: &Ident) -> String {
    with_help(
        &format!("`{name}` returns nothing, so there is nothing to cache"),
        "return the value that was loaded; on a function that writes use `#[invalidates(...)]`",
    )
}

/// Whether the type is `()`, also in a `Result` or an `Option`.
fn holds_nothing(ty: &Type) -> bool {
    match ty {
        Type::Tuple(tuple) => tuple.elems.is_empty(),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return false };
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
            let Some(GenericArgument::Type(inner)) = arguments.args.first() else { return false };
            (last.ident == "Result" || last.ident == "Option") && holds_nothing(inner)
        }
        _ => false,
    }
}

/// Whether the type is a bare type parameter, or one that a trait chooses: it may be a `Result`, which is not
/// known where the function is compiled.
pub(super) fn is_open(ty: &Type, parameters: Parameters<'_>) -> bool {
    let path = match ty {
        Type::Paren(paren) => return is_open(&paren.elem, parameters),
        Type::Group(group) => return is_open(&group.elem, parameters),
        Type::Path(path) => path,
        _ => return false,
    };
    if path.qself.is_some() {
        return true;
    }
    let segments = &path.path.segments;
    segments.first().is_some_and(|first| {
        parameters.has_type(&first.ident) || (segments.len() > 1 && first.ident == "Self")
    })
}

/// The message about an open type, which an `Err` could hide in and `end` so.
pub(super) fn open(subject: &str, verb: &str, ty: &Type, end: &str) -> String {
    let written = ty.to_token_stream().to_string().replace(' ', "");
    with_help(
        &format!(
            "`{subject}` {verb} `{written}`, which may turn out to be a `Result`: its errors would \
             {end}"
        ),
        &format!("write `Option<{written}>` or `Result<{written}, E>`"),
    )
}
