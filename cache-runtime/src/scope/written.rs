//! What a write has touched: what runs inside of it neither takes that from the cache nor stores it.

use std::collections::HashSet;

use parking_lot::Mutex;

use crate::key::{Key, Pattern, Tag};

/// Tells caches apart: an address, which is that of no other while the write refers to the cache.
pub(crate) type CacheId = usize;

/// How an entry stands to what was touched. In the order of how sure it is that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Untouched,
    /// It was if it carries one of some tags.
    ByTags,
    Touched,
}

/// What a write, or all those of a transaction, have touched so far, in any cache.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<Vec<(CacheId, InCache)>>);

type Set<T> = HashSet<T, foldhash::fast::RandomState>;

#[derive(Debug, Default)]
struct InCache {
    keys: Set<Key>,
    tags: Set<Tag>,
    patterns: Vec<Pattern>,
    everything: bool,
}

impl Written {
    pub(crate) fn key(&self, cache: CacheId, key: &Key) {
        self.with(cache, |touched| touched.keys.insert(key.clone()));
    }

    pub(crate) fn tag(&self, cache: CacheId, tag: &Tag) {
        self.with(cache, |touched| touched.tags.insert(tag.clone()));
    }

    pub(crate) fn pattern(&self, cache: CacheId, pattern: &Pattern) {
        self.with(cache, |touched| touched.patterns.push(pattern.clone()));
    }

    pub(crate) fn everything(&self, cache: CacheId) {
        self.with(cache, |touched| touched.everything = true);
    }

    fn with<T>(&self, cache: CacheId, touch: impl FnOnce(&mut InCache) -> T) {
        let mut caches = self.0.lock();
        let known = caches.iter().position(|(id, _)| *id == cache);
        let at = known.unwrap_or_else(|| {
            caches.push((cache, InCache::default()));
            caches.len() - 1
        });
        touch(&mut caches[at].1);
    }

    pub(super) fn standing(&self, cache: CacheId, key: &[u8]) -> Standing {
        let caches = self.0.lock();
        let Some((_, touched)) = caches.iter().find(|(id, _)| *id == cache) else {
            return Standing::Untouched;
        };
        let InCache { keys, tags, patterns, everything } = touched;
        if *everything || keys.contains(key) || patterns.iter().any(|pattern| pattern.matches(key))
        {
            Standing::Touched
        } else if tags.is_empty() {
            Standing::Untouched
        } else {
            Standing::ByTags
        }
    }

    pub(super) fn has(&self, cache: CacheId, tags: &[Tag]) -> bool {
        let caches = self.0.lock();
        let touched = caches.iter().find(|(id, _)| *id == cache);
        touched.is_some_and(|(_, touched)| tags.iter().any(|tag| touched.tags.contains(tag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> Vec<Tag> {
        names.iter().map(|name| Tag::new(name.as_bytes())).collect()
    }

    #[test]
    fn an_entry_is_touched_by_its_key_what_it_looks_like_or_all_of_its_cache() {
        let written = Written::default();
        written.key(1, &Key::new(b"user:7").unwrap());
        written.pattern(1, &Pattern::new("post:*"));
        assert_eq!(written.standing(1, b"user:7"), Standing::Touched);
        assert_eq!(written.standing(1, b"post:1"), Standing::Touched);
        assert_eq!(written.standing(1, b"user:8"), Standing::Untouched);
        assert_eq!(written.standing(2, b"user:7"), Standing::Untouched, "another cache");
        written.everything(1);
        assert_eq!(written.standing(1, b"user:8"), Standing::Touched);
    }

    #[test]
    fn where_a_tag_is_touched_the_tags_of_an_entry_decide() {
        let written = Written::default();
        written.tag(1, &tags(&["user"])[0]);
        assert_eq!(written.standing(1, b"user:7"), Standing::ByTags);
        assert_eq!(written.standing(2, b"user:7"), Standing::Untouched, "another cache");
        assert!(written.has(1, &tags(&["post", "user"])));
        assert!(!written.has(1, &tags(&["post"])));
        assert!(!written.has(2, &tags(&["user"])));
    }
}
