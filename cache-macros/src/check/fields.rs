//! The rule for an argument of which some fields are named: the others have to be as well.

use syn::{Ident, Index, Member, Path, Type, TypePath};

use super::account::Account;
use super::item::Item;
use crate::diag::{Errors, listed, verb, with_help};
use crate::model::{Claim, Subject};
use crate::parse::skip::member;
use crate::parse::template::Template;
use crate::parse::types::{extracted, held, without_arguments};

/// Reports fields of an argument that are forgotten, and claims that there are no others where only the
/// compiler knows.
pub(super) fn check(account: &Account<'_>, item: &Item<'_>, errors: &mut Errors) -> Vec<Claim> {
    if item.skipped.iter().any(|skip| skip.rest && skip.fields.is_empty()) {
        return Vec::new();
    }
    let Some(key) = account.key else { return Vec::new() };
    if item.names_field_of_plain(key, errors) {
        return Vec::new();
    }
    let struct_of = item.ty.map(|ty| held(ty, 0));
    let extracted = struct_of.and_then(|(ty, _)| extracted(ty).map(|inner| (ty, inner)));
    if let Some((ty, inner)) = extracted {
        if item.names_field_of_extractor(ty, key, errors) {
            return Vec::new();
        }
        if item.names_fields_of_extracted() {
            return fields_of_extracted(account, item, ty, inner, key, errors);
        }
    }
    let Some(fields) = item.named_fields(key, None, errors) else { return Vec::new() };
    let subject = &item.subject;
    match struct_of {
        None if matches!(subject, Subject::Receiver(_)) => {
            let path = Ident::new("Self", subject.span()).into();
            vec![exhaustive(subject, None, 1, path, fields)]
        }
        Some((Type::Path(TypePath { qself: None, path, .. }), layers))
            if !path.get_ident().is_some_and(|name| account.parameters.has_type(name)) =>
        {
            vec![exhaustive(subject, None, layers, without_arguments(path), fields)]
        }
        Some((Type::Tuple(tuple), _)) => {
            tuple_fields(item, tuple.elems.len(), &fields, errors);
            Vec::new()
        }
        _ => {
            let name = &item.name;
            let what = format!(
                "`{name}` is in the key only in part, and its other fields cannot be seen here"
            );
            let help = format!("add `skip({name}.*)` if they cannot change the result");
            errors.at(subject.span(), with_help(&what, &help));
            Vec::new()
        }
    }
}

/// Claims about the fields of an extracted value: `query.0.page` of `query: Query<Filter>` is a field of
/// `Filter`.
fn fields_of_extracted(
    account: &Account<'_>,
    item: &Item<'_>,
    outer: &Type,
    inner: &Type,
    key: &Template,
    errors: &mut Errors,
) -> Vec<Claim> {
    let (inner, layers) = held(inner, 0);
    let (Type::Path(outer), Type::Path(TypePath { qself: None, path, .. })) = (outer, inner) else {
        item.named_fields(key, None, errors);
        return Vec::new();
    };
    if path.get_ident().is_some_and(|name| account.parameters.has_type(name)) {
        item.named_fields(key, None, errors);
        return Vec::new();
    }
    let Some(fields) = item.named_fields(key, Some("0"), errors) else { return Vec::new() };
    let at = item.subject.span();
    let zero = || Member::Unnamed(Index { index: 0, span: at });
    let outer_layers = item.ty.map_or(0, |ty| held(ty, 0).1);
    let outer = without_arguments(&outer.path);
    vec![
        exhaustive(&item.subject, None, outer_layers, outer, vec![zero()]),
        exhaustive(&item.subject, Some(zero()), layers, without_arguments(path), fields),
    ]
}

fn exhaustive(
    subject: &Subject,
    within: Option<Member>,
    layers: usize,
    path: Path,
    fields: Vec<Member>,
) -> Claim {
    Claim::Exhaustive { subject: subject.clone(), within, layers, path, fields }
}

fn tuple_fields(item: &Item<'_>, length: usize, fields: &[Member], errors: &mut Errors) {
    let Item { name, subject, .. } = item;
    let forgotten: Vec<String> = (0..length)
        .map(|at| at.to_string())
        .filter(|at| !fields.iter().any(|field| member(field) == *at))
        .map(|at| format!("{name}.{at}"))
        .collect();
    let [first, ..] = forgotten.as_slice() else { return };
    let verb = verb(forgotten.len(), "is", "are");
    let what = format!("{} {verb} neither in the key nor skipped", listed(&forgotten));
    let help =
        format!("add `<{first}>` to the key, or `skip({first})` if it cannot change the result");
    errors.at(subject.span(), with_help(&what, &help));
}
