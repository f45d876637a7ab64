//! The rule that a reference to a method of the block means one that is cached.

use quote::quote;
use syn::{Expr, ExprMethodCall, Ident, PathArguments, Signature};

use super::method::Named;
use super::wildcard::Grouping;
use crate::diag::{Errors, with_help};
use crate::parse::cache_policy::{Block, Member};
use crate::parse::invalidates::Targets;
use crate::parse::reference::{Call, Reference, written};

/// The methods that references can mean.
pub(super) struct Referable<'a> {
    cached: Vec<Cached<'a>>,
    others: Vec<&'a Signature>,
}

/// A cached method.
struct Cached<'a> {
    signature: &'a Signature,
    grouping: Option<Grouping>,
    /// Whether its key or a tag reads `self`.
    reads_self: bool,
}

impl<'a> Referable<'a> {
    pub(super) fn of(block: &'a Block, named: &[Named<'a>]) -> Self {
        let (mut named, mut cached, mut others) = (named.iter(), Vec::new(), Vec::new());
        for member in &block.members {
            match member {
                Member::Method(method) => {
                    let signature = &method.function.signature;
                    let named = named.next();
                    if method.cached.is_some() {
                        let grouping = named.and_then(Grouping::of);
                        let reads_self = named.is_some_and(reads_self);
                        cached.push(Cached { signature, grouping, reads_self });
                    } else {
                        others.push(signature);
                    }
                }
                Member::Other { signature, .. } => others.extend(signature.as_deref()),
            }
        }
        Self { cached, others }
    }

    /// Reports references to methods of this block that are not cached, and to groups that they do not declare.
    pub(super) fn dangling(&self, targets: &mut Targets, errors: &mut Errors) {
        let after = targets.after.iter_mut().flat_map(|after| &mut after.references);
        for reference in targets.references.iter_mut().chain(after) {
            if let Reference::Function(call) = reference {
                let name = call.path.path.get_ident();
                call.names_method = name.is_some_and(|name| self.cached(name).is_some());
            }
            match &*reference {
                Reference::Method(call) if is_self(call) => {
                    self.method(reference, &call.method, errors);
                }
                Reference::Associated(call) if is_of_self(&call.path.path) => {
                    self.of_self(reference, call, errors);
                }
                _ => {}
            }
        }
    }

    fn method(&self, reference: &Reference, name: &Ident, errors: &mut Errors) {
        match self.cached(name) {
            Some(cached) if cached.signature.receiver().is_none() => {
                let what = format!("`{name}` takes no `self`");
                errors.at(name.span(), with_help(&what, &format!("write `Self::{name}(...)`")));
            }
            _ => self.named(reference, name, errors),
        }
    }

    /// A method by the name of its type, which has no `self` to read.
    fn of_self(&self, reference: &Reference, call: &Call, errors: &mut Errors) {
        let Some(name) = call.name() else { return };
        if self.cached(name).is_some_and(|cached| cached.reads_self) {
            let what = format!("the key of `{name}` reads `self`");
            let arguments = &call.arguments;
            let help = format!("write `self.{}`", written(quote!(#name(#(#arguments),*))));
            errors.at(name.span(), with_help(&what, &help));
            return;
        }
        self.named(reference, name, errors);
    }

    fn cached(&self, name: &Ident) -> Option<&Cached<'a>> {
        self.cached.iter().find(|cached| cached.signature.ident == *name)
    }

    fn named(&self, reference: &Reference, name: &Ident, errors: &mut Errors) {
        let known: Vec<_> =
            self.cached.iter().filter(|cached| cached.signature.ident == *name).collect();
        if known.is_empty() && self.others.iter().any(|signature| signature.ident == *name) {
            let what = format!("`{name}` is not cached, so it has no entries");
            let help = format!("put `#[cached(...)]` on `{name}`, or leave the reference out");
            errors.at(name.span(), with_help(&what, &help));
        }
        // of several, each of other builds, the compiler knows the one of this build
        if let [Cached { grouping: Some(grouping), .. }] = known.as_slice() {
            grouping.check(reference, errors);
        }
    }
}

fn reads_self(named: &Named<'_>) -> bool {
    let Some(options) = &named.options else { return false };
    let mut templates = options.key.value().into_iter().chain(options.tags.items());
    templates.any(|template| template.placeholders().any(|placeholder| placeholder.is_of("self")))
}

fn is_self(call: &ExprMethodCall) -> bool {
    matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self"))
}

/// Whether the path is `Self::name`.
fn is_of_self(path: &syn::Path) -> bool {
    path.segments.len() == 2
        && path.segments.first().is_some_and(|first| {
            first.ident == "Self" && matches!(first.arguments, PathArguments::None)
        })
}
