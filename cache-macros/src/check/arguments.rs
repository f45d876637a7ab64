//! The rule that every argument is accounted for: in the key, skipped, unused and `_named`, or
//! `Ambient`.

use syn::{ReceiverKind, Type};

use super::account::Account;
use super::item::Item;
use super::side::Side;
use super::{fields, generics, used};
use crate::diag::{Errors, listed, nearest, with_help};
use crate::model::{Claim, Proof, Subject, Written};
use crate::parse::args::plain;
use crate::parse::types::{is_mutable, is_plain_value};

/// Reports arguments that are forgotten or mentioned twice, and returns the claims that the compiler has to
/// check.
pub(super) fn check(account: &Account<'_>, errors: &mut Errors) -> Vec<Proof> {
    let mut meant = unknown_names(account, errors);
    meant.extend(account.meant.iter().cloned());
    let mut proofs = Vec::new();
    for item in items(account) {
        let before = errors.count();
        item.contradictions(errors);
        if errors.count() > before || account.key.is_none() {
            continue;
        }
        let mut own = Errors::default();
        let condition = item.condition.clone();
        let claims = claims(account, &item, &meant, &mut own);
        if condition.is_none() {
            errors.append(own);
        } else {
            let never = own.into_iter().map(Claim::Never);
            proofs.extend(never.map(|claim| Proof { condition: condition.clone(), claim }));
        }
        let claims = claims.into_iter();
        proofs.extend(claims.map(|claim| Proof { condition: condition.clone(), claim }));
    }
    if account.key.is_some() {
        generics::check(account, &meant, errors);
    }
    proofs
}

fn items<'a>(account: &'a Account<'_>) -> Vec<Item<'a>> {
    let receiver = account.arguments.receiver.as_ref().map(|receiver| {
        let ty = match &receiver.kind {
            ReceiverKind::Typed(_, ty) => Some(&**ty),
            _ => None,
        };
        let mutable = matches!(&receiver.kind, ReceiverKind::Reference(_, _, Some(_)))
            || ty.is_some_and(is_mutable);
        let subject = Subject::Receiver(receiver.self_token);
        Item { ty, mutable, ..account.item("self".into(), subject) }
    });
    let typed = account.arguments.bindings().map(|(argument, name)| {
        let subject = Subject::Argument(name.clone());
        Item {
            wholes: argument.wholes(name).map(plain).collect(),
            ty: argument.name().map(|_| &argument.ty),
            mutable: is_mutable(&argument.ty),
            condition: argument.condition.clone(),
            ..account.item(plain(name), subject)
        }
    });
    receiver.into_iter().chain(typed).collect()
}

/// Reports names in `skip` that are no arguments, and returns those that were meant.
fn unknown_names(account: &Account<'_>, errors: &mut Errors) -> Vec<String> {
    let mut misspelt = Vec::new();
    let function = &account.function.signature.ident;
    let mut names = account.arguments.names();
    names.extend(account.arguments.receiver.as_ref().map(|_| "self".to_owned()));
    let parameters = account.parameters.names();
    for skip in account.skip {
        let root = plain(&skip.root);
        let whole = skip.fields.is_empty() && !skip.rest;
        if names.contains(&root) || (whole && parameters.contains(&root)) {
            continue;
        }
        let known = names.iter().chain(&parameters).map(String::as_str);
        let meant = nearest(&root, known).map(str::to_owned);
        let help = match &meant {
            Some(meant) => format!("write `skip({meant})`"),
            None if names.is_empty() => "leave it out".to_owned(),
            None => format!("`{function}` takes {}", listed(&names)),
        };
        misspelt.extend(meant);
        let what = format!("`{function}` has no argument `{root}`");
        errors.at(skip.span(), with_help(&what, &help));
    }
    misspelt
}

fn claims(
    account: &Account<'_>,
    item: &Item<'_>,
    meant: &[String],
    errors: &mut Errors,
) -> Vec<Claim> {
    let Item { name, subject, .. } = item;
    if item.is_skipped_whole() || is_unused(account, item) || is_in_a_whole(account, item) {
        return Vec::new();
    }
    if account.is_written(name) {
        if item.mutable {
            errors.at(subject.span(), written_and_mutable(name));
        }
        return Vec::new();
    }
    if item.mutable {
        errors.at(subject.span(), mutable(name));
        return Vec::new();
    }
    if item.is_in_key_whole() {
        return Vec::new();
    }
    if !item.in_key.is_empty() || !item.skipped.is_empty() {
        return fields::check(account, item, errors);
    }
    if meant.contains(name) || matches!(account.side, Side::Unknown) {
        return Vec::new();
    }
    if item.ty.is_some_and(is_plain_value) {
        errors.at(subject.span(), forgotten(account, name));
        return Vec::new();
    }
    let borrowed = match item.ty {
        Some(ty) => matches!(ty, Type::Reference(_)),
        None => matches!(subject, Subject::Receiver(_)),
    };
    let or_written = matches!(account.side, Side::Reads { through: true });
    vec![Claim::Ambient { subject: subject.clone(), borrowed, or_written }]
}

/// Whether an argument is named `_so`, as unused, and is not used.
fn is_unused(account: &Account<'_>, item: &Item<'_>) -> bool {
    let (name, span) = (&item.name, item.subject.span());
    name.starts_with('_') && !used::uses(account.code, account.function, name, span)
}

/// Whether an argument is a part, such as `a` of `all @ (a, b)`, of a whole that is accounted for.
fn is_in_a_whole(account: &Account<'_>, item: &Item<'_>) -> bool {
    item.wholes.iter().any(|whole| {
        let whole = account.item(whole.clone(), item.subject.clone());
        whole.is_skipped_whole() || whole.is_in_key_whole()
    })
}

fn forgotten(account: &Account<'_>, name: &str) -> String {
    let key = account.key.map(|key| key.literal.value()).unwrap_or_default();
    let function = &account.function.signature.ident;
    let share = format!("calls that differ only in `{name}` would share one entry");
    let (what, otherwise) = match account.side {
        Side::Writes(Written::Argument(_)) => (
            format!("`{name}` is neither in the key nor what `{function}` writes: {share}"),
            format!("`skip({name})` if it does not decide which entry is written"),
        ),
        Side::Writes(Written::Returned) => (
            format!("`{name}` is not in the key: {share}"),
            format!("`skip({name})` if it does not decide which entry is written"),
        ),
        Side::Reads { through: true } => (
            format!("`{name}` is not in the key: {share}"),
            format!(
                "`skip({name})` if it cannot change the result, or `value = return` if \
                 `{function}` writes what it returns"
            ),
        ),
        Side::Reads { through: false } | Side::Unknown => (
            format!("`{name}` is not in the key: {share}"),
            format!("`skip({name})` if it cannot change the result"),
        ),
    };
    with_help(&what, &format!("write `key = \"{key}:<{name}>\"`, or {otherwise}"))
}

fn mutable(name: &str) -> String {
    with_help(
        &format!(
            "`{name}` is `&mut`: a hit would leave it as it is, without what the function does to \
             it"
        ),
        &format!(
            "write `skip({name})` if nobody relies on that; do not cache what is read in a \
             transaction"
        ),
    )
}

fn written_and_mutable(name: &str) -> String {
    with_help(
        &format!(
            "`{name}` is `&mut`: its value is taken for the cache before the function changes it"
        ),
        "take it as a shared reference, or store what is returned, with `value = return`",
    )
}
