//! What keys look like: a text in which `*` stands for any text.

/// A pattern of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Box<[u8]>);

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.as_bytes().into())
    }

    /// What every key begins with that matches.
    pub(crate) fn prefix(&self) -> &[u8] {
        self.0.split(|byte| *byte == b'*').next().unwrap_or_default()
    }

    /// Tells whether a text matches. Takes time in proportion to the product of their lengths at worst.
    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        let pattern = &self.0;
        let (mut p, mut t) = (0, 0);
        // Where the last star is, and where the text went on after what it stands for.
        let mut star: Option<(usize, usize)> = None;
        while t < text.len() {
            match (pattern.get(p), star) {
                (Some(b'*'), _) => {
                    star = Some((p, t));
                    p += 1;
                }
                (Some(byte), _) if *byte == text[t] => (p, t) = (p + 1, t + 1),
                (_, Some((at, from))) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                (_, None) => return false,
            }
        }
        pattern[p..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_star_stands_for_any_text_and_everything_else_for_itself() {
        let hit = |pattern: &str, text: &str| Pattern::new(pattern).matches(text.as_bytes());
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("user:*", "user:"),
            ("user:*", "user:7"),
            ("*:7", "user:7"),
            ("u*r:*7", "user:1:7"),
            ("a*a", "aba"),
            ("user:7", "user:7"),
            ("?[x]", "?[x]"),
        ] {
            assert!(hit(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("user:*", "users:7"), ("a*a", "a"), ("*:7", "user:77"), ("?", "a")]
        {
            assert!(!hit(pattern, text), "{pattern} {text}");
        }
    }
}
