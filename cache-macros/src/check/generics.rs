//! The rule that every type and const parameter is accounted for: a type can change the result as
//! an argument can, and nothing that is rendered tells a `u8` from a `u64`.

use std::collections::BTreeSet;

use syn::visit::Visit;
use syn::{Expr, GenericParam, Generics, Type, TypeArray, TypeParamBound, WherePredicate};

use super::account::Account;
use super::method::Named;
use super::parameters::name;
use super::side::Side;
use crate::diag::{Errors, listed, with_help};
use crate::model::Subject;
use crate::parse::args::{Argument, plain};
use crate::parse::mentioned::Mentioned;
use crate::parse::signature::returned;
use crate::parse::template::Template;
use crate::parse::types;

/// Reports each parameter of the function that is forgotten, and each that is mentioned twice.
/// Those that a misspelt name `meant` were reported.
pub(super) fn check(account: &Account<'_>, meant: &[String], errors: &mut Errors) {
    let mut unsaid = Vec::new();
    for param in account.parameters.all() {
        let Some(ident) = name(param) else { continue };
        let name = plain(ident);
        let item = account.item(name.clone(), Subject::Argument(ident.clone()));
        item.contradictions(errors);
        if !item.is_in_key() && !item.is_skipped_whole() && account.parameters.owns(param) {
            unsaid.push((param, ident, name));
        }
    }
    if unsaid.is_empty() {
        return;
    }
    let exempt = exempt(account);
    for (param, ident, name) in unsaid {
        if !exempt.contains(&name) && !meant.contains(&name) {
            errors.at(ident.span(), forgotten(param, account));
        }
    }
}

/// The generic parameters that a key may leave out: types of handles, which occur in nothing that decides an
/// entry or its value. And those that a key shows without naming them.
fn exempt(account: &Account<'_>) -> BTreeSet<String> {
    let (mut handles, mut decisive) = (Mentioned::default(), Mentioned::default());
    for argument in &account.arguments.typed {
        let of = if decides(account, argument) { &mut decisive } else { &mut handles };
        of.visit_type(&argument.ty);
    }
    decisive.0.extend(in_value(account).0);
    with_bounds(&mut handles, account.parameters.own());
    let lengths = account.arguments.typed.iter().filter_map(|argument| length(account, argument));
    handles.0.difference(&decisive.0).cloned().chain(lengths).collect()
}

/// The `N` of a `[T; N]` that is in the key, item by item.
fn length(account: &Account<'_>, argument: &Argument) -> Option<String> {
    let Type::Array(TypeArray { len: Expr::Path(length), .. }) = argument.bare() else {
        return None;
    };
    let item = account.item(plain(argument.name()?), Subject::Argument(argument.name()?.clone()));
    length.path.get_ident().filter(|_| item.is_shown()).map(plain)
}

/// The names in the type of the returned value.
fn in_value(account: &Account<'_>) -> Mentioned {
    let returned = returned(&account.function.signature);
    returned.map(|returned| Mentioned::by_type(types::value(&returned))).unwrap_or_default()
}

/// Whether the argument decides the entry or its value: it is in the key, or is what the function writes.
fn decides(account: &Account<'_>, argument: &Argument) -> bool {
    argument.names.iter().map(plain).any(|name| {
        let in_key = account.key.iter().flat_map(|key| key.placeholders());
        account.is_written(&name) || in_key.into_iter().any(|placeholder| placeholder.is_of(&name))
    })
}

fn forgotten(param: &GenericParam, account: &Account<'_>) -> String {
    let name = name(param).map(plain).unwrap_or_default();
    let key = account.key.map(|key| key.literal.value()).unwrap_or_default();
    let key = if may_have_constants(param, account) {
        format!("write `key = \"{key}:{}\"`", placeholder(param))
    } else {
        let what = "a constant that tells such types apart, of a trait of yours,";
        format!("add {what} to the key as `{}`", placeholder(param))
    };
    if in_value(account).0.contains(&name) {
        return with_help(
            &format!(
                "`{name}` is not in the key: values of different `{name}` would push each other out \
                 of one entry"
            ),
            &format!("{key}, or `skip({name})` if that does no harm"),
        );
    }
    let otherwise = match account.side {
        Side::Writes(_) => "it does not decide which entry is written",
        Side::Reads { .. } | Side::Unknown => "it cannot change the result",
    };
    with_help(&not_in_the_key(&name), &format!("{key}, or `skip({name})` if {otherwise}"))
}

