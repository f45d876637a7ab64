//! Namespaces: what keeps programs on one server apart.

use crate::error::{Error, Result};

/// The namespace of a store: what all of its names on a server begin with.
///
/// ```
/// use cache_runtime::store::Namespace;
///
/// assert_eq!(Namespace::new("shop-2")?.as_str(), "shop-2");
/// assert!(Namespace::new("shop:2").unwrap_err().is_config());
/// # Ok::<(), cache_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace(String);

impl Namespace {
    /// The namespace of this name: letters, digits, `_`, `.` and `-`, so that nothing in it ends it.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) for any other name. It is not repeated: it may be a URL, with a password, that was
    /// given by mistake.
    pub fn new(name: &str) -> Result<Self> {
        let allowed = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
        let has = match name.chars().find(|char| !allowed(*char)) {
            None if name.is_empty() => "is empty".to_owned(),
            None => return Ok(Self(name.to_owned())),
            Some(char) => format!("has a `{}` in it", char.escape_default()),
        };
        Err(Error::config(format!(
            "the namespace {has}: expected letters, digits, `_`, `.` and `-`"
        )))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_namespace_is_told_without_repeating_it() {
        assert!(Namespace::new("Shop_1.a-b").is_ok());
        let wrong = |name| Namespace::new(name).unwrap_err().to_string();
        assert!(wrong("").contains("the namespace is empty"));
        for (name, has) in
            [("a b", "has a ` `"), ("a\u{1b}[2J", r"has a `\u{1b}`"), ("ü", r"`\u{fc}`")]
        {
            assert!(wrong(name).contains(has), "{}", wrong(name));
        }
        for wrong in ["a:b", "a*", "{a}", "a\n"] {
            assert!(Namespace::new(wrong).unwrap_err().is_config(), "{wrong}");
        }
        let url = wrong("redis://u:hunter2@h");
        assert!(url.contains("has a `:`") && !url.contains("hunter2"), "{url}");
    }
}
