//! The buffer that a key is rendered into, and the traits of what renders itself.

use std::fmt::{self, Write as _};

use super::plain::is_plain;
use crate::key::rendered::digest;

/// Room for a key on the stack; longer keys move to the heap.
const INLINE: usize = 96;

/// `len` of a writer whose bytes are in `spilled`.
const SPILLED: usize = INLINE + 1;

const ABSENT: u8 = b'!';

/// Renders a key, one part after the other.
///
/// A key of up to 96 bytes stays on the stack. You meet this type only when you
/// implement [`KeyPart`] by hand.
///
/// ```
/// use cache_runtime::KeyWriter;
///
/// let mut key = KeyWriter::new();
/// key.part(&("Ada Lovelace", Some(7)));
/// assert_eq!(key.as_bytes(), b"(Ada%20Lovelace,7,)");
/// ```
#[derive(Clone)]
pub struct KeyWriter {
    inline: [u8; INLINE],
    len: usize,
    /// Boxed, because each key makes room for it and few use it.
    spilled: Option<Box<Spilled>>,
}

/// The bytes of a key that is too long for the stack.
#[derive(Clone, Default)]
struct Spilled(Vec<u8>);

impl KeyWriter {
    /// Makes an empty key.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { inline: [0; INLINE], len: 0, spilled: None }
    }

    /// Appends the text of a template as it stands.
    ///
    /// Not for values: what `text` escapes is what keeps two values apart.
    #[doc(hidden)]
    #[inline]
    pub fn literal(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// Appends the key text of `part`.
    ///
    /// Parts are not separated from each other: append several values as one
    /// tuple.
    #[inline]
    pub fn part<T: KeyPart + ?Sized>(&mut self, part: &T) {
        part.write_key(self);
    }

    /// Appends what a reference gives for a key argument of type `T`.
    #[doc(hidden)]
    #[inline]
    pub fn arg<T: ?Sized, A: KeyArg<T> + ?Sized>(&mut self, arg: &A) {
        arg.write_arg(self);
    }

    /// Appends `text`, escaped: `[A-Za-z0-9-_.@+]` and everything outside of
    /// ASCII stay, save for control characters; of any other character each byte
    /// becomes `%XX`.
    ///
    /// ```
    /// use cache_runtime::KeyWriter;
    ///
    /// let mut key = KeyWriter::new();
    /// key.text("50 % für 日本");
    /// assert_eq!(key.as_bytes(), "50%20%25%20für%20日本".as_bytes());
    /// ```
    #[inline]
    pub fn text(&mut self, text: &str) {
        if text.bytes().all(is_plain) {
            self.push(text.as_bytes());
        } else {
            self.escape(text);
        }
    }

    /// The bytes of the key so far.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.inline.get(..self.len).unwrap_or_else(|| self.spilled())
    }

    #[cold]
    fn spilled(&self) -> &[u8] {
        self.spilled.as_ref().map_or(&[], |spilled| &spilled.0)
    }

    #[inline]
    pub(super) fn integer(&mut self, integer: impl itoa::Integer) {
        self.push(itoa::Buffer::new().format(integer).as_bytes());
    }

    /// The escaped `Display` text. Only for types whose `Display` is injective
    /// and cannot fail.
    pub(super) fn display(&mut self, value: &impl fmt::Display) {
        let written = write!(Escaped(self), "{value}");
        debug_assert!(written.is_ok(), "the Display of a key part failed");
    }

    pub(super) fn sequence<T: KeyPart>(&mut self, parts: impl IntoIterator<Item = T>) {
        self.push(b"(");
        for part in parts {
            self.element(&part);
        }
        self.push(b")");
    }

    #[inline]
    pub(super) fn open(&mut self) {
        self.push(b"(");
    }

    #[inline]
    pub(super) fn element<T: KeyPart + ?Sized>(&mut self, part: &T) {
        part.write_key(self);
        self.push(b",");
    }

    #[inline]
    pub(super) fn close(&mut self) {
        self.push(b")");
    }

    #[inline]
    pub(super) fn absent(&mut self) {
        self.push(&[ABSENT]);
    }

    /// Writes the part inside a `Some`: as itself, unless it begins as a `None`
    /// does; then one more mark keeps `Some(None)` apart from `None`.
    #[inline]
    pub(super) fn present<T: KeyPart>(&mut self, part: &T) {
        let start = self.as_bytes().len();
        part.write_key(self);
        if self.as_bytes().get(start) == Some(&ABSENT) {
            self.mark(start);
        }
    }

    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        if let Some(room) = self.inline.get_mut(self.len..end) {
            copy(bytes, room);
            self.len = end;
        } else {
            self.spill(bytes);
        }
    }

    #[cold]
    #[inline(never)]
    fn spill(&mut self, bytes: &[u8]) {
        let Spilled(spilled) = &mut **self.spilled.get_or_insert_default();
        if let Some(written) = self.inline.get(..self.len) {
            spilled.reserve(2 * INLINE + bytes.len());
            spilled.extend_from_slice(written);
            self.len = SPILLED;
        }
        spilled.extend_from_slice(bytes);
    }

    #[cold]
    fn mark(&mut self, start: usize) {
        self.absent();
        let bytes = match self.inline.get_mut(..self.len) {
            Some(inline) => inline,
            None => self.spilled.as_mut().map_or(&mut [][..], |spilled| &mut spilled.0),
        };
        bytes[start..].rotate_right(1);
    }

    #[cold]
    fn escape(&mut self, text: &str) {
        const HEX: &[u8; 16] = b"0123456789ABCDEF";
        for character in text.chars() {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes();
            let plain =
                if character.is_ascii() { is_plain(bytes[0]) } else { !character.is_control() };
            if plain {
                self.push(bytes);
                continue;
            }
            for byte in bytes {
                let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                self.push(&[b'%', high, low]);
            }
        }
    }
}

