//! The options of `#[cache_policy(...)]`, which its methods share.

use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Generics, Ident, LitStr, Path, QSelf, Signature, Token, Type, TypePath};

use super::parameters::Parameters;
use super::{freshness, storage, used};
use crate::diag::{Errors, in_literal, nearest, with_help};
use crate::model::Cached;
use crate::parse::args::{Arguments, plain};
use crate::parse::cache_policy::{Block, Method};
use crate::parse::given::Given;
use crate::parse::mentioned::Mentioned;
use crate::parse::name::is_constant;
use crate::parse::option::{Concern, Shared};
use crate::parse::options::{Options, Row};
use crate::parse::placeholder::Placeholder;
use crate::parse::skip::{Skip, member};
use crate::parse::table;
use crate::parse::template::Template;

/// Reports shared options that no method can use.
pub(super) fn check(shared: &mut Options, block: &Block, methods: &[&Method], errors: &mut Errors) {
    storage::check(shared, errors);
    freshness::together(shared, errors);
    if methods.is_empty() {
        // of a block without any that was reported
        return;
    }
    let cached = methods.iter().filter(|method| method.cached.is_some());
    let names: Vec<String> =
        cached.flat_map(|method| names(block, &method.function.signature)).collect();
    unknown_in_key(shared, &names, errors);
    shared.skip.items_mut().retain_mut(|skip| {
        let root = plain(&skip.root);
        let known = names.contains(&root);
        let meant = if known { None } else { meant(skip, &names, methods) };
        if !known {
            let what = format!("no cached method here has an argument `{root}`");
            let help = match &meant {
                Some((_, written)) => format!("write `{written}`"),
                None => "leave it out".to_owned(),
            };
            errors.at(skip.span(), with_help(&what, &help));
        }
        // what is meant is not missing as well
        let kept = known || meant.is_some();
        if let Some((meant, _)) = meant {
            *skip = meant;
        }
        kept
    });
}

/// The skip that stands in for one of no argument, and how what is meant is written: a field of `self` that a method uses,
/// or a name like it.
fn meant(skip: &Skip, names: &[String], methods: &[&Method]) -> Option<(Skip, String)> {
    let root = plain(&skip.root);
    let bodies = methods.iter().map(|method| &method.function.body);
    if bodies.into_iter().any(|body| used::reads_field(body.stream(), &root)) {
        let all = Skip { root: Ident::new("self", skip.span()), fields: Vec::new(), rest: true };
        return Some((all, format!("self.{}", skip.path())));
    }
    let meant = nearest(&root, names.iter().map(String::as_str))?;
    let root = Ident::new(meant, skip.span());
    Some((Skip { root, ..skip.clone() }, meant.to_owned()))
}

/// Reports placeholders in the shared part of the key that name no argument of any cached method.
fn unknown_in_key(shared: &mut Options, names: &[String], errors: &mut Errors) {
    let Some(key) = shared.key.value() else { return };
    let is_known = |root: &String| names.contains(root) || root == "self" || is_constant(root);
    let before = errors.count();
    for placeholder in key.placeholders().filter(|placeholder| !is_known(&placeholder.root)) {
        let what = format!("no cached method here has an argument `{}`", placeholder.root);
        let help = match nearest(&placeholder.root, names.iter().map(String::as_str)) {
            Some(meant) => {
                let fixed = Placeholder { root: meant.to_owned(), ..placeholder.clone() };
                format!("write `<{}>`", fixed.path())
            }
            None => "leave it out".to_owned(),
        };
        errors.push(in_literal(&key.literal, placeholder.at.clone(), &what, &help));
    }
    if errors.count() > before {
        shared.key.reject();
    }
}

/// The names that a method may skip: its arguments, its parameters and those of the block.
pub(super) fn names(block: &Block, signature: &Signature) -> Vec<String> {
    let arguments = Arguments::of(signature);
    let mut names = arguments.names();
    names.extend(arguments.receiver.as_ref().map(|_| "self".to_owned()));
    names.extend(Parameters::of(signature, Some(block.generics())).names());
    names
}

/// Completes a method's options with the shared ones that it does not give itself; `names` are what it may
/// skip.
pub(super) fn apply(shared: &Options, options: &mut Options, names: &[String]) {
    // key, ttl and tags are the reader's
    let of_another = options.writes.is_given();
    inherit(shared, options, |row| !of_another || row.concern != Concern::Entry);
    if of_another {
        return;
    }
    for row in table::shared() {
        row.inherit_misread(shared, options);
    }
    prefix(shared, options);
    let own: Vec<String> = options.tags.items().iter().map(|tag| tag.literal.value()).collect();
    let tags = shared.tags.items().iter().filter(|tag| !own.contains(&tag.literal.value()));
    options.tags.items_mut().extend(tags.cloned());
    skips(shared, options, names);
}

/// Completes the options of an `#[invalidates]` with the shared ones.
pub(super) fn apply_to_targets(shared: &Options, options: &mut Options) {
    inherit(shared, options, |row| row.concern == Concern::Function);
}

