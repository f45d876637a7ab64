//! The template of a key or a tag: `user:<id>`.

use std::ops::Range;

use syn::LitStr;

use super::placeholder::{self, Placeholder};
use crate::diag::{Errors, in_literal};

/// A template as written.
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    /// The shared beginning that stands in `#[cache_policy]`.
    pub(crate) shared: Option<LitStr>,
    pub(crate) pieces: Vec<Piece>,
    /// Whether the template could be read to the end without an error.
    pub(crate) sound: bool,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

impl Template {
    /// Reads `literal`, the `noun` (`key` or `tag`) of a policy.
    pub(crate) fn parse(noun: &str, literal: &LitStr, errors: &mut Errors) -> Self {
        let value = literal.value();
        let mut found = Vec::new();
        let pieces = Reader { noun, value: &value, at: 0, mistakes: &mut found }.read();
        if found.is_empty() {
            found.extend(missing_separators(&value, &pieces));
        }
        let sound = found.is_empty();
        for Mistake { at, what, help } in found {
            errors.push(in_literal(literal, at, &what, &help));
        }
        Self { literal: literal.clone(), shared: None, pieces, sound }
    }

    /// The literal in which a placeholder was written, and where.
    pub(crate) fn place(&self, at: &Range<usize>) -> (&LitStr, Range<usize>) {
        match &self.shared {
            Some(shared) if at.end <= shared.value().len() => (shared, at.clone()),
            _ => (&self.literal, at.clone()),
        }
    }

    /// The text with its placeholders made alike: what two templates have in common if they render
    /// to one text.
    pub(crate) fn shape(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Placeholder(_) => "<>".to_owned(),
        };
        self.pieces.iter().map(piece).collect()
    }

    pub(crate) fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Placeholder(placeholder) => Some(placeholder),
            Piece::Text(_) => None,
        })
    }
}

struct Mistake {
    at: Range<usize>,
    what: String,
    help: String,
}