/// Copies a part of a key to a place of its length. Most parts are numbers and short texts, for which a call of `memcpy` takes
/// longer than two copies of a fixed length, which may overlap.
#[inline]
fn copy(from: &[u8], to: &mut [u8]) {
    match from.len() {
        4..=8 => ends::<4>(from, to),
        9..=16 => ends::<8>(from, to),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first and the last bytes.
#[inline]
fn ends<const N: usize>(from: &[u8], to: &mut [u8]) {
    if let (Some(first), Some(room)) = (from.first_chunk::<N>(), to.first_chunk_mut()) {
        *room = *first;
    }
    if let (Some(last), Some(room)) = (from.last_chunk::<N>(), to.last_chunk_mut()) {
        *room = *last;
    }
}

impl Default for KeyWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for KeyWriter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyWriter({})", digest(self.as_bytes()))
    }
}

/// A value that can be part of a key: it has one stable, injective text.
///
/// Implemented for integers, `bool`, `char`, text, addresses of [`std::net`],
/// and `Option`, lists, tuples, references and smart pointers of these; with the
/// features `uuid`, `time`, `chrono` and `jiff` for the types of those crates in
/// the versions 1, 0.3, 0.4 and 0.2.
///
/// Derive it for your own types:
///
/// ```
/// use cache_runtime::{KeyPart, KeyWriter};
///
/// #[derive(KeyPart)]
/// struct UserId(u64);
///
/// #[derive(KeyPart)]
/// struct Page {
///     number: u32,
///     size: u32,
/// }
///
/// #[derive(KeyPart)]
/// enum Order {
///     Newest,
///     By(String),
/// }
///
/// let mut key = KeyWriter::new();
/// key.part(&(UserId(7), Page { number: 2, size: 20 }, Order::Newest, Order::By("name".into())));
/// assert_eq!(key.as_bytes(), b"(7,(2,20,),Newest,By(name,),)");
/// ```
///
/// **Not** implemented for floats, `()`, hash maps and sets, clocks and handles:
/// they have no stable text, or none that tells their values apart. `-0.0` equals
/// `0.0` and `NaN` equals nothing; a hash map changes its order from one process
/// to the next.
///
/// # By hand
///
/// Call [`KeyWriter::text`] or [`KeyWriter::part`] **once**, with everything that
/// tells two values apart; several values go into one tuple, because parts are
/// not separated from each other.
///
/// ```
/// use cache_runtime::{KeyPart, KeyWriter};
///
/// struct Price {
///     cents: i64,
///     currency: [u8; 3],
/// }
///
/// impl KeyPart for Price {
///     fn write_key(&self, key: &mut KeyWriter) {
///         key.part(&(self.cents, self.currency));
///     }
/// }
///
/// let mut key = KeyWriter::new();
/// key.part(&Price { cents: 1999, currency: *b"EUR" });
/// assert_eq!(key.as_bytes(), b"(1999,(69,85,82,),)");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a key",
    label = "`{Self}` has no key text",
    note = "key parts are integers, `bool`, `char`, text, and `Option`, lists and tuples of these; \
            `Uuid` and dates with the features `uuid` (1), `time` (0.3), `chrono` (0.4), `jiff` (0.2)",
    note = "to a type of yours add `#[derive(cache_runtime::KeyPart)]`; of another's, name what \
            identifies it, as in `<arg.id>` or `<arg.to_string()>`",
    note = "a float has no exact text and a hash map no order: round to an integer before the \
            call, use a `BTreeSet` or a sorted `Vec`",
    note = "what cannot change the result, as a pool or a clock, is left out of the key with \
            `skip(arg)`"
)]
pub trait KeyPart {
    /// Writes the key text of `self`.
    ///
    /// Implementors promise that it is the same for equal values in every
    /// process and release, and different for different values.
    fn write_key(&self, key: &mut KeyWriter);
}

/// A value that a reference may pass where the cached function takes a `T`.
///
/// That is `T` itself, `&T`, and the forms of `T` that render alike: a `&str`
/// for a `String`, a `Vec` for a slice. Any other type is an error, because it
/// would name another entry or none.
#[diagnostic::on_unimplemented(
    message = "the cached function takes `{T}` here, not `{Self}`",
    label = "expected `{T}`, found `{Self}`",
    note = "a reference passes what the key reads and nothing else, in the types that it is \
            rendered from"
)]
#[doc(hidden)]
pub trait KeyArg<T: ?Sized> {
    /// Writes what `T` would write.
    fn write_arg(&self, key: &mut KeyWriter);
}

/// Escapes what a `Display` writes.
struct Escaped<'a>(&'a mut KeyWriter);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.text(text);
        Ok(())
    }
}
