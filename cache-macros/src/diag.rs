//! Errors: collected, worded alike, and pointing at what the user wrote.

use std::ops::Range;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::LitStr;

/// Errors found so far, so that one build reports all of them.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// Reports an error at one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Into<String>) {
        self.0.push(syn::Error::new(span, message.into()));
    }

    /// Reports an error over all of `tokens`, from the first to the last.
    pub(crate) fn over(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.0.push(syn::Error::new_spanned(tokens, message.into()));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// The value of a result, or `None` with the error kept.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Takes over the errors of `others`.
    pub(crate) fn append(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of errors so far, to tell whether a step found any.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// One `compile_error!` per error, valid wherever an item is.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
    }

    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl IntoIterator for Errors {
    type Item = syn::Error;
    type IntoIter = std::vec::IntoIter<syn::Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The text of an error: what is wrong, then the corrected code.
pub(crate) fn with_help(what: &str, help: &str) -> String {
    format!("{what}\nhelp: {help}")
}

/// An error inside a string literal: `at` are bytes of its value.
///
/// `Literal::subspan` exists on nightly only, so the place is drawn below the literal's own text
/// as well; without the drawing a long key leaves the reader searching.
pub(crate) fn in_literal(literal: &LitStr, at: Range<usize>, what: &str, help: &str) -> syn::Error {
    let value = literal.value();
    if value.is_empty() {
        return syn::Error::new(literal.span(), with_help(what, help));
    }
    // a control character would break the drawing it is shown in
    let shown = |text: &str| text.chars().map(visible).collect::<String>();
    let column = shown(&value[..at.start]).chars().count();
    let width = shown(&value[at.clone()]).chars().count().max(1);
    let text = shown(&value);
    let drawing = format!("  {text}\n  {}{}", " ".repeat(column), "^".repeat(width));
    let span = subspan(literal, at).unwrap_or_else(|| literal.span());
    syn::Error::new(span, with_help(&format!("{what}\n{drawing}"), help))
}

fn visible(c: char) -> char {
    if c.is_control() { '\u{fffd}' } else { c }
}

/// The bytes `at` of the value in the source, where the source spells the value without escapes.
fn subspan(literal: &LitStr, at: Range<usize>) -> Option<Span> {
    let token = literal.token();
    let source = token.to_string();
    let value = literal.value();
    let open = source.find('"')? + 1;
    let plain = source.get(open..open + value.len()) == Some(value.as_str());
    plain.then(|| token.subspan(open + at.start..open + at.end))?
}

/// The candidate that `word` was most likely meant to be.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= tolerance(word, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The argument that `word` was most likely meant to name: the nearest one, or `user_id` for `user`
/// where there is one such argument, or the only one.
pub(crate) fn argument<'a>(word: &str, names: &'a [String]) -> Option<&'a str> {
    if let [only] = names {
        return Some(only);
    }
    let is_part = |longer: &str, part: &str| {
        let rest = longer.strip_prefix(part).map(|rest| rest.starts_with('_'));
        let start = longer.strip_suffix(part).map(|start| start.ends_with('_'));
        rest.or(start).unwrap_or(false)
    };
    let mut parts = names.iter().filter(|name| is_part(name, word) || is_part(word, name));
    let part = parts.next().filter(|_| parts.next().is_none()).map(String::as_str);
    nearest(word, names.iter().map(String::as_str)).or(part)
}

/// A third of the longer word may differ; between words of one or two letters nothing may,
/// because any two of those are alike.
fn tolerance(word: &str, candidate: &str) -> usize {
    word.len().max(candidate.len()) / 3
}

/// Names as prose: `` `a` ``, `` `b` `` and `` `c` ``.
pub(crate) fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// The form of a verb for so many subjects.
pub(crate) fn verb(subjects: usize, one: &'static str, more: &'static str) -> &'static str {
    if subjects == 1 { one } else { more }
}

#[cfg(test)]
mod tests {
    use super::{argument, in_literal, listed, nearest};
    use syn::LitStr;

    #[test]
    fn the_caret_stands_under_the_placeholder() {
        let literal: LitStr = syn::parse_quote!("ü:<idd>");
        let error = in_literal(&literal, 3..8, "no argument is named `idd`", "write `<id>`");
        assert_eq!(
            error.to_string(),
            "no argument is named `idd`\n  ü:<idd>\n    ^^^^^\nhelp: write `<id>`"
        );
    }

    #[test]
    fn control_characters_do_not_break_the_drawing() {
        let literal: LitStr = syn::parse_quote!("a\nb");
        let error = in_literal(&literal, 1..2, "what", "how");
        assert_eq!(error.to_string(), "what\n  a\u{fffd}b\n   ^\nhelp: how");
    }

    #[test]
    fn nearest_is_a_likely_slip_only() {
        assert_eq!(nearest("idd", ["id", "lang"]), Some("id"));
        assert_eq!(nearest("strat", ["strategy", "skip"]), None);
        assert_eq!(nearest("tll", ["ttl", "tags"]), Some("ttl"));
        assert_eq!(nearest("a", ["b"]), None);
    }

    #[test]
    fn an_argument_is_meant_by_a_part_of_its_name() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(argument("user", &names(&["lang", "user_id"])), Some("user_id"));
        assert_eq!(argument("id", &names(&["lang", "user_id"])), Some("user_id"));
        assert_eq!(argument("user_id", &names(&["lang", "user"])), Some("user"));
        assert_eq!(argument("user", &names(&["user_id", "user_name"])), None);
        assert_eq!(argument("us", &names(&["lang", "user_id"])), None);
        assert_eq!(argument("page", &names(&["user_id"])), Some("user_id"));
    }

    #[test]
    fn lists_read_as_prose() {
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed(["a"]), "`a`");
    }
}