fn inherit(shared: &Options, options: &mut Options, of: impl Fn(&Row) -> bool) {
    let tier = options.settings.tier();
    let own_cap = options.settings.local_ttl.is_given();
    for row in table::shared().filter(|row| row.shared == Shared::Inherited && of(row)) {
        // it may mean nothing for this method, and something for the others
        if !row.is_given(options) && row.useless(tier).is_none() {
            row.inherit(shared, options);
        }
    }
    if !own_cap && storage::above(options).is_some() {
        options.settings.local_ttl.take();
    }
    let settings = &mut options.settings;
    if settings.refresh_ahead.is_inherited() && settings.sliding.is_given() {
        settings.refresh_ahead = Given::default();
    }
}

/// Puts the shared part of the key in front of the method's own.
fn prefix(shared: &Options, options: &mut Options) {
    let (Some(prefix), Some(key)) = (shared.key.value(), options.key.value()) else { return };
    if prefix.sound && key.sound {
        let text = format!("{}:{}", prefix.literal.value(), key.literal.value());
        let literal = LitStr::new(&text, key.literal.span());
        // both parts are sound, and so is what a colon joins
        let joined = Template::parse("key", &literal, &mut Errors::default());
        options.key.replace(Template { shared: Some(prefix.literal.clone()), ..joined });
    }
}

/// Adds the shared skips of arguments that the method has, and neither reads nor skips itself.
fn skips(shared: &Options, options: &mut Options, names: &[String]) {
    let placeholders: Vec<Placeholder> =
        options.key.value().into_iter().flat_map(Template::placeholders).cloned().collect();
    for skip in shared.skip.items() {
        let root = plain(&skip.root);
        let of_key = placeholders.iter().filter(|placeholder| placeholder.is_of(&root));
        let of_key: Vec<_> = of_key.collect();
        let mut own = options.skip.items().iter().filter(|own| plain(&own.root) == root);
        let said = own.clone().any(|own| says_of(own, skip))
            || of_key.iter().any(|placeholder| reads(placeholder, skip));
        if said || !names.contains(&root) {
            continue;
        }
        let alone = of_key.is_empty() && own.all(|own| own.fields.is_empty());
        // the rest of nothing is all of it
        let rest = skip.rest && !(skip.fields.is_empty() && alone);
        options.skip.items_mut().push(Skip { rest, ..skip.clone() });
    }
}

fn path(skip: &Skip) -> Vec<String> {
    skip.fields.iter().map(member).collect()
}

/// Whether a method's own skip covers the shared one.
fn says_of(own: &Skip, shared: &Skip) -> bool {
    path(shared).starts_with(&path(own))
}

/// Whether the key reads what the shared skip leaves out.
fn reads(placeholder: &Placeholder, skip: &Skip) -> bool {
    let skipped = path(skip);
    if skip.rest {
        skipped.starts_with(&placeholder.fields)
    } else {
        placeholder.fields.starts_with(&skipped) || skipped.starts_with(&placeholder.fields)
    }
}

/// Makes a method's types readable outside of the `impl` of a trait that it stands in: its
/// companion stands in one of the type itself.
pub(super) fn generalize(model: &mut Cached, block: &Block) {
    let (Some((ty, generics)), Some(of)) = (block.implementor(), block.of_trait()) else { return };
    let mut named = Associated(of);
    named.visit_type_mut(&mut model.returns);
    for argument in &mut model.arguments.typed {
        named.visit_type_mut(&mut argument.ty);
    }
    named.visit_generics_mut(&mut model.generics);
    model.generics.params.extend(unmentioned(ty, generics));
    if let Some(clause) = &generics.where_clause {
        // those about other parameters hold where the type has its `impl`
        model.generics.make_where_clause().predicates.extend(clause.predicates.clone());
    }
}

/// The generic parameters of an `impl` that its trait mentions, and its type does not.
fn unmentioned(ty: &Type, generics: &Generics) -> Vec<GenericParam> {
    let mentioned = Mentioned::by_type(ty);
    generics.params.iter().filter(|param| !mentioned.has(param)).cloned().collect()
}

/// Rewrites `Self::Item` to `<Self as Trait>::Item`.
struct Associated<'a>(&'a Path);

impl VisitMut for Associated<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        visit_mut::visit_type_path_mut(self, ty);
        let mut segments = ty.path.segments.iter();
        let Some(first) = segments.next().filter(|first| first.ident == "Self") else { return };
        if ty.qself.is_some() || segments.next().is_none() {
            return;
        }
        let span = first.ident.span();
        let own: Type = Type::Path(TypePath {
            attrs: Vec::new(),
            qself: None,
            path: first.ident.clone().into(),
        });
        let items = ty.path.segments.iter().skip(1).cloned();
        let mut path = self.0.clone();
        let position = path.segments.len();
        path.segments.extend(items);
        ty.qself = Some(QSelf {
            lt_token: Token![<](span),
            ty: Box::new(own),
            position,
            as_token: Some(Token![as](span)),
            gt_token: Token![>](span),
        });
        ty.path = path;
    }
}
