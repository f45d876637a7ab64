//! A cache's settings from the environment.

use std::time::Duration;

use super::{CacheBuilder, no_such_policy};
use crate::registry::policies;

impl CacheBuilder {
    /// Starts from the environment; see [`Cache::from_env`](crate::Cache::from_env).
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use cache_runtime::CacheBuilder;
    /// // What is set in code wins over the environment.
    /// let cache = CacheBuilder::from_env().url("memory://").build().await?;
    /// assert!(cache.health().is_none());
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
        for (name, value) in variables {
            if !value.is_empty() {
                builder.variable(&name, value);
            }
        }
        builder
    }

    fn variable(&mut self, name: &str, value: String) {
        match name {
            "CACHE_URL" => self.url = Some(value),
            "CACHE_NAMESPACE" => self.config.namespace = Some(value),
            "CACHE_DISABLED" => match value.to_ascii_lowercase().as_str() {
                "1" | "true" => self.config.disabled = true,
                "0" | "false" => {}
                _ => self.note(format!("`CACHE_DISABLED={value}`: expected `1` or `0`")),
            },
            _ => {
                let policy = name.strip_prefix("CACHE_POLICY_");
                let Some(policy) = policy.and_then(|name| name.strip_suffix("_TTL")) else {
                    return;
                };
                self.variable_ttl(name, policy, &value);
            }
        }
    }

    fn variable_ttl(&mut self, name: &str, policy: &str, value: &str) {
        let Some(ttl) = duration(value) else {
            return self
                .note(format!("`{name}={value}`: expected a duration such as `90s` or `1h30m`"));
        };
        let linked = policies();
        let mut named = linked.iter().filter(|linked| linked.name.eq_ignore_ascii_case(policy));
        match named.next() {
            Some(policy) => {
                self.config.policies.entry(policy.name.to_owned()).or_default().ttl = Some(ttl);
            }
            None => self.note(format!("`{name}`: {}", no_such_policy(&policy.to_lowercase()))),
        }
    }

    fn note(&mut self, wrong: String) {
        self.wrong.get_or_insert(wrong);
    }
}

/// Reads a duration such as `1h30m`.
fn duration(text: &str) -> Option<Duration> {
    // `humantime` panics on parts whose sum overflows, for which twelve digits are too few, and enough for any ttl.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (digits <= 12).then(|| humantime::parse_duration(text).ok())?
}