fn not_in_the_key(name: &str) -> String {
    format!("`{name}` is not in the key: calls that differ only in `{name}` would share one entry")
}

/// The placeholder by which a key tells the values of a generic parameter apart. Of a type it can be some
/// constant only.
fn placeholder(param: &GenericParam) -> String {
    let name = name(param).map(plain).unwrap_or_default();
    match param {
        GenericParam::Const(_) => format!("<{name}>"),
        _ => format!("<{name}::NAME>"),
    }
}

/// Whether a bound of the parameter may have a constant, as far as its name tells: common traits have none.
fn may_have_constants(param: &GenericParam, account: &Account<'_>) -> bool {
    const WITHOUT: [&str; 32] = [
        "Any",
        "AsRef",
        "Borrow",
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Deref",
        "Deserialize",
        "DeserializeOwned",
        "Display",
        "Eq",
        "Error",
        "Fn",
        "FnMut",
        "FnOnce",
        "From",
        "FromStr",
        "Future",
        "Hash",
        "Into",
        "IntoIterator",
        "Iterator",
        "KeyPart",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Send",
        "Serialize",
        "Sync",
        "ToString",
        "TryInto",
    ];
    let GenericParam::Type(param) = param else { return true };
    let generics = &account.function.signature.generics;
    let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let further = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(of) => match &of.bounded_ty {
            Type::Path(path) if path.path.is_ident(&param.ident) => Some(&of.bounds),
            _ => None,
        },
        _ => None,
    });
    let mut bounds = param.bounds.iter().chain(further.flatten());
    bounds.any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last();
            last.is_some_and(|last| !WITHOUT.iter().any(|name| last.ident == name))
        }
        _ => false,
    })
}

/// Reports each parameter of an `impl` or a trait that a key forgets. It is of the type of `self`,
/// and what `skip(self)` says is said of the value.
pub(super) fn of_block(generics: &Generics, methods: &[Named<'_>], errors: &mut Errors) {
    for param in &generics.params {
        let Some(ident) = name(param) else { continue };
        let name = plain(ident);
        let mut forget: Vec<String> = methods
            .iter()
            .filter(|method| {
                method.options.as_ref().is_some_and(|options| {
                    let key = options.key.value().filter(|key| key.sound);
                    let skipped = options.skip.items().iter().any(|skip| plain(&skip.root) == name);
                    !skipped && key.is_some_and(|key| !reads(key, &name))
                })
            })
            .map(|method| plain(method.name()))
            .collect();
        // of one name are the methods of several builds
        forget.dedup();
        if forget.is_empty() {
            continue;
        }
        let (methods, placeholder) = (listed(&forget), placeholder(param));
        let message = with_help(
            &not_in_the_key(&name),
            &format!(
                "write `{placeholder}` in the key of {methods}, or `#[cache_policy(skip({name}))]` if it \
                 cannot change a result"
            ),
        );
        errors.at(ident.span(), message);
    }
}

/// Whether the key has a constant of the parameter, or of the type that the block is about.
fn reads(key: &Template, name: &str) -> bool {
    key.placeholders()
        .any(|placeholder| placeholder.is_of(name) || placeholder.root.starts_with("Self::"))
}

/// Adds the names in the bounds of what is mentioned.
fn with_bounds(mentioned: &mut Mentioned, generics: &Generics) {
    let clauses = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let clauses: Vec<_> = clauses.collect();
    loop {
        let before = mentioned.clone();
        for param in generics.params.iter().filter(|param| before.has(param)) {
            mentioned.visit_generic_param(param);
        }
        for clause in &clauses {
            let WherePredicate::Type(of) = clause else { continue };
            if !Mentioned::by_type(&of.bounded_ty).0.is_disjoint(&mentioned.0) {
                mentioned.visit_where_predicate(clause);
            }
        }
        if *mentioned == before {
            return;
        }
    }
}
