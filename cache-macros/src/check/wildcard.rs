//! The rule that a reference with `_` names a group that its function declares, as far as one attribute sees both.
//! Otherwise the companion of the function knows.

use super::method::Named;
use crate::diag::{Errors, listed, with_help};
use crate::parse::args::{Arguments, plain};
use crate::parse::reference::{Reference, wildcard};

/// The arguments in the key of a method, and the groups that it declares.
pub(super) struct Grouping {
    /// The names that each argument binds.
    arguments: Vec<Vec<String>>,
    groups: Vec<Vec<String>>,
}

impl Grouping {
    /// The groups of a cached method; `None` if it is not cached, or if they cannot be read.
    pub(super) fn of(method: &Named<'_>) -> Option<Self> {
        let options = method.options.as_ref().filter(|options| !options.groups.is_misread())?;
        let key = options.key.value().filter(|key| key.sound)?;
        let arguments = Arguments::of(&method.method.function.signature);
        let names = arguments.typed.iter();
        let names = names.map(|argument| argument.names.iter().map(plain).collect());
        let in_key = |names: &Vec<String>| {
            key.placeholders().any(|placeholder| names.contains(&placeholder.root))
        };
        let groups = options.groups.items().iter();
        let groups = groups.map(|group| group.arguments.iter().map(plain).collect());
        Some(Self { arguments: names.filter(in_key).collect(), groups: groups.collect() })
    }

    /// Reports a reference to a group that is not declared.
    pub(super) fn check(&self, reference: &Reference, errors: &mut Errors) {
        let (Some(name), Some(at)) = (reference.name(), reference.wildcard()) else { return };
        let passed = reference.arguments();
        if passed.len() != self.arguments.len() {
            return;
        }
        let is_given: Vec<bool> =
            passed.iter().map(|argument| wildcard(argument).is_none()).collect();
        let is_declared = |group: &Vec<String>| {
            let named =
                self.arguments.iter().map(|names| names.iter().any(|name| group.contains(name)));
            named.eq(is_given.iter().copied())
        };
        if self.groups.iter().any(is_declared) {
            return;
        }
        let given = self.arguments.iter().zip(&is_given).filter(|(_, given)| **given);
        let given: Vec<&str> = given.map(|(names, _)| names[0].as_str()).collect();
        let of = if given.is_empty() { "all its entries".to_owned() } else { listed(&given) };
        let what = format!("`{name}` has no group of {of}");
        let help = format!("add `group({})` to `{name}`", given.join(", "));
        errors.at(at.span, with_help(&what, &help));
    }
}
