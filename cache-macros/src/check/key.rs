//! The rules for keys and tags: every placeholder is known, and the key decides the tags.

use proc_macro2::TokenStream;
use syn::{Path, Signature};

use super::account::Account;
use super::parameters::Parameters;
use super::resolver::Resolver;
use super::side::Side;
use super::{arguments, group};
use crate::diag::{Errors, in_literal, with_help};
use crate::model::{Claim, Group, Key, Proof};
use crate::parse::args::Arguments;
use crate::parse::function::Function;
use crate::parse::given::Given;
use crate::parse::group::Group as WrittenGroup;
use crate::parse::options::Options;
use crate::parse::placeholder::Placeholder;
use crate::parse::skip::Skip;
use crate::parse::template::Template;

/// The key of a function's entries with its tags and groups, and the proofs that it needs.
pub(crate) struct Keys {
    pub(crate) key: Key,
    pub(crate) tags: Vec<Key>,
    pub(crate) groups: Vec<Group>,
    pub(crate) proofs: Vec<Proof>,
}

/// The options that name entries. Arguments are held against nothing else.
pub(super) struct Naming<'a> {
    pub(super) key: &'a Given<Template>,
    pub(super) tags: &'a [Template],
    pub(super) groups: &'a [WrittenGroup],
    pub(super) skip: &'a Given<Vec<Skip>>,
    /// The code in other options, which may use arguments.
    pub(super) code: TokenStream,
}

impl<'a> Naming<'a> {
    pub(super) fn of(options: &'a Options) -> Self {
        let Options { key, tags, groups, skip, .. } = options;
        let (tags, groups) = (tags.items(), groups.items());
        Self { key, tags, groups, skip, code: options.code() }
    }
}

/// Checks key, tags, groups and skipped arguments together, because each argument has to be in one
/// of them, or be what the function writes.
pub(super) fn check(
    naming: &Naming<'_>,
    function: &Function,
    parameters: Parameters<'_>,
    arguments: &Arguments,
    side: &Side,
    errors: &mut Errors,
) -> Option<Keys> {
    let signature = &function.signature;
    let Naming { tags, groups, .. } = *naming;
    let skip = naming.skip.items();
    if !naming.key.is_given() {
        errors.at(signature.ident.span(), no_key(signature, arguments));
    }
    let mut resolver = Resolver::new(signature, arguments, skip);
    let template = naming.key.value();
    let before = errors.count();
    let key = template.map(|template| resolver.resolve("key", template, errors));
    let known = errors.count() == before;
    distinct(tags, errors);
    let checked_tags = tags.iter().map(|tag| resolver.resolve("tag", tag, errors)).collect();
    if let Some(template) = template {
        for tag in tags {
            decided(tag, template, arguments, errors);
        }
    }
    // a key or a `skip` that could not be read would make every argument look forgotten
    let misread = naming.key.is_misread() || naming.skip.is_misread();
    let readable = template.filter(|template| template.sound && !misread);
    let account = Account {
        arguments,
        function,
        skip,
        code: &naming.code,
        parameters,
        key: readable,
        meant: &resolver.meant,
        side,
    };
    let before = errors.count();
    let mut proofs = arguments::check(&account, errors);
    proofs
        .extend(template.into_iter().flat_map(|key| existing("the key", key, "cached", arguments)));
    let groups = match &key {
        // an argument that is forgotten would make a group look useless
        Some(key) if known && readable.is_some() && errors.count() == before => {
            group::check(&signature.ident, groups, key, arguments, errors)
        }
        _ => Vec::new(),
    };
    Some(Keys { key: key?, tags: checked_tags, groups, proofs })
}

/// Checks the tags that a function writes to: their placeholders name its arguments.
pub(super) fn written(
    tags: &[Template],
    signature: &Signature,
    arguments: &Arguments,
    errors: &mut Errors,
) -> (Vec<Key>, Vec<Proof>) {
    let mut resolver = Resolver::new(signature, arguments, &[]);
    distinct(tags, errors);
    let proofs =
        tags.iter().flat_map(|tag| existing("a tag", tag, "invalidates", arguments)).collect();
    (tags.iter().map(|tag| resolver.resolve("tag", tag, errors)).collect(), proofs)
}

/// Proofs that every argument in the template exists, in builds in which some may not.
fn existing(
    place: &str,
    template: &Template,
    attribute: &str,
    arguments: &Arguments,
) -> Vec<Proof> {
    let mut seen = Vec::new();
    let mut proofs = Vec::new();
    for at in template.placeholders() {
        let condition = arguments.find(&at.root).and_then(|(_, name)| arguments.condition(name));
        let Some(condition) = condition.filter(|_| !seen.contains(&&at.root)) else { continue };
        seen.push(&at.root);
        let name = &at.root;
        let (literal, at) = template.place(&at.at);
        let error = in_literal(
            literal,
            at,
            &format!("`{name}` is in {place}, and this build leaves the argument out"),
            &format!(
                "write one `#[cfg_attr({condition}, {attribute}(...))]` and one \
                 `#[cfg_attr(not({condition}), {attribute}(...))]`, of which the second leaves `<{name}>` out"
            ),
        );
        proofs.push(Proof { condition: Some(condition.negated()), claim: Claim::Never(error) });
    }
    proofs
}

fn no_key(signature: &Signature, arguments: &Arguments) -> String {
    let name = &signature.ident;
    let mut key = name.to_string();
    for argument in arguments.names() {
        key.extend([":<", &argument, ">"]);
    }
    with_help(
        &format!("`{name}` has no `key`"),
        &format!("write `key = \"{key}\"`, without what cannot change the result"),
    )
}

/// Whether a `static` in the function can name the constant: it can name no type or parameter of what is around it.
/// `parameters` are those that are `seen`: an attribute in an `impl` does not see those of the `impl`.
pub(super) fn is_nameable(path: &Path, parameters: &[String], seen: bool) -> bool {
    let Some(first) = path.segments.first() else { return false };
    let first = first.ident.to_string();
    let from_a_module = first.starts_with(char::is_lowercase);
    from_a_module || seen && first != "Self" && !parameters.contains(&first)
}

pub(super) fn distinct(tags: &[Template], errors: &mut Errors) {
    for (at, tag) in tags.iter().enumerate() {
        let value = tag.literal.value();
        if tags[..at].iter().any(|before| before.literal.value() == value) {
            let message = with_help(&format!("the tag `{value}` is given twice"), "leave one out");
            errors.at(tag.literal.span(), message);
        }
    }
}

/// Reports placeholders of a tag that the key does not have: an entry is stored once, with the tags of the call
/// that loaded it.
fn decided(tag: &Template, key: &Template, arguments: &Arguments, errors: &mut Errors) {
    let by_key = |part: &Placeholder| {
        key.placeholders()
            .any(|known| known.root == part.root && part.fields.starts_with(&known.fields))
    };
    let arguments_only = tag
        .placeholders()
        .filter(|part| part.root == "self" || arguments.find(&part.root).is_some());
    for part in arguments_only.filter(|part| !by_key(part)) {
        let (path, written) = (part.path(), key.literal.value());
        let what = format!(
            "`<{path}>` is in a tag but not in the key `{written}`: calls that differ in it would \
             share an entry, which has the tags of one of them only"
        );
        let help = format!("write `key = \"{written}:<{path}>\"`");
        errors.push(in_literal(&tag.literal, part.at.clone(), &what, &help));
    }
}
