//! Checked references to single entries, and how values of their types are stored.

use std::fmt;
use std::sync::Arc;

use crate::codec::{Encoding, Flaw};
use crate::key::{Key, Tag};
use crate::policy::Policy;
use crate::value::{Answer, ErasedCodec, Stored};

/// A checked reference to one entry of a cached function: `entry!(get_user(id))`.
///
/// `T` is what the function returns, without its `Result`: `Option<User>` for
/// `async fn get_user(id: u64) -> sqlx::Result<Option<User>>`.
pub struct Entry<T> {
    pub(super) policy: Policy,
    /// `None` if it is longer than a key may be: then nothing is ever stored under it.
    pub(super) key: Option<Key>,
    pub(super) tags: Arc<[Tag]>,
    pub(super) adapter: ValueAdapter<T>,
}

/// How values of type `T` are stored.
#[derive(Debug)]
pub(crate) struct ValueAdapter<T> {
    pub(super) give: fn(Stored) -> Option<T>,
    keep: fn(&T) -> Option<Stored>,
    pub(super) erased_codec: &'static ErasedCodec,
}

impl<T> ValueAdapter<T> {
    /// By an answer that gives them.
    pub(crate) fn of<A: Answer<T>>(_: A) -> Self {
        Self { give: A::give, keep: A::keep, erased_codec: A::CODEC }
    }

    pub(super) fn keep(&self, value: &T, encoding: Encoding) -> std::result::Result<Stored, Flaw> {
        let stored = (self.keep)(value).ok_or(Flaw::Refused)?;
        // As a load does: what the encoding drops is to be seen in development.
        if cfg!(debug_assertions) {
            self.erased_codec.round_trip(stored, encoding)
        } else {
            Ok(stored)
        }
    }
}

impl<T> Copy for ValueAdapter<T> {}
impl<T> Clone for ValueAdapter<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Entry<T> {
    pub(crate) fn new(
        policy: Policy,
        key: Option<Key>,
        tags: Vec<Tag>,
        adapter: ValueAdapter<T>,
    ) -> Self {
        Self { policy, key, tags: tags.into(), adapter }
    }
}

/// What names an entry of a cached function: an [`Entry`], as `entry!` makes it, or a reference to one.
///
/// A trait in the place of the type, to say what to write instead of a call or a text. The methods that ask for it return
/// a boxed future: of an `async fn` what its arguments lack would be said three times, at its `.await` as well.
#[diagnostic::on_unimplemented(
    message = "an entry is named by `entry!(…)`, and this is `{Self}`",
    label = "not an entry",
    note = "write `entry!(get_user(7))` to name the entry of the call `get_user(7)`, without calling it",
    note = "what is named by text is a tag or a pattern of keys: `invalidate_tag(\"user:7\")`, \
            `invalidate_pattern(\"user:*\")`"
)]
#[doc(hidden)]
pub trait NamesEntry<T> {
    /// The entry.
    fn named(self) -> Entry<T>;
}

#[diagnostic::do_not_recommend]
impl<T> NamesEntry<T> for Entry<T> {
    fn named(self) -> Self {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T> NamesEntry<T> for &Entry<T> {
    fn named(self) -> Entry<T> {
        self.clone()
    }
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        let Self { policy, key, tags, adapter } = self;
        Self { policy: *policy, key: key.clone(), tags: Arc::clone(tags), adapter: *adapter }
    }
}

impl<T> fmt::Debug for Entry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("policy", &self.policy.name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
