//! The rules for keys and tags: every placeholder is known, and the key decides the tags.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Path, Signature, Type, TypeReference};

use super::account::Account;
use super::parameters::Parameters;
use super::side::Side;
use super::{arguments, group};
use crate::diag::{Errors, argument, in_literal, listed, nearest, with_help};
use crate::model::{Claim, Group, Key, Part, Proof, Root, Value};
use crate::parse::args::{Arguments, plain};
use crate::parse::attr::Options;
use crate::parse::function::Function;
use crate::parse::name::{self, field, identifier, is_constant};
use crate::parse::template::{Piece, Placeholder, Template};
use crate::parse::value::Skip;

/// The name of the entries, and all that follows from it.
pub(crate) struct Keys {
    pub(crate) key: Key,
    pub(crate) tags: Vec<Key>,
    pub(crate) groups: Vec<Group>,
    pub(crate) proofs: Vec<Proof>,
}

/// Checks `key`, `tags`, `group` and `skip` together, because each argument has to be in one of
/// them, or be what the function writes.
pub(super) fn check(
    options: &Options,
    function: &Function,
    parameters: Parameters<'_>,
    arguments: &Arguments,
    side: &Side,
    errors: &mut Errors,
) -> Option<Keys> {
    let signature = &function.signature;
    if !options.gives("key") {
        errors.at(signature.ident.span(), no_key(signature, arguments));
    }
    let mut resolver = Resolver::new(signature, arguments, &options.skip);
    let template = options.key.as_ref();
    let before = errors.count();
    let key = template.map(|template| resolver.resolve("key", template, errors));
    let known = errors.count() == before;
    let tags = &options.tags;
    distinct(tags, errors);
    let checked_tags = tags.iter().map(|tag| resolver.resolve("tag", tag, errors)).collect();
    if let Some(template) = template {
        for tag in tags {
            decided(tag, template, arguments, errors);
        }
    }
    // a key or a `skip` that could not be read would make every argument look forgotten
    let misread = options.misreads("key") || options.misreads("skip");
    let readable = template.filter(|template| template.sound && !misread);
    let account = Account {
        arguments,
        function,
        options,
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
            group::check(&signature.ident, &options.groups, key, arguments, errors)
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

/// That every argument in the template exists, in builds in which some may not.
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

/// A tag whose placeholders name the variables that are in scope where it stands.
pub(super) fn in_scope(tag: &Template) -> Key {
    let span = tag.literal.span();
    let root = |written: &str| match written {
        "self" => Root::Receiver(syn::Token![self](span)),
        constant if is_constant(constant) => Root::Constant(name::constant(constant, span)),
        variable => Root::Argument(identifier(variable, span)),
    };
    let part = |piece: &Piece| match piece {
        Piece::Text(text) => Part::Text(text.clone()),
        Piece::Placeholder(at) => Part::Value(value(root(&at.root), at, span, span)),
    };
    Key {
        literal: tag.literal.clone(),
        shape: tag.shape(),
        parts: tag.pieces.iter().map(part).collect(),
    }
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

/// Turns names into what they stand for.
struct Resolver<'a> {
    signature: &'a Signature,
    arguments: &'a Arguments,
    skips: &'a [Skip],
    /// Arguments that an unknown placeholder was most likely meant to name.
    meant: Vec<String>,
    /// Unknown names, which are reported once for the key and the tags.
    unknown: Vec<String>,
}

impl<'a> Resolver<'a> {
    fn new(signature: &'a Signature, arguments: &'a Arguments, skips: &'a [Skip]) -> Self {
        Self { signature, arguments, skips, meant: Vec::new(), unknown: Vec::new() }
    }

    fn resolve(&mut self, noun: &str, template: &Template, errors: &mut Errors) -> Key {
        let literal = &template.literal;
        let mut parts = Vec::new();
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text.clone())),
                Piece::Placeholder(placeholder) if self.unknown.contains(&placeholder.root) => {}
                Piece::Placeholder(placeholder) => {
                    let value = errors.keep(self.value(noun, template, placeholder));
                    parts.extend(value.map(Part::Value));
                }
            }
        }
        Key { literal: literal.clone(), shape: template.shape(), parts }
    }

    fn value(&mut self, noun: &str, template: &Template, at: &Placeholder) -> syn::Result<Value> {
        let span = template.place(&at.at).0.span();
        let root = self.root(noun, template, at)?;
        let whole = at.fields.is_empty() && at.method.is_none();
        let blamed = match &root {
            Root::Argument(_) if whole => self.type_of(&at.root).map_or(span, Spanned::span),
            _ => span,
        };
        Ok(value(root, at, span, blamed))
    }

    fn root(&mut self, noun: &str, template: &Template, at: &Placeholder) -> syn::Result<Root> {
        let literal = template.place(&at.at).0;
        if let Some((argument, ident)) = self.arguments.find(&at.root) {
            let whole = at.fields.is_empty() && at.method.is_none();
            if whole && argument.name().is_some() {
                no_float(noun, ident, &argument.ty)?;
            }
            return Ok(Root::Argument(ident.clone()));
        }
        if at.root == "self" {
            return self.receiver(noun, literal, at);
        }
        if is_constant(&at.root) && self.lower_case_twin(&at.root).is_none() {
            return Ok(Root::Constant(name::constant(&at.root, literal.span())));
        }
        Err(self.unknown(template, at))
    }

    fn receiver(&self, noun: &str, literal: &LitStr, at: &Placeholder) -> syn::Result<Root> {
        let at_literal =
            |what: &str, help: &str| Err(in_literal(literal, at.at.clone(), what, help));
        match &self.arguments.receiver {
            None => at_literal(
                &format!("`{}` takes no `self`", self.signature.ident),
                "name one of its arguments",
            ),
            Some(_) if at.fields.is_empty() && at.method.is_none() => at_literal(
                &format!("the whole of `self` cannot be in a {noun}"),
                "write a field, as in `<self.tenant>`, and `skip(self.*)` if the rest cannot \
                 change the result",
            ),
            Some(receiver) => Ok(Root::Receiver(receiver.self_token)),
        }
    }

    /// The argument `id` for `<ID>`, which is a slip rather than a constant.
    fn lower_case_twin(&self, root: &str) -> Option<String> {
        let lower = root.to_lowercase();
        self.arguments.find(&lower).map(|_| lower)
    }

    fn unknown(&mut self, template: &Template, at: &Placeholder) -> syn::Error {
        let Placeholder { root, .. } = at;
        let literal = template.place(&at.at).0;
        let function = &self.signature.ident;
        let names = self.arguments.names();
        let is_left = |name: &String| {
            let skipped = self.skips.iter().any(|skip| plain(&skip.root) == *name);
            !skipped && !template.placeholders().any(|other| other.root == *name)
        };
        let left: &[String] = if names.iter().any(is_left) { &names } else { &[] };
        let meant = nearest(root, names.iter().map(String::as_str))
            .or_else(|| argument(root, left))
            .map(str::to_owned)
            .or_else(|| self.lower_case_twin(root));
        let what = format!("`{function}` has no argument `{root}`");
        let help = match &meant {
            Some(meant) => {
                let fixed = Placeholder { root: meant.clone(), ..at.clone() };
                format!("write `<{}>`", fixed.path())
            }
            None if names.is_empty() => format!("`{function}` takes no arguments"),
            None => format!("`{function}` takes {}", listed(&names)),
        };
        self.meant.extend(meant);
        self.unknown.push(root.clone());
        in_literal(literal, at.at.clone(), &what, &help)
    }

    fn type_of(&self, name: &str) -> Option<&Type> {
        let (argument, _) = self.arguments.find(name)?;
        argument.name().map(|_| &argument.ty)
    }
}

/// The placeholder `at` of a literal at `span`.
fn value(root: Root, at: &Placeholder, span: Span, blamed: Span) -> Value {
    Value {
        root,
        fields: at.fields.iter().map(|written| field(written, span)).collect(),
        method: at.method.as_deref().map(|method| identifier(method, span)),
        span: blamed,
    }
}

fn no_float(noun: &str, argument: &Ident, ty: &Type) -> syn::Result<()> {
    let mut bare = ty;
    while let Type::Reference(TypeReference { elem, .. }) = bare {
        bare = elem;
    }
    let Type::Path(path) = bare else { return Ok(()) };
    let Some(float) = path.path.get_ident().filter(|name| *name == "f32" || *name == "f64") else {
        return Ok(());
    };
    let message = with_help(
        &format!(
            "`{argument}` is an `{float}` and cannot be in a {noun}: nearly equal numbers would \
             have different keys, and NaN is not equal to itself"
        ),
        &format!("round it to an integer before the call, and write `{argument}: i64`"),
    );
    Err(syn::Error::new_spanned(float, message))
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

/// A tag may only say what the key says: an entry is stored once, with the tags of the call that
/// loaded it.
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
