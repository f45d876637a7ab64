//! The rule that a reference to a method of the block means one that is cached.

use syn::{Expr, ExprMethodCall, Ident, PathArguments, Signature};

use super::method::Named;
use super::wildcard::Grouping;
use crate::diag::{Errors, with_help};
use crate::parse::cache_policy::{Block, Member};
use crate::parse::invalidates::Targets;
use crate::parse::reference::Reference;

/// The methods that references can mean.
pub(super) struct Referable<'a> {
    cached: Vec<(&'a Signature, Option<Grouping>)>,
    others: Vec<&'a Signature>,
}

impl<'a> Referable<'a> {
    pub(super) fn of(block: &'a Block, named: &[Named<'a>]) -> Self {
        let (mut named, mut cached, mut others) = (named.iter(), Vec::new(), Vec::new());
        for member in &block.members {
            match member {
                Member::Method(method) => {
                    let signature = &method.function.signature;
                    let grouping = named.next().and_then(Grouping::of);
                    if method.cached.is_some() {
                        cached.push((signature, grouping));
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
    pub(super) fn dangling(&self, targets: &Targets, errors: &mut Errors) {
        let after = targets.after.iter().flat_map(|after| &after.references);
        for reference in targets.references.iter().chain(after) {
            match reference {
                Reference::Method(call) if is_self(call) => {
                    self.method(reference, &call.method, errors);
                }
                Reference::Associated(call) if is_of_self(&call.path.path) => {
                    let name = call.name().into_iter();
                    name.for_each(|name| self.associated(reference, name, errors));
                }
                _ => {}
            }
        }
    }

    fn method(&self, reference: &Reference, name: &Ident, errors: &mut Errors) {
        let found = self.cached.iter().find(|(signature, _)| signature.ident == *name);
        match found {
            Some((signature, _)) if signature.receiver().is_none() => {
                let what = format!("`{name}` takes no `self`");
                errors.at(name.span(), with_help(&what, &format!("write `Self::{name}(...)`")));
            }
            _ => self.associated(reference, name, errors),
        }
    }

    fn associated(&self, reference: &Reference, name: &Ident, errors: &mut Errors) {
        let mut known =
            self.cached.iter().filter(|(signature, _)| signature.ident == *name).peekable();
        if known.peek().is_none() && self.others.iter().any(|signature| signature.ident == *name) {
            let what = format!("`{name}` is not cached, so it has no entries");
            let help = format!("put `#[cached(...)]` on `{name}`, or leave the reference out");
            errors.at(name.span(), with_help(&what, &help));
        }
        let grouping = known.find_map(|(_, grouping)| grouping.as_ref());
        if let Some(grouping) = grouping {
            grouping.check(reference, errors);
        }
    }
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
