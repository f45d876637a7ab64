//! Calls for administration: on all entries whose keys look alike.

use std::collections::HashSet;

use super::Cache;
use crate::entry::Key;
use crate::error::Result;
use crate::policy::Tier;
use crate::remote::{Change, Remote};

impl Cache {
    /// Invalidates every entry whose rendered key matches a pattern, in which `*` stands for any text; says how many
    /// there were.
    ///
    /// Letters of every script are in the key as they are; what is escaped there, such as a space in an argument, is so
    /// in the pattern as well ([`KeyWriter::text`](crate::KeyWriter::text)): `city:New%20*`.
    ///
    /// For administration and not for requests: it looks at every key of the namespace (`SCAN` on a server, never
    /// `KEYS`), a few hundred at a time. An entry that is stored meanwhile may be missed. What requests have to invalidate
    /// together needs a tag or a group, which take constant time.
    ///
    /// Loads that are under way are not stored, and count. Of functions with `tier = "local"` the entries of this process
    /// are reached, and not those of others, whose keys nobody else knows.
    ///
    /// # Errors
    /// If the shared tier does not answer: [`Error::is_unavailable`](crate::Error::is_unavailable). What was found until
    /// then is invalidated.
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// for n in 0..20 {
    ///     square(n).await;
    /// }
    /// assert_eq!(cache.invalidate_pattern("square:1*").await?, 11); // 1, and 10 to 19
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate_pattern(&self, pattern: &str) -> Result<u64> {
        self.invalidate_pattern_with(pattern, |_| {}).await
    }

    /// Does the same, and tells every now and then how many entries were invalidated so far.
    ///
    /// # Errors
    /// As [`invalidate_pattern`](Self::invalidate_pattern).
    ///
    /// ```
    /// # use cache_runtime::{cached, testing};
    /// #[cached(key = "square:<n>", ttl = "1m")]
    /// async fn square(n: u64) -> u64 {
    ///     n * n
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = testing::isolate();
    /// square(3).await;
    /// let mut told = 0;
    /// cache.invalidate_pattern_with("square:*", |so_far| told = so_far).await?;
    /// assert_eq!(told, 1);
    /// # Ok::<(), cache_runtime::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate_pattern_with(
        &self,
        pattern: &str,
        mut progress: impl FnMut(u64) + Send,
    ) -> Result<u64> {
        let tiers = &self.0.tiers;
        let mut found = 0;
        let mut keys = tiers.local.keys();
        // What is loaded without a lease is not stored, but must not be joined either.
        keys.extend(tiers.flights.keys());
        for key in keys {
            if matches(pattern.as_bytes(), key.as_bytes()) {
                tiers.local.invalidate(&key);
                tiers.flights.detach(&key);
                found += u64::from(tiers.remote().is_none());
            }
        }
        if let Some(remote) = tiers.remote() {
            for tier in [Tier::All, Tier::Remote] {
                found = self.sweep(remote, tier, pattern, found, &mut progress).await?;
            }
        }
        progress(found);
        Ok(found)
    }

    /// Invalidates what matches in the shared tier; `found` is what was found before.
    async fn sweep(
        &self,
        remote: &std::sync::Arc<Remote>,
        tier: Tier,
        pattern: &str,
        mut found: u64,
        progress: &mut (impl FnMut(u64) + Send),
    ) -> Result<u64> {
        let prefix = pattern.split('*').next().unwrap_or_default();
        // A scan may give a key several times.
        let mut seen: HashSet<Key> = HashSet::new();
        let mut cursor = 0;
        loop {
            let part = remote.scan(tier, prefix.as_bytes(), cursor).await?;
            for key in part.keys {
                if matches(pattern.as_bytes(), key.as_bytes()) && seen.insert(key.clone()) {
                    let place = crate::remote::Place { tier, key };
                    remote.change(&place, Change::Remove).await?;
                    self.0.tiers.local.invalidate(&place.key);
                    self.0.tiers.flights.detach(&place.key);
                    found += 1;
                }
            }
            progress(found);
            cursor = part.cursor;
            if cursor == 0 {
                return Ok(found);
            }
        }
    }
}

/// Tells whether a text matches a pattern, in which `*` stands for any text. Takes time in proportion to the product of
/// their lengths at worst.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text_and_everything_else_for_itself() {
        let hit = |pattern: &str, text: &str| matches(pattern.as_bytes(), text.as_bytes());
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
