//! The names under which a store keeps things.

use crate::error::Result;
use crate::key::Key;
use crate::key::Tag;
use crate::store::check_namespace;

/// What the names of a store begin with.
#[derive(Clone, Debug)]
pub(super) struct Namespace(String);

/// Where entries are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Entries of which processes keep copies: they are told of every change.
    Tracked,
    /// Entries of which nobody keeps copies.
    Untracked,
}

/// What a name that has changed stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Entry(Key),
    /// An entry that processes keep for themselves.
    Announced(Key),
    Tag(Tag),
    /// All of it.
    Everything,
}

impl Namespace {
    pub(super) fn new(name: &str) -> Result<Self> {
        check_namespace(name)?;
        Ok(Self(name.to_owned()))
    }

    pub(super) fn entry(&self, space: Space, key: &Key) -> Vec<u8> {
        self.name(space.letter(), key.as_bytes())
    }

    pub(super) fn tag(&self, tag: &Tag) -> Vec<u8> {
        self.name(b't', tag.as_bytes())
    }

    /// What is written to tell that an entry is to be removed which processes keep for themselves.
    pub(super) fn announcement(&self, key: &Key) -> Vec<u8> {
        self.name(b'i', key.as_bytes())
    }

    /// What is written to tell that everything is to be removed which processes keep for themselves.
    pub(super) fn announcement_to_all(&self) -> Vec<u8> {
        self.begin(b":i", 0)
    }

    pub(super) fn epoch(&self) -> Vec<u8> {
        self.begin(b":e", 0)
    }

    /// A name that is only written to see whether that is possible.
    pub(super) fn probe(&self, number: u64) -> Vec<u8> {
        self.name(b'p', format!("{number:x}").as_bytes())
    }

    /// The pattern of the entries whose keys begin with `prefix`.
    pub(super) fn pattern(&self, space: Space, prefix: &[u8]) -> Vec<u8> {
        let mut pattern = self.name(space.letter(), b"");
        for byte in prefix {
            if b"*?[]\\^-".contains(byte) {
                pattern.push(b'\\');
            }
            pattern.push(*byte);
        }
        pattern.push(b'*');
        pattern
    }

    /// The key of an entry of this space.
    pub(super) fn key(&self, space: Space, name: &[u8]) -> Option<Key> {
        Key::new(self.after(space.letter(), name)?)
    }

    /// What the server is to report changes of.
    pub(super) fn tracked(&self) -> [Vec<u8>; 4] {
        [self.name(b'v', b""), self.name(b't', b""), self.announcement_to_all(), self.epoch()]
    }

    /// What a reported name stands for; `None` for one that is not ours.
    pub(super) fn named(&self, name: &[u8]) -> Option<Named> {
        if name == self.epoch() || name == self.announcement_to_all() {
            return Some(Named::Everything);
        }
        if let Some(tag) = self.after(b't', name) {
            return Some(Named::Tag(Tag::new(tag)));
        }
        if let Some(key) = self.after(b'i', name) {
            return Key::new(key).map(Named::Announced);
        }
        Key::new(self.after(b'v', name)?).map(Named::Entry)
    }

    fn name(&self, letter: u8, rest: &[u8]) -> Vec<u8> {
        let mut name = self.begin(&[b':', letter, b':'], rest.len());
        name.extend_from_slice(rest);
        name
    }

    /// The beginning of a name, with room for so much more. Without the machinery of `format!`, which every hit would
    /// pay for.
    fn begin(&self, then: &[u8], room: usize) -> Vec<u8> {
        let mut name = Vec::with_capacity(self.0.len() + then.len() + room);
        name.extend_from_slice(self.0.as_bytes());
        name.extend_from_slice(then);
        name
    }

    fn after<'a>(&self, letter: u8, name: &'a [u8]) -> Option<&'a [u8]> {
        name.strip_prefix(self.name(letter, b"").as_slice())
    }
}

impl Space {
    fn letter(self) -> u8 {
        match self {
            Self::Tracked => b'v',
            Self::Untracked => b'r',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Namespace {
        Namespace::new("shop").unwrap()
    }

    #[test]
    fn a_namespace_holds_nothing_that_would_end_it() {
        assert!(Namespace::new("Shop_1.a-b").is_ok());
        for wrong in ["", "a:b", "a*", "{a}", "a b", "\u{fc}", "a\n"] {
            let error = Namespace::new(wrong).map(|_| ()).unwrap_err();
            assert!(error.is_config(), "{error}");
        }
    }

    #[test]
    fn a_name_is_read_back_as_what_it_stands_for() {
        let (shop, key, tag) = (shop(), Key::new(b"user:7\0*").unwrap(), Tag::new(b"user:7"));
        let entry = shop.entry(Space::Tracked, &key);
        assert_eq!(entry, b"shop:v:user:7\0*");
        assert_eq!(shop.named(&entry), Some(Named::Entry(key.clone())));
        assert_eq!(shop.named(&shop.announcement(&key)), Some(Named::Announced(key.clone())));
        assert_eq!(shop.named(&shop.tag(&tag)), Some(Named::Tag(tag)));
        assert_eq!(shop.named(&shop.epoch()), Some(Named::Everything));
        assert_eq!(shop.named(&shop.announcement_to_all()), Some(Named::Everything));
        let nameless = Key::new(b"").unwrap();
        let announced = shop.announcement(&nameless);
        assert_eq!(shop.named(&announced), Some(Named::Announced(nameless)));
        assert_eq!(shop.key(Space::Untracked, &shop.entry(Space::Untracked, &key)), Some(key));
    }

    #[test]
    fn names_of_others_stand_for_nothing() {
        let long = [b"shop:v:".as_slice(), &[b'a'; 2000]].concat();
        let names: [&[u8]; 8] =
            [b"", b"shop", b"shop:event", b"shop:item", b"shop:r:a", b"shopping:v:a", b"s", &long];
        for name in names {
            assert_eq!(shop().named(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_prefix_with_wildcards_stands_for_itself() {
        assert_eq!(shop().pattern(Space::Tracked, b"a*[b]?\\"), br"shop:v:a\*\[b\]\?\\*");
        assert_eq!(shop().pattern(Space::Untracked, b""), b"shop:r:*");
    }
}
