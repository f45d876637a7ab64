//! How people name one policy: by the function's name, with as much of the path before it as tells it from others.

use super::policies::{policies, shown};
use crate::policy::Policy;

/// Whether the middle of an environment variable names the policy: `GET` and `USERS__GET` name `shop::users::get`.
fn is_named_in_a_variable(policy: &Policy, name: &str) -> bool {
    let path = format!("{}::{}", policy.module, policy.name);
    let mut starts =
        path.match_indices("::").map(|(at, separator)| at + separator.len()).chain([0]);
    starts.any(|start| path[start..].replace("::", "__").eq_ignore_ascii_case(name))
}

/// The name of the one function that `name` names, with the modules that tell it from all others.
///
/// # Errors
/// Says what is wrong if that is none, or more than one.
pub(crate) fn named(name: &str) -> Result<String, String> {
    one(name, |policy| policy.is_named(name), str::to_owned)
}

/// The same for the middle of an environment variable.
///
/// # Errors
/// Says what is wrong if that is none, or more than one.
pub(crate) fn named_in_a_variable(name: &str) -> Result<String, String> {
    let written = |path: &str| path.replace("::", "__").to_ascii_uppercase();
    one(name, |policy| is_named_in_a_variable(policy, name), written)
}

fn one(
    name: &str,
    is_meant: impl Fn(&Policy) -> bool,
    written: impl Fn(&str) -> String,
) -> Result<String, String> {
    let linked = policies();
    let path = |policy: &Policy| format!("{}::{}", policy.module, policy.name);
    let mut meant: Vec<_> = linked.iter().filter(|policy| is_meant(policy)).map(path).collect();
    meant.dedup();
    match meant.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let mut names: Vec<_> = linked
                .iter()
                .map(|policy| format!("`{}`", shown(policy.module, policy.name)))
                .collect();
            names.dedup();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            Err(format!("no cached function is called `{name}`; linked into this program: {known}"))
        }
        several => {
            let several: Vec<_> =
                several.iter().map(|path| format!("`{}`", written(path))).collect();
            Err(format!(
                "{} cached functions are called `{name}`: write as much of the path as tells them apart, of {}",
                several.len(),
                several.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_by_the_end_of_its_path() {
        let policy = Policy::new("get", "shop::users", "user:<id>", "User", 0);
        for name in ["get", "users::get", "shop::users::get"] {
            assert!(policy.is_named(name), "{name}");
        }
        for name in ["", "et", "::get", "sers::get", "users", "posts::get", "x::shop::users::get"] {
            assert!(!policy.is_named(name), "{name}");
        }
        for name in ["GET", "USERS__GET", "Shop__Users__get"] {
            assert!(is_named_in_a_variable(&policy, name), "{name}");
        }
        for name in ["", "SERS__GET", "USERS_GET", "POSTS__GET"] {
            assert!(!is_named_in_a_variable(&policy, name), "{name}");
        }
    }
}
