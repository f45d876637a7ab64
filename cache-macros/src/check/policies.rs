//! The rules for `policies!`.

use std::collections::BTreeMap;

use proc_macro2::Span;

use crate::diag::{Errors, with_help};
use crate::model::Policies;
use crate::parse::options::Options;
use crate::parse::template::Template;

/// Checks that each tag is listed once.
pub(crate) fn check(options: &Options, errors: &mut Errors) -> Policies {
    Policies {
        tags: distinct(options.tags.items(), errors),
        runtime: options.runtime.value().cloned(),
    }
}

/// The shapes of the tags, with their places.
fn distinct(tags: &[Template], errors: &mut Errors) -> BTreeMap<String, Span> {
    let mut shapes = BTreeMap::new();
    for tag in tags.iter().filter(|tag| tag.sound) {
        let span = tag.literal.span();
        if shapes.insert(tag.shape(), span).is_some() {
            let what = format!("the tag `{}` is given twice", tag.literal.value());
            let help = "leave one out: the names of placeholders make no difference";
            errors.at(span, with_help(&what, help));
        }
    }
    shapes
}
