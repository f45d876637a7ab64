//! The rule for loads in the background: whatever one uses it can own, because it goes on when the call has ended.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Generics, Ident, PathArguments, Receiver, ReceiverKind, Token, Type,
    TypeParamBound, TypeReference, WherePredicate,
};

use super::used;
use crate::diag::{Errors, with_help};
use crate::model::background::{Background, How, Owned, OwnedReceiver, Used};
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::function::Function;
use crate::parse::mentioned::Mentioned;
use crate::parse::options::Options;
use crate::parse::receiver;
use crate::parse::reference::written;
use crate::parse::signature::borrow;
use crate::parse::types::is_plain_value;
use crate::parse::value::Ttl;

/// What the load of a function owns; reports what cannot be owned.
pub(super) fn check(
    options: &Options,
    function: &Function,
    generics: &[&Generics],
    errors: &mut Errors,
) -> Background {
    owned(&Code::of(options, function), function, generics, &[], errors)
}

/// What the load of a batch owns; `by` names the entries of its values, and the list has these names.
pub(super) fn of_batch(
    options: &Options,
    by: TokenStream,
    function: &Function,
    generics: &[&Generics],
    list: &[Ident],
    errors: &mut Errors,
) -> Background {
    let code = Code { by, ..Code::of(options, function) };
    owned(&code, function, generics, list, errors)
}

fn owned(
    code: &Code,
    function: &Function,
    generics: &[&Generics],
    list: &[Ident],
    errors: &mut Errors,
) -> Background {
    let arguments = Arguments::of(&function.signature);
    let mut owned = Vec::new();
    for (place, argument) in arguments.typed.iter().enumerate() {
        let names = argument.names.iter().map(|name| (plain(name), name.span()));
        let used = code.uses(&names.collect::<Vec<_>>());
        if !used.anywhere() || (!list.is_empty() && argument.names == list) {
            continue;
        }
        let may_borrow =
            parameter(&argument.ty, generics).map(|written| Why::MayBorrow { written });
        match may_borrow.map_or_else(|| how(&argument.ty), Err) {
            Ok(how) => owned.push(Owned { place, argument: argument.clone(), how, used }),
            Err(why) => why.report(argument, errors),
        }
    }
    let receiver = arguments.receiver.as_ref().and_then(|receiver| code.receiver(receiver, errors));
    Background { arguments: owned, receiver }
}

/// The code that a load runs.
struct Code {
    body: TokenStream,
    ttl: TokenStream,
    store_if: TokenStream,
    by: TokenStream,
}

impl Code {
    fn of(options: &Options, function: &Function) -> Self {
        let ttl = match options.ttl.value() {
            Some(Ttl::Closure(closure)) => closure.to_token_stream(),
            _ => TokenStream::new(),
        };
        let store_if = options.settings.store_if.value().to_token_stream();
        Self { body: function.body.stream(), ttl, store_if, by: TokenStream::new() }
    }

    /// Where any of these names is used, each declared at its span.
    fn uses(&self, names: &[(String, Span)]) -> Used {
        let uses = |code: &TokenStream| {
            names.iter().any(|(name, declared)| used::reads(code.clone(), name, *declared))
        };
        Used {
            body: uses(&self.body),
            ttl: uses(&self.ttl),
            store_if: uses(&self.store_if),
            by: uses(&self.by),
        }
    }

    fn receiver(&self, receiver: &Receiver, errors: &mut Errors) -> Option<OwnedReceiver> {
        let token = receiver.self_token;
        let used = Used {
            body: receiver::is_used(&self.body),
            ttl: receiver::is_used(&self.ttl),
            store_if: receiver::is_used(&self.store_if),
            by: receiver::is_used(&self.by),
        };
        if let Some(at) = used::captured(receiver::without_items(self.body.clone()), "self") {
            let message = with_help(
                "`{self}` in a text is not found: a load in the background has a copy of `self` under another name",
                "pass it as an argument, as in `\"{}\", self`",
            );
            errors.at(at, message);
        }
        if !used.anywhere() {
            return None;
        }
        let how = match &receiver.kind {
            ReceiverKind::Reference(_, _, Some(_)) => Err(Why::Mutable),
            ReceiverKind::Reference(..) => Ok(How::Copied),
            ReceiverKind::Typed(_, ty) => how(ty),
            // which is reported by itself
            _ => return None,
        };
        match how {
            Ok(how) => Some(OwnedReceiver { token, how, used }),
            Err(why) => {
                let help = "take `&self` of a type that is `Clone`, or `self: Arc<Self>`";
                errors.at(token.span, with_help(&why.of("self"), help));
                None
            }
        }
    }
}

/// Why an argument cannot be owned.
enum Why {
    Mutable,
    Object {
        written: String,
    },
    Borrows {
        at: Span,
        written: String,
    },
    /// A type parameter.
    MayBorrow {
        written: String,
    },
}