struct Reader<'a> {
    noun: &'a str,
    value: &'a str,
    at: usize,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    fn read(mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        if self.value.is_empty() {
            let noun = self.noun;
            self.mistake(0..0, format!("the {noun} is empty"), "write for example `\"user:<id>\"`");
        }
        while let Some(c) = self.value[self.at..].chars().next() {
            if c == '<' {
                let placeholder = self.placeholder();
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                pieces.extend(placeholder.map(Piece::Placeholder));
            } else {
                self.text(c, &mut text);
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces
    }

    fn mistake(&mut self, at: Range<usize>, what: impl Into<String>, help: impl Into<String>) {
        self.mistakes.push(Mistake { at, what: what.into(), help: help.into() });
    }

    /// One character outside of placeholders, or a mistake that begins with it.
    fn text(&mut self, c: char, text: &mut String) {
        let noun = self.noun;
        let one = self.at..self.at + c.len_utf8();
        self.at = one.end;
        match c {
            '{' => self.brace(one),
            '}' => self.mistake(one, format!("`}}` cannot be in a {noun}"), "leave it out"),
            '>' => {
                self.mistake(one, "`>` without a `<` before it", "a placeholder is written `<id>`");
            }
            c if c.is_whitespace() => {
                self.mistake(one, format!("white space in a {noun}"), "write `-` or `_` instead");
            }
            c if c.is_control() => {
                self.mistake(one, format!("a control character in a {noun}"), "leave it out");
            }
            c => text.push(c),
        }
    }

    /// Reports `{id}`, which `format!` and most other libraries write.
    fn brace(&mut self, open: Range<usize>) {
        let after = &self.value[open.end..];
        let closed = after.find(['{', '}', '<', '>']).filter(|end| after[*end..].starts_with('}'));
        let Some(length) = closed else {
            let noun = self.noun;
            return self.mistake(
                open,
                format!("`{{` cannot be in a {noun}"),
                "leave it out; a placeholder is written `<id>`",
            );
        };
        let inside = &after[..length];
        self.at = open.end + length + 1;
        let help = match inside.split(':').next().unwrap_or_default() {
            "" => "name an argument, as in `<id>`".to_owned(),
            name => format!("write `<{name}>`"),
        };
        self.mistake(open.start..self.at, format!("`{{{inside}}}` is not a placeholder"), help);
    }

    fn placeholder(&mut self) -> Option<Placeholder> {
        let start = self.at;
        let inside = &self.value[start + 1..];
        let Some(length) = inside.find(['<', '>']).filter(|end| inside[*end..].starts_with('>'))
        else {
            self.at = start + 1 + inside.find('<').unwrap_or(inside.len());
            let name = self.value[start + 1..self.at].split([':', '/', ' ']).next().unwrap_or("");
            let help = format!("write `<{}>`", if name.is_empty() { "id" } else { name });
            self.mistake(start..self.at, "this `<` is not closed", help);
            return None;
        };
        let at = start..start + length + 2;
        self.at = at.end;
        match placeholder::path(&inside[..length]) {
            Ok((root, fields, method)) => Some(Placeholder { root, fields, method, at }),
            Err((what, help)) => {
                self.mistake(at, what, help);
                None
            }
        }
    }
}

/// Whether a rendered value may contain the character; any other keeps two values apart.
pub(crate) fn in_rendered_values(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.@+%!(),".contains(c) || !c.is_ascii() && !c.is_control()
}

fn missing_separators(value: &str, pieces: &[Piece]) -> Vec<Mistake> {
    let mut last: Option<&Placeholder> = None;
    let mut mistakes = Vec::new();
    for piece in pieces {
        let Piece::Placeholder(next) = piece else { continue };
        if let Some(last) = last.replace(next) {
            let between = &value[last.at.end..next.at.start];
            if between.chars().all(in_rendered_values) {
                mistakes.push(joined(last, between, next));
            }
        }
    }
    mistakes
}

fn joined(left: &Placeholder, between: &str, right: &Placeholder) -> Mistake {
    let (a, b) = (left.path(), right.path());
    let what = if between.is_empty() {
        format!("nothing stands between `<{a}>` and `<{b}>`: different arguments would share a key")
    } else {
        format!(
            "`{between}` does not keep `<{a}>` and `<{b}>` apart: a rendered value may contain it, \
             and different arguments would share a key"
        )
    };
    Mistake { at: left.at.start..right.at.end, what, help: format!("write `<{a}>:<{b}>`") }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Placeholder, Template};
    use crate::diag::Errors;
    use syn::LitStr;

    fn template(text: &str) -> (Vec<Piece>, Vec<String>) {
        let mut errors = Errors::default();
        let literal = LitStr::new(text, proc_macro2::Span::call_site());
        let template = Template::parse("key", &literal, &mut errors);
        assert_eq!(template.sound, errors.is_empty());
        (template.pieces, errors.messages())
    }

    fn only_error(text: &str) -> String {
        let (_, mut errors) = template(text);
        assert_eq!(errors.len(), 1, "{text}: {errors:?}");
        errors.remove(0)
    }

    #[test]
    fn every_kind_of_placeholder_is_read() {
        let (pieces, errors) =
            template("u:<id>:<filter.page>:<pair.0>:<f.range.digest()>:<self.t>");
        assert_eq!(errors, [""; 0]);
        let paths: Vec<String> = pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Placeholder(placeholder) => Some(placeholder.path()),
                Piece::Text(_) => None,
            })
            .collect();
        assert_eq!(paths, ["id", "filter.page", "pair.0", "f.range.digest()", "self.t"]);
        let Piece::Placeholder(digest) = &pieces[7] else { panic!("not a placeholder") };
        let method = Some("digest".to_owned());
        assert_eq!(digest.fields, ["range"]);
        assert_eq!(digest.method, method);
    }

    #[test]
    fn raw_names_and_constants_are_read() {
        let (pieces, errors) = template("<r#type>:<KIND>:<Self::KIND>");
        assert_eq!(errors, [""; 0]);
        let Piece::Placeholder(Placeholder { root, at, .. }) = &pieces[0] else {
            panic!("not a placeholder")
        };
        assert_eq!((root.as_str(), at.clone()), ("type", 0..8));
    }

    #[test]
    fn braces_suggest_angle_brackets() {
        assert!(only_error("user:{id}").contains("`{id}` is not a placeholder"));
        assert!(only_error("user:{id}").contains("help: write `<id>`"));
        assert!(only_error("user:{").contains("`{` cannot be in a key"));
        assert!(only_error("user:}").contains("`}` cannot be in a key"));
        assert!(only_error("user:{}").contains("`{}`"));
    }

    #[test]
    fn values_need_something_between_them_that_no_value_contains() {
        assert!(only_error("<a><b>").contains("nothing stands between `<a>` and `<b>`"));
        assert!(only_error("<a>-<b>").contains("`-` does not keep `<a>` and `<b>` apart"));
        assert!(only_error("<a>%3A<b>").contains("does not keep"));
        assert!(only_error("<a>·<b>").contains("`·` does not keep `<a>` and `<b>` apart"));
        for fine in ["<a>:<b>", "<a>/<b>", "<a>-:-<b>", "<a>|<b>", "<a>é:<b>", "x<a>"] {
            assert_eq!(template(fine).1, [""; 0], "{fine}");
        }
    }

    #[test]
    fn every_mistake_in_a_key_is_found_at_once() {
        let (_, errors) = template("a b:<>:<x:>y");
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(only_error("").contains("the key is empty"));
        assert!(only_error("user:<id").contains("this `<` is not closed"));
        assert!(only_error("user:id>").contains("`>` without a `<`"));
        assert!(only_error("user:<a.f(1)>").contains("calls a method with arguments"));
        assert!(only_error("user:<hash(user)>").contains("as in `<user.hash()>`"));
        assert!(only_error("user:<f()>").contains("without a receiver"));
        assert!(only_error("user:<id + 1>").contains("is not a placeholder"));
        assert!(only_error("user:\t<id>").contains("white space in a key"));
        assert!(only_error("user:\u{7}<id>").contains("control character in a key"));
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        for text in ["<", ">", "<<", "<ü>", "{ü}", "<a", "{<a>}", "<a.>", "<.a>", "<a..b>"] {
            let _ = template(text);
        }
    }
}
