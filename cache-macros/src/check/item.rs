//! One argument, or `self`, and all that a policy says about it.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Member, Type};

use crate::diag::{Errors, in_literal, listed, with_help};
use crate::model::Subject;
use crate::parse::condition::Condition;
use crate::parse::name::field;
use crate::parse::placeholder::Placeholder;
use crate::parse::reference::written;
use crate::parse::skip::{Skip, member};
use crate::parse::template::Template;
use crate::parse::types::{held, without_fields};

/// One argument, or `self`, with the placeholders and skips that name it.
pub(super) struct Item<'a> {
    pub(super) name: String,
    pub(super) subject: Subject,
    /// The names of the patterns around the argument, as `all` is around `a` in `all @ (a, b)`.
    pub(super) wholes: Vec<String>,
    /// `None` where it is not written: for a part of a pattern, and for `&self`.
    pub(super) ty: Option<&'a Type>,
    pub(super) mutable: bool,
    /// The builds in which it exists, if not all.
    pub(super) condition: Option<Condition>,
    pub(super) in_key: Vec<&'a Placeholder>,
    pub(super) skipped: Vec<&'a Skip>,
}

impl Item<'_> {
    /// Whether the key has the argument, or a part of it.
    pub(super) fn is_in_key(&self) -> bool {
        !self.in_key.is_empty()
    }

    /// Whether the key has the argument as it is, and not a field or the result of a method.
    pub(super) fn is_shown(&self) -> bool {
        self.in_key.iter().any(|at| at.fields.is_empty() && at.method.is_none())
    }

    pub(super) fn is_in_key_whole(&self) -> bool {
        self.in_key.iter().any(|placeholder| placeholder.fields.is_empty())
    }

    pub(super) fn is_skipped_whole(&self) -> bool {
        self.skipped.iter().any(|skip| skip.fields.is_empty() && !skip.rest)
    }

    /// Reports an argument that is skipped and in the key, or skipped twice, or skipped without effect.
    pub(super) fn contradictions(&self, errors: &mut Errors) {
        let Self { name, .. } = self;
        for (at, skip) in self.skipped.iter().enumerate() {
            let written = skip.path();
            if self.skipped[..at].iter().any(|before| before.path() == written) {
                let what = format!("`{written}` is skipped twice");
                errors.at(skip.span(), with_help(&what, "leave one out"));
            } else if let Some(placeholder) = self.in_key_too(skip) {
                errors.at(skip.span(), both(name, skip, placeholder));
            } else if skip.rest && skip.fields.is_empty() && self.nothing_named() {
                let what = format!(
                    "`skip({written})` skips the fields that the key leaves out, and the key names \
                     none"
                );
                errors.at(skip.span(), with_help(&what, &format!("write `skip({name})`")));
            } else if let Some(other) = self.skipped.iter().find(|other| other.covers(skip)) {
                let what = format!("`skip({})` skips `{written}` as well", other.path());
                errors.at(skip.span(), with_help(&what, &format!("leave `{written}` out")));
            }
        }
    }

    fn nothing_named(&self) -> bool {
        self.in_key.is_empty() && self.skipped.iter().all(|skip| skip.fields.is_empty())
    }

    /// The placeholder that puts into the key what `skip` leaves out.
    fn in_key_too(&self, skip: &Skip) -> Option<&Placeholder> {
        let skipped: Vec<String> = skip.fields.iter().map(member).collect();
        self.in_key.iter().copied().find(|placeholder| {
            if skip.rest {
                skipped.starts_with(&placeholder.fields)
            } else {
                placeholder.fields.starts_with(&skipped) || skipped.starts_with(&placeholder.fields)
            }
        })
    }

    /// Reports `<query.page>` of a `Query<Filter>`, which has one field.
    pub(super) fn names_field_of_extractor(
        &self,
        ty: &Type,
        key: &Template,
        errors: &mut Errors,
    ) -> bool {
        let Self { name, .. } = self;
        let is_named = |field: &String| field.parse::<u32>().is_err();
        let within = |path: &str| {
            let rest = path.strip_prefix(name.as_str()).unwrap_or_default();
            format!("{name}.0{rest}")
        };
        let what = format!("`{name}` is a `{}`, whose value is `{name}.0`", written(ty));
        let in_key = self.in_key.iter().filter(|at| at.fields.first().is_some_and(is_named));
        let in_key: Vec<&&Placeholder> = in_key.collect();
        if let [first, ..] = in_key.as_slice() {
            let paths = in_key.iter().map(|at| format!("<{}>", within(&at.path())));
            let help = format!("write {}", listed(paths));
            let (literal, at) = key.place(&first.at);
            errors.push(in_literal(literal, at, &what, &help));
            return true;
        }
        let of_field =
            |skip: &&&Skip| skip.fields.first().is_some_and(|field| is_named(&member(field)));
        let Some(skip) = self.skipped.iter().find(of_field) else { return false };
        let help = format!("write `skip({})`", within(&skip.path()));
        errors.at(skip.span(), with_help(&what, &help));
        true
    }

    /// Whether all that is named of a `Query<Filter>` are fields of its value.
    pub(super) fn names_fields_of_extracted(&self) -> bool {
        let in_value = |fields: &[String]| fields.len() > 1 && fields[0] == "0";
        let of_skip = |skip: &&Skip| -> Vec<String> { skip.fields.iter().map(member).collect() };
        self.in_key.iter().all(|at| in_value(&at.fields))
            && self.skipped.iter().all(|skip| in_value(&of_skip(skip)))
    }

    /// Reports a placeholder that names a field of a number or of text.
    pub(super) fn names_field_of_plain(&self, key: &Template, errors: &mut Errors) -> bool {
        let Some(ty) = self.ty.and_then(|ty| without_fields(held(ty, 0).0)) else { return false };
        let Some(at) = self.in_key.iter().find(|at| !at.fields.is_empty()) else { return false };
        let (literal, place) = key.place(&at.at);
        let what = format!("`{}` is a `{ty}`, which has no fields", self.name);
        errors.push(in_literal(literal, place, &what, &format!("write `<{}>`", self.name)));
        true
    }

    /// The fields that the key or `skip` names, each accounted for as a whole: of all of it, or of what is `within` it.
    pub(super) fn named_fields(
        &self,
        key: &Template,
        within: Option<&str>,
        errors: &mut Errors,
    ) -> Option<Vec<Member>> {
        let Self { subject, .. } = self;
        let name =
            within.map_or_else(|| self.name.clone(), |field| format!("{}.{field}", self.name));
        let mut fields: Vec<Member> = Vec::new();
        let rests: Vec<String> =
            self.skipped.iter().filter(|skip| skip.rest).map(|skip| skip.path()).collect();
        let in_key = self.in_key.iter().map(|placeholder| {
            // rustc would offer to write the nearest field's name for all of the literal
            let literal = key.place(&placeholder.at).0;
            (placeholder.fields.clone(), literal.span().resolved_at(Span::mixed_site()))
        });
        let skipped = self.skipped.iter().filter(|skip| !skip.rest).map(|skip| {
            let at = skip.fields.first().map_or_else(|| skip.span(), Spanned::span);
            (skip.fields.iter().map(member).collect::<Vec<_>>(), at)
        });
        for (path, at) in in_key.chain(skipped) {
            let path = &path[usize::from(within.is_some())..];
            let [first, deeper @ ..] = path else { continue };
            if !deeper.is_empty() && !rests.contains(&format!("{name}.{first}.*")) {
                let what = format!("only a part of `{name}.{first}` is in the key");
                let help = format!(
                    "add `skip({name}.{first}.*)` if the rest of it cannot change the result, or \
                     write `<{name}.{first}>`"
                );
                errors.at(subject.span(), with_help(&what, &help));
                return None;
            }
            let named = field(first, at);
            if !fields.iter().any(|known| member(known) == *first) {
                fields.push(named);
            }
        }
        Some(fields)
    }
}

impl Skip {
    /// Whether the skip leaves out all that `other` does, and more.
    fn covers(&self, other: &Self) -> bool {
        let (ours, theirs): (Vec<String>, Vec<String>) =
            (self.fields.iter().map(member).collect(), other.fields.iter().map(member).collect());
        theirs.starts_with(&ours) && theirs.len() > ours.len()
    }
}

fn both(name: &str, skip: &Skip, placeholder: &Placeholder) -> String {
    let (skipped, in_key) = (skip.path(), placeholder.path());
    if skipped == in_key || placeholder.root != name {
        let help = format!("write either `<{in_key}>` or `skip({skipped})`");
        return with_help(&format!("`{skipped}` is both in the key and skipped"), &help);
    }
    if skip.fields.is_empty() && !placeholder.fields.is_empty() {
        let what = format!("`{skipped}` is skipped, but `<{in_key}>` is in the key");
        return with_help(&what, &format!("write `skip({name}.*)` to skip its other fields"));
    }
    with_help(
        &format!("`skip({skipped})` has no effect: `<{in_key}>` puts it into the key"),
        &format!("leave `skip({skipped})` out, or name the fields, as in `<{name}.id>`"),
    )
}