/// How a load comes to own an argument of that type.
fn how(ty: &Type) -> Result<How, Why> {
    match ty {
        Type::Paren(paren) => return how(&paren.elem),
        Type::Group(group) => return how(&group.elem),
        Type::Reference(reference) if !is_static(reference) => {
            return copied(reference, How::Copied);
        }
        _ => {}
    }
    if let Some(reference) = in_option(ty) {
        return copied(reference, How::CopiedOption);
    }
    if let Some(at) = borrow(ty) {
        return Err(Why::Borrows { at, written: written(ty) });
    }
    // of which a plain value can be a part
    let counted = Mentioned::by_type(ty).0.contains("Rc");
    Ok(How::Moved { known: is_plain_value(ty) && !counted })
}

fn copied(reference: &TypeReference, how: How) -> Result<How, Why> {
    if reference.mutability.is_some() {
        return Err(Why::Mutable);
    }
    match (&*reference.elem, borrow(&reference.elem)) {
        (Type::TraitObject(object), _) => Err(Why::Object { written: written(object) }),
        (ty, Some(at)) => Err(Why::Borrows { at, written: written(ty) }),
        (_, None) => Ok(how),
    }
}

/// The first type parameter in a type that is not said to be `'static`: an argument of its own, or one by name.
fn parameter(ty: &Type, generics: &[&Generics]) -> Option<String> {
    let mentioned = Mentioned::by_type(ty);
    let for_ever = |bounds: &Punctuated<TypeParamBound, Token![+]>| {
        bounds.iter().any(|bound| {
            matches!(bound, TypeParamBound::Lifetime(lifetime) if lifetime.ident == "static")
        })
    };
    let demanded = |name: &Ident| {
        let clauses = generics.iter().flat_map(|generics| &generics.where_clause);
        clauses.flat_map(|clause| &clause.predicates).any(|predicate| match predicate {
            WherePredicate::Type(of) => {
                matches!(&of.bounded_ty, Type::Path(path) if path.path.is_ident(name))
                    && for_ever(&of.bounds)
            }
            _ => false,
        })
    };
    let params = generics.iter().flat_map(|generics| generics.type_params());
    let mut open = params.filter(|param| {
        mentioned.0.contains(&plain(&param.ident))
            && !for_ever(&param.bounds)
            && !demanded(&param.ident)
    });
    let named = open.next().map(|param| plain(&param.ident));
    named.or_else(|| match ty {
        Type::Reference(reference) => parameter(&reference.elem, generics),
        Type::Paren(paren) => parameter(&paren.elem, generics),
        Type::ImplTrait(of) if !for_ever(&of.bounds) && borrow(ty).is_none() => {
            let first = of.bounds.iter().find_map(|bound| match bound {
                TypeParamBound::Trait(bound) => bound.path.segments.last(),
                _ => None,
            });
            first.map(|first| format!("impl {}", first.ident))
        }
        _ => None,
    })
}

fn is_static(reference: &TypeReference) -> bool {
    let for_ever = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    for_ever && reference.mutability.is_none()
}

/// The reference in an `Option<&T>`.
fn in_option(ty: &Type) -> Option<&TypeReference> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(Type::Reference(reference))) if !is_static(reference) => {
            Some(reference)
        }
        _ => None,
    }
}

impl Why {
    /// What is wrong with the argument of that name.
    fn of(&self, name: &str) -> String {
        let what = match self {
            Self::Mutable => "is `&mut`".to_owned(),
            Self::Object { written } => format!("borrows a `{written}`, of which there is no copy"),
            Self::Borrows { written, .. } => format!("has a borrow in its `{written}`"),
            Self::MayBorrow { written } => format!("may have a borrow in its `{written}`"),
        };
        format!(
            "`{name}` {what}: a load in the background goes on when the call has ended, and owns what it uses"
        )
    }

    fn report(&self, argument: &Argument, errors: &mut Errors) {
        let name = argument.name().map_or_else(|| written(&argument.pattern), plain);
        let help = match self {
            Self::Mutable => format!("take what `{name}` comes from, such as a pool"),
            Self::Object { written } => format!("take an `Arc<{written}>`"),
            Self::Borrows { .. } => "take an owned type, such as `String`".to_owned(),
            Self::MayBorrow { written } => {
                format!("add `'static` to what is demanded of `{written}`")
            }
        };
        let help = format!("{help}; `skip({name})` does not change that");
        let message = with_help(&self.of(&name), &help);
        match self {
            Self::Borrows { at, .. } => errors.at(*at, message),
            Self::Mutable | Self::Object { .. } | Self::MayBorrow { .. } => {
                errors.over(&argument.pattern, message);
            }
        }
    }
}
