//! The rule that every argument is accounted for: in the key, skipped, unused and `_named`, or
//! `Ambient`.

use syn::spanned::Spanned;
use syn::{Ident, Index, Member, Path, ReceiverKind, Type, TypePath};

use super::item::Item;
use super::parameters::{self, Parameters};
use super::through::Side;
use super::types::{extracted, held, is_mutable, is_plain_value, without_arguments};
use super::used;
use crate::diag::{Errors, listed, nearest, verb, with_help};
use crate::model::{Claim, Proof, Subject, Written};
use crate::parse::args::{Arguments, plain};
use crate::parse::attr::Options;
use crate::parse::function::Function;
use crate::parse::template::Template;
use crate::parse::value::member;

/// Everything that says something about arguments.
pub(crate) struct Account<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) function: &'a Function,
    pub(crate) options: &'a Options,
    pub(crate) parameters: Parameters<'a>,
    /// `None` if the key is missing or could not be read.
    pub(crate) key: Option<&'a Template>,
    /// Arguments that a misspelt placeholder was meant to name: already reported.
    pub(crate) meant: &'a [String],
    pub(super) side: &'a Side,
}

impl Account<'_> {
    /// Reports what is forgotten or said twice, and returns what the compiler has to check.
    pub(crate) fn check(&self, errors: &mut Errors) -> Vec<Proof> {
        let mut meant = self.unknown_names(errors);
        meant.extend(self.meant.iter().cloned());
        let mut proofs = Vec::new();
        for item in self.items() {
            let before = errors.count();
            item.contradictions(errors);
            if errors.count() > before || self.key.is_none() {
                continue;
            }
            let mut own = Errors::default();
            let condition = item.condition.clone();
            let claims = self.account(&item, &meant, &mut own);
            if condition.is_none() {
                errors.append(own);
            } else {
                let never = own.into_iter().map(Claim::Never);
                proofs.extend(never.map(|claim| Proof { condition: condition.clone(), claim }));
            }
            let claims = claims.into_iter();
            proofs.extend(claims.map(|claim| Proof { condition: condition.clone(), claim }));
        }
        if self.key.is_some() {
            parameters::account(self, &meant, errors);
        }
        proofs
    }

    fn items(&self) -> Vec<Item<'_>> {
        let receiver = self.arguments.receiver.as_ref().map(|receiver| {
            let ty = match &receiver.kind {
                ReceiverKind::Typed(_, ty) => Some(&**ty),
                _ => None,
            };
            let mutable = matches!(&receiver.kind, ReceiverKind::Reference(_, _, Some(_)))
                || ty.is_some_and(is_mutable);
            let subject = Subject::Receiver(receiver.self_token);
            Item { ty, mutable, ..self.item("self".into(), subject) }
        });
        let typed = self.arguments.bindings().map(|(argument, name)| {
            let subject = Subject::Argument(name.clone());
            Item {
                wholes: argument.wholes(name).map(plain).collect(),
                ty: argument.name().map(|_| &argument.ty),
                mutable: is_mutable(&argument.ty),
                condition: argument.condition.clone(),
                ..self.item(plain(name), subject)
            }
        });
        receiver.into_iter().chain(typed).collect()
    }

    /// What is said about the argument, or the parameter, of that name.
    pub(super) fn item(&self, name: String, subject: Subject) -> Item<'_> {
        let in_key = self.key.iter().flat_map(|key| key.placeholders());
        let in_key = in_key.filter(|placeholder| placeholder.is_of(&name)).collect();
        let skipped = self.options.skip.iter().filter(|skip| plain(&skip.root) == name).collect();
        Item {
            name,
            subject,
            wholes: Vec::new(),
            ty: None,
            mutable: false,
            condition: None,
            in_key,
            skipped,
        }
    }

    /// Reports names in `skip` that are no arguments, and returns those that were meant.
    fn unknown_names(&self, errors: &mut Errors) -> Vec<String> {
        let mut misspelt = Vec::new();
        let function = &self.function.signature.ident;
        let mut names = self.arguments.names();
        names.extend(self.arguments.receiver.as_ref().map(|_| "self".to_owned()));
        let parameters = self.parameters.names();
        for skip in &self.options.skip {
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

    fn account(&self, item: &Item<'_>, meant: &[String], errors: &mut Errors) -> Vec<Claim> {
        let Item { name, subject, .. } = item;
        if item.is_skipped_whole() || self.is_unused(item) || self.is_in_a_whole(item) {
            return Vec::new();
        }
        if self.is_written(name) {
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
            return self.fields(item, errors);
        }
        if meant.contains(name) || matches!(self.side, Side::Unknown) {
            return Vec::new();
        }
        if item.ty.is_some_and(is_plain_value) {
            errors.at(subject.span(), self.forgotten(name));
            return Vec::new();
        }
        let borrowed = match item.ty {
            Some(ty) => matches!(ty, Type::Reference(_)),
            None => matches!(subject, Subject::Receiver(_)),
        };
        let or_written = matches!(self.side, Side::Reads { through: true });
        vec![Claim::Ambient { subject: subject.clone(), borrowed, or_written }]
    }

    /// Whether the name says that it is not used, and it is not.
    fn is_unused(&self, item: &Item<'_>) -> bool {
        let (name, span) = (&item.name, item.subject.span());
        name.starts_with('_') && !used::uses(self.options, self.function, name, span)
    }

    /// Whether this is `a` of `all @ (a, b)`, and `all` is accounted for.
    fn is_in_a_whole(&self, item: &Item<'_>) -> bool {
        item.wholes.iter().any(|whole| {
            let whole = self.item(whole.clone(), item.subject.clone());
            whole.is_skipped_whole() || whole.is_in_key_whole()
        })
    }

    pub(super) fn is_written(&self, name: &str) -> bool {
        matches!(self.side, Side::Writes(Written::Argument(argument))
            if argument.name().is_some_and(|value| plain(value) == name))
    }

    fn forgotten(&self, name: &str) -> String {
        let key = self.key.map(|key| key.literal.value()).unwrap_or_default();
        let function = &self.function.signature.ident;
        let share = format!("calls that differ only in `{name}` would share one entry");
        let (what, otherwise) = match self.side {
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

    /// Some fields are named, so the others have to be as well.
    fn fields(&self, item: &Item<'_>, errors: &mut Errors) -> Vec<Claim> {
        if item.skipped.iter().any(|skip| skip.rest && skip.fields.is_empty()) {
            return Vec::new();
        }
        let Some(key) = self.key else { return Vec::new() };
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
                return self.fields_of_extracted(item, ty, inner, key, errors);
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
                if !path.get_ident().is_some_and(|name| self.parameters.has_type(name)) =>
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

    /// The same of `query: Query<Filter>` whose `query.0.page` is named: that is a field of `Filter`.
    fn fields_of_extracted(
        &self,
        item: &Item<'_>,
        outer: &Type,
        inner: &Type,
        key: &Template,
        errors: &mut Errors,
    ) -> Vec<Claim> {
        let (inner, layers) = held(inner, 0);
        let (Type::Path(outer), Type::Path(TypePath { qself: None, path, .. })) = (outer, inner)
        else {
            item.named_fields(key, None, errors);
            return Vec::new();
        };
        if path.get_ident().is_some_and(|name| self.parameters.has_type(name)) {
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

impl Subject {
    pub(crate) fn span(&self) -> proc_macro2::Span {
        match self {
            Self::Argument(name) => name.span(),
            Self::Receiver(token) => token.span(),
        }
    }
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
