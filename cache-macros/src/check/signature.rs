//! The rules for the function itself: how it is called and what it returns.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    Attribute, GenericArgument, Ident, Lifetime, PathArguments, ReceiverKind, ReturnType,
    Signature, Type, TypeImplTrait, TypeParamBound, TypeReference,
};

use super::parameters::Parameters;
use super::through::Side;
use crate::diag::{Errors, with_help};
use crate::model::{Form, Owner, Written};
use crate::parse::args::plain;
use crate::parse::function::Function;

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

/// The same for a function that has no entry of its own.
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

/// Whether the function says `Self` without taking it. In a body with types of its own it may be one of these.
pub(crate) fn is_associated(function: &Function) -> bool {
    let Function { signature, body, .. } = function;
    let says = |word: &str| mentions(body.stream(), word);
    let of_its_own = || ["impl", "trait", "struct", "enum", "union"].into_iter().any(says);
    signature.receiver().is_none()
        && (mentions(signature.to_token_stream(), "Self") || (says("Self") && !of_its_own()))
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// Whether this is `#[cached(...)]`, however it is named.
pub(crate) fn is_cached(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "cached")
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

/// The form, and the type that is awaited; `None` inside if the function names no return type.
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

/// The `T` of `impl Future<Output = T>`.
fn future_output(future: &TypeImplTrait) -> Option<Type> {
    future.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => {
                Some(output.ty.clone())
            }
            _ => None,
        })
    })
}

/// What a call of the function gives once it is awaited, as written.
pub(super) fn returned(signature: &Signature) -> Option<Type> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    match &**ty {
        Type::ImplTrait(future) if signature.asyncness.is_none() => future_output(future),
        ty => Some(ty.clone()),
    }
}

/// The same, if a store could keep it.
pub(crate) fn awaited(signature: &Signature) -> Option<Type> {
    let ty = returned(signature)?;
    (!matches!(ty, Type::ImplTrait(_)) && Borrow::find(&ty).is_none()).then_some(ty)
}

/// Whether the function returns `Pin<Box<dyn Future>>`, as those under `#[async_trait]` do.
pub(crate) fn is_boxed_future(signature: &Signature) -> bool {
    let ReturnType::Type(_, ty) = &signature.output else { return false };
    let Type::Path(path) = &**ty else { return false };
    let last = path.path.segments.last();
    signature.asyncness.is_none()
        && last.is_some_and(|last| {
            last.ident == "Pin" || last.ident.to_string().ends_with("BoxFuture")
        })
}

/// What is stored: what the function returns, or an argument that it writes.
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
        if let Some(borrow) = Borrow::find(ty) {
            let what = format!(
                "`{subject}` {verb} a borrow: a stored value outlives what it borrows from"
            );
            let help = "an owned type, such as `String` or `Vec<User>`";
            errors.at(borrow, with_help(&what, &format!("{} {help}", self.imperative())));
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

/// `()`, also in a `Result` or an `Option`.
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

/// A bare type parameter, or a type that a trait chooses: whether it is a `Result` is not known
/// where the function is compiled.
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

/// What is wrong with an open type, which an `Err` could hide in and `end` so.
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

/// The first borrow in a type that is not `'static`.
#[derive(Default)]
struct Borrow(Option<Span>);

impl Borrow {
    fn find(ty: &Type) -> Option<Span> {
        let mut found = Self::default();
        found.visit_type(ty);
        found.0
    }
}

impl<'ast> Visit<'ast> for Borrow {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.is_none() {
            self.0.get_or_insert(reference.and_token.span);
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.0.get_or_insert(lifetime.span());
        }
    }

    // the lifetimes of a function pointer or a trait object are its own
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(
        &mut self,
        _: &'ast syn::ParenthesizedGenericArguments,
    ) {
    }
}
