//! The names that keep programs on one server apart.

use crate::error::{Error, Result};

/// Refuses what is no namespace. It is not repeated: it may be a URL, with a password, that was given by mistake.
pub(crate) fn check_namespace(name: &str) -> Result<()> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    let has = match name.chars().find(|char| !allowed(*char)) {
        None if name.is_empty() => "is empty".to_owned(),
        None => return Ok(()),
        Some(char) => format!("has a `{}` in it", char.escape_default()),
    };
    Err(Error::config(format!("the namespace {has}: expected letters, digits, `_`, `.` and `-`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_namespace_is_told_without_repeating_it() {
        assert!(check_namespace("Shop_1.a-b").is_ok());
        let wrong = |name| check_namespace(name).unwrap_err().to_string();
        assert!(wrong("").contains("the namespace is empty"));
        for (name, has) in
            [("a b", "has a ` `"), ("a\u{1b}[2J", r"has a `\u{1b}`"), ("ü", r"`\u{fc}`")]
        {
            assert!(wrong(name).contains(has), "{}", wrong(name));
        }
        let url = wrong("redis://u:hunter2@h");
        assert!(url.contains("has a `:`") && !url.contains("hunter2"), "{url}");
    }
}
