//! Tags: names under which entries are invalidated together.

use std::fmt;
use std::sync::Arc;

use crate::key::rendered::digest;

/// A rendered tag, such as `user:7`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tag(Arc<[u8]>);

impl Tag {
    /// Takes rendered bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The tag's bytes, as a store keeps them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", digest(&self.0))
    }
}

/// Tells whether a rendered tag can have come from a tag template: `user:<id>` matches `user:7`.
///
/// A placeholder matches any text, so the answer errs on the side of "yes": an invalidation that reaches one
/// cache too many costs a miss, one that misses a cache leaves a stale value.
pub(crate) fn matches_template(template: &str, rendered: &[u8]) -> bool {
    let mut pieces = literal_pieces(template);
    let Some(first) = pieces.next() else { return rendered.is_empty() };
    let Some(mut rest) = rendered.strip_prefix(first.as_bytes()) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(middle) = last.replace(piece) {
            let Some(at) = find(rest, str::as_bytes(middle)) else { return false };
            rest = &rest[at + middle.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last: &str| rest.ends_with(last.as_bytes()))
}

/// A template without the names of its placeholders, `user:<>` for `user:<id>`: what two templates have in common if they
/// render to one text.
pub(crate) fn shape(template: &str) -> String {
    literal_pieces(template).collect::<Vec<_>>().join("<>")
}

/// The template's literal text, cut at its placeholders.
fn literal_pieces(template: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(template);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((piece, tail)) = text.split_once('<') else {
            rest = None;
            return Some(text);
        };
        rest = Some(tail.split_once('>').map_or("", |(_, tail)| tail));
        Some(piece)
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::matches_template;

    #[test]
    fn a_rendered_tag_matches_the_template_it_came_from() {
        assert!(matches_template("user", b"user"));
        assert!(matches_template("user:<id>", b"user:7"));
        assert!(matches_template("<tenant>:user:<id>", b"acme:user:7"));
        assert!(matches_template("t:<a>:<b>:x", b"t:1:2:x"));
    }

    #[test]
    fn another_tag_does_not() {
        assert!(!matches_template("user", b"users"));
        assert!(!matches_template("user:<id>", b"post:7"));
        assert!(!matches_template("t:<a>:<b>:x", b"t:1:x"));
        assert!(!matches_template("t:<a>:x", b"t:1:y"));
    }
}
