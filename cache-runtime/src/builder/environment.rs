//! A cache's settings from the environment.

use super::cache_builder::CacheBuilder;
use super::duration;
use crate::cache::Cache;
use crate::declared::registry::named_in_a_variable;
use crate::error::Result;
use crate::tiers::Settings;

/// The variables that are no policy's.
const NAMES: [&str; 3] = ["CACHE_URL", "CACHE_NAMESPACE", "CACHE_DISABLED"];

/// What the names of a policy's variables begin with.
const POLICY: &str = "CACHE_POLICY_";

impl Cache {
    /// Builds a cache from the environment.
    ///
    /// | variable | meaning | default |
    /// |---|---|---|
    /// | `CACHE_URL` | as [`CacheBuilder::url`] | `memory://` |
    /// | `CACHE_NAMESPACE` | as [`CacheBuilder::namespace`] | `cache` |
    /// | `CACHE_DISABLED` | `1` or `true`: every policy is off | `0` |
    /// | `CACHE_POLICY_<NAME>_TTL` | the ttl of the policy with this name in capitals, such as `90s` or `1h30m`. Where several functions have the name, modules go before it: `CACHE_POLICY_USERS__GET_TTL` is for `users::get` | the attribute's |
    ///
    /// A variable that is empty, that names no policy, that gives a ttl of zero, or whose name is one of these but for a letter,
    /// is an error. Any other that begins with `CACHE_` may be another program's: it is named in one warning in the log. A ttl
    /// is written as in the attribute.
    ///
    /// # Errors
    /// As [`CacheBuilder::build`].
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::Cache;
    /// let cache = Cache::from_env().await?;
    /// assert_eq!(cache.snapshot().entries, 0);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn from_env() -> Result<Self> {
        CacheBuilder::from_env().build().await
    }
}

impl CacheBuilder {
    /// Starts from the environment; see [`Cache::from_env`](crate::Cache::from_env).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::CacheBuilder;
    /// // What is set in code wins over the environment.
    /// let cache = CacheBuilder::from_env().url("memory://").build().await?;
    /// assert!(cache.health().remote.is_none());
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn from_env() -> Self {
        // Not UTF-8 is reported by the reader of the variable, as a value that it can't take.
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into(), value.to_string_lossy().into()));
        Self::from_variables(variables)
    }

    pub(super) fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut builder = Self::default();
        let mut others = Vec::new();
        for (name, value) in variables {
            if is_others(&name) {
                others.push(name);
            } else {
                builder.variable(&name, value);
            }
        }
        if let Some(said) = of_others(&others) {
            tracing::warn!("{said}");
        }
        builder
    }

    fn variable(&mut self, name: &str, value: String) {
        let policy = name.strip_prefix(POLICY);
        if policy.is_none() && !NAMES.contains(&name) {
            if let Some(meant) = meant(name) {
                self.note(format!("`{name}` is not a variable of the cache: expected `{meant}`"));
            }
            return;
        }
        if value.trim().is_empty() {
            return self.note(format!("`{name}` is empty: give it a value, or unset it"));
        }
        match (name, policy) {
            (_, Some(policy)) => self.variable_of_policy(name, policy, &value),
            ("CACHE_URL", _) => self.url = Some(value),
            ("CACHE_NAMESPACE", _) => self.config.namespace = Some(value),
            _ => match value.to_ascii_lowercase().as_str() {
                "1" | "true" => self.config.disabled = true,
                "0" | "false" => {}
                _ => self.note(format!(
                    "`{name}={value}`: expected `1` or `true`, which switches every policy off, or `0` or `false`"
                )),
            },
        }
    }

    fn variable_of_policy(&mut self, name: &str, policy: &str, value: &str) {
        let Some(policy) = policy.strip_suffix("_TTL").filter(|policy| !policy.is_empty()) else {
            return self.note(format!(
                "`{name}` is not a variable of the cache: expected `CACHE_POLICY_<NAME>_TTL`"
            ));
        };
        let ttl = match duration::parse(value) {
            Ok(ttl) => ttl,
            Err(wrong) => {
                return self.note(format!(
                    "`{name}={value}`: {wrong}; expected a duration such as `90s` or `1h30m`"
                ));
            }
        };
        match named_in_a_variable(policy) {
            // Here and not in `build`, whose error could not name the variable.
            Ok(function) if ttl.is_zero() => {
                self.note(format!(
                    "`{name}={value}`: with a ttl of zero nothing is stored; to switch `{function}` off use \
                     `.policy(\"{function}\", |policy| policy.off())`, for all functions `CACHE_DISABLED=1`"
                ));
            }
            Ok(function) => {
                let settings = Settings { ttl: Some(ttl), ..Settings::default() };
                self.config.policies.push((function, settings));
            }
            Err(wrong) => self.note(format!("`{name}`: {wrong}")),
        }
    }

    fn note(&mut self, wrong: String) {
        self.wrong.get_or_insert(wrong);
    }
}

/// The variable that somebody meant, but for a letter.
fn meant(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|meant| is_misspelt(name, meant))
}

/// Tells whether a variable looks like one of the cache's, and is unlike each.
pub(super) fn is_others(name: &str) -> bool {
    let known = name.starts_with(POLICY) || NAMES.contains(&name) || meant(name).is_some();
    name.starts_with("CACHE_") && !known
}

/// What is said of variables that look like the cache's. They may be another program's, so they are no error.
pub(super) fn of_others(names: &[String]) -> Option<String> {
    let shown: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let (shown, are) = match shown.as_slice() {
        [] => return None,
        [one] => (one.clone(), "is no variable"),
        all => (all.join(", "), "are no variables"),
    };
    Some(format!(
        "{shown} {are} of the cache: nothing is read from there. There are `CACHE_URL`, `CACHE_NAMESPACE`, \
         `CACHE_DISABLED` and `CACHE_POLICY_<NAME>_TTL`"
    ))
}

/// Tells whether somebody meant `meant`, but for the case, an underscore or one letter. Others' programs have variables that
/// begin with `CACHE_`, too: what is less alike is left alone.
fn is_misspelt(name: &str, meant: &str) -> bool {
    let plain = |text: &str| text.to_ascii_uppercase().replace(['_', '-'], "").into_bytes();
    let (name, meant) = (plain(name), plain(meant));
    let same = name.iter().zip(&meant).take_while(|(a, b)| a == b).count();
    let (name, meant) = (&name[same..], &meant[same..]);
    let (name_rest, meant_rest) = (name.get(1..), meant.get(1..));
    let added = name_rest == Some(meant);
    let missing = Some(name) == meant_rest;
    let other = name_rest.is_some() && name_rest == meant_rest;
    let swapped = match (name, meant) {
        ([a, b, name @ ..], [c, d, meant @ ..]) => (a, b) == (d, c) && name == meant,
        _ => false,
    };
    name == meant || added || missing || other || swapped
}
