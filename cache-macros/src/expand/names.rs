//! The names of hidden functions, which the compiler's own errors show.

use proc_macro2::{Ident, Span};
use quote::format_ident;

use super::hidden;
use crate::parse::args::plain;

/// The names of a companion's parts. A reference to what is not cached meets the compiler's own
/// "no method named …", so the names complete that sentence.
pub(super) struct Names {
    pub(super) entry: Ident,
    pub(super) self_entry: Ident,
}

impl Names {
    pub(super) fn of_method(companion: &Ident) -> Self {
        let span = hidden(companion.span());
        let companion = plain(companion);
        Self {
            entry: format_ident!(
                "{companion}_with_cached_attribute_and_a_key_without_self",
                span = span
            ),
            self_entry: format_ident!("{companion}_with_cached_attribute", span = span),
        }
    }
}

/// The name of the method by which a trait declares the options of a function.
pub(super) fn in_the_trait(function: &Ident) -> Ident {
    format_ident!("{}_in_the_trait", plain(function), span = hidden(function.span()))
}

/// The name of the struct that is a free function's companion: the function's own, save where it would hide a type that
/// every module has.
pub(super) fn of_free(companion: &Ident) -> Ident {
    const PRIMITIVES: [&str; 17] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8",
        "u16", "u32", "u64", "u128", "usize",
    ];
    if PRIMITIVES.iter().any(|primitive| companion == primitive) {
        return format_ident!("{companion}_with_cached_attribute", span = companion.span());
    }
    companion.clone()
}

impl Names {
    /// The name for a group of the entries that `entry` names.
    pub(super) fn group(entry: &Ident, group: &Ident) -> Ident {
        format_ident!("{entry}_and_{}", group, span = group.span())
    }
}

/// The name of a group by the places of the arguments that its references give, as `given` says.
pub(super) fn group_name(given: &[bool], span: Span) -> Ident {
    let places: Vec<String> = (1..)
        .zip(given)
        .filter(|(_, given)| **given)
        .map(|(place, _): (usize, _)| place.to_string())
        .collect();
    let which = match places.as_slice() {
        [] => "none".to_owned(),
        [one] => format!("argument_{one}"),
        several => format!("arguments_{}", several.join("_and_")),
    };
    format_ident!("group_of_{which}_of_{}", given.len(), span = hidden(span))
}
