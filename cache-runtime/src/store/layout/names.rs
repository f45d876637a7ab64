//! The names under which a store keeps things on a server.

use crate::key::{Key, Tag};
use crate::store::namespace::Namespace;
use crate::token::Token;

/// A space of entries: those of which processes keep copies are apart from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Space {
    /// Entries of which processes keep copies: they are told of every change.
    Tracked,
    /// Entries of which nobody keeps copies.
    Untracked,
}

/// A name on a server, read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Name {
    /// An entry: its value, the lease of a load, or the guards of writers.
    Entry(Space, Key),
    /// The version of a tag.
    Tag(Tag),
    /// The version of everything in the namespace.
    Epoch,
    /// A change of it tells that an entry has ended of which only processes have copies, and who says so.
    Announcement(Key, Token),
    /// A change of it tells that all entries have ended of which only processes have copies.
    AnnouncementToAll,
    /// Written to see whether that is possible.
    Probe,
}

impl Namespace {
    /// The name of an entry.
    #[must_use]
    pub fn entry(&self, space: Space, key: &Key) -> Vec<u8> {
        self.name(space.letter(), key.as_bytes())
    }

    /// The name of a tag's version.
    #[must_use]
    pub fn tag(&self, tag: &Tag) -> Vec<u8> {
        self.name(b't', tag.as_bytes())
    }

    /// The name that is written to tell that an entry has ended of which only processes have copies. It says by whom, because
    /// a server tells what has changed and not who changed it, and of two changes at the same time once.
    #[must_use]
    pub fn announcement(&self, key: &Key, by: Token) -> Vec<u8> {
        let mut rest = format!("{:016x}:", by.to_bits()).into_bytes();
        rest.extend_from_slice(key.as_bytes());
        self.name(b'i', &rest)
    }

    /// The name that is written to tell that all entries have ended of which only processes have copies.
    #[must_use]
    pub fn announcement_to_all(&self) -> Vec<u8> {
        self.begin(b":i", 0)
    }

    /// The name of the epoch, the version of everything.
    #[must_use]
    pub fn epoch(&self) -> Vec<u8> {
        self.begin(b":e", 0)
    }

    /// A name that is only written to see whether that is possible.
    pub(crate) fn probe(&self, number: u64) -> Vec<u8> {
        self.name(b'p', format!("{number:x}").as_bytes())
    }

    /// The pattern for `SCAN … MATCH` of the entries whose keys begin with `prefix`.
    #[must_use]
    pub fn pattern(&self, space: Space, prefix: &[u8]) -> Vec<u8> {
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

    /// The prefixes of all names whose changes a server is asked to report.
    pub(crate) fn tracking_prefixes(&self) -> [Vec<u8>; 4] {
        [self.name(b'v', b""), self.name(b't', b""), self.announcement_to_all(), self.epoch()]
    }

    /// Reads a name; `None` for one that is not of this namespace.
    #[must_use]
    pub fn parse(&self, name: &[u8]) -> Option<Name> {
        let rest = name.strip_prefix(self.as_str().as_bytes())?.strip_prefix(b":")?;
        let key = || Key::new(rest.get(2..)?);
        match rest {
            b"e" => Some(Name::Epoch),
            b"i" => Some(Name::AnnouncementToAll),
            [b'v', b':', ..] => key().map(|key| Name::Entry(Space::Tracked, key)),
            [b'r', b':', ..] => key().map(|key| Name::Entry(Space::Untracked, key)),
            [b'i', b':', announced @ ..] => {
                let (by, key) = announced.split_at_checked(16)?;
                let by = u64::from_str_radix(std::str::from_utf8(by).ok()?, 16).ok()?;
                Some(Name::Announcement(Key::new(key.strip_prefix(b":")?)?, Token::from_bits(by)?))
            }
            [b't', b':', tag @ ..] => Some(Name::Tag(Tag::new(tag))),
            [b'p', b':', ..] => Some(Name::Probe),
            _ => None,
        }
    }

    fn name(&self, letter: u8, rest: &[u8]) -> Vec<u8> {
        let mut name = self.begin(&[b':', letter, b':'], rest.len());
        name.extend_from_slice(rest);
        name
    }

    /// The beginning of a name, with room for so much more. Without the machinery of `format!`, which every hit would
    /// pay for.
    fn begin(&self, then: &[u8], room: usize) -> Vec<u8> {
        let mut name = Vec::with_capacity(self.as_str().len() + then.len() + room);
        name.extend_from_slice(self.as_str().as_bytes());
        name.extend_from_slice(then);
        name
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
    fn a_name_is_read_back_as_what_it_stands_for() {
        let (shop, key, tag) = (shop(), Key::new(b"user:7\0*").unwrap(), Tag::new(b"user:7"));
        let (nameless, by) = (Key::new(b"").unwrap(), Token::from_bits(7).unwrap());
        let names = [
            (shop.entry(Space::Tracked, &key), Name::Entry(Space::Tracked, key.clone())),
            (shop.entry(Space::Untracked, &key), Name::Entry(Space::Untracked, key.clone())),
            (shop.announcement(&key, by), Name::Announcement(key, by)),
            (shop.announcement(&nameless, by), Name::Announcement(nameless, by)),
            (shop.announcement_to_all(), Name::AnnouncementToAll),
            (shop.tag(&tag), Name::Tag(tag)),
            (shop.epoch(), Name::Epoch),
            (shop.probe(7), Name::Probe),
        ];
        assert_eq!(names[0].0, b"shop:v:user:7\0*");
        for (name, read) in names {
            assert_eq!(shop.parse(&name), Some(read));
        }
    }

    #[test]
    fn names_of_others_stand_for_nothing() {
        let long = [b"shop:v:".as_slice(), &[b'a'; 2000]].concat();
        let names: [&[u8]; 8] =
            [b"", b"shop", b"shop:event", b"shop:item", b"shop:x:a", b"shopping:v:a", b"s", &long];
        let announcements: [&[u8]; 4] = [
            b"shop:i:a",
            b"shop:i:0000000000000007",
            b"shop:i:0000000000000000:a",
            b"shop:i:000000000000000g:a",
        ];
        for name in names.into_iter().chain(announcements) {
            assert_eq!(shop().parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_prefix_with_wildcards_stands_for_itself() {
        assert_eq!(shop().pattern(Space::Tracked, b"a*[b]?\\"), br"shop:v:a\*\[b\]\?\\*");
        assert_eq!(shop().pattern(Space::Untracked, b""), b"shop:r:*");
    }
}
