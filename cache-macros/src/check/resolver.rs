//! From the placeholders of a template to what they stand for.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Signature, Token, Type, TypeReference};

use crate::diag::{Errors, argument, in_literal, listed, nearest, with_help};
use crate::model::{Key, Part, Root, Value};
use crate::parse::args::{Arguments, plain};
use crate::parse::name::{self, field, identifier, is_constant};
use crate::parse::placeholder::Placeholder;
use crate::parse::skip::Skip;
use crate::parse::template::{Piece, Template};

/// A tag whose placeholders name the variables that are in scope where it stands.
pub(super) fn in_scope(tag: &Template) -> Key {
    let span = tag.literal.span();
    let root = |written: &str| match written {
        "self" => Root::Receiver(Token![self](span)),
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

/// Resolves the names in templates to arguments, `self` and constants.
pub(super) struct Resolver<'a> {
    signature: &'a Signature,
    arguments: &'a Arguments,
    skips: &'a [Skip],
    /// Arguments that an unknown placeholder was most likely meant to name.
    pub(super) meant: Vec<String>,
    /// Unknown names, which are reported once for the key and the tags.
    unknown: Vec<String>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        signature: &'a Signature,
        arguments: &'a Arguments,
        skips: &'a [Skip],
    ) -> Self {
        Self { signature, arguments, skips, meant: Vec::new(), unknown: Vec::new() }
    }

    pub(super) fn resolve(&mut self, noun: &str, template: &Template, errors: &mut Errors) -> Key {
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
