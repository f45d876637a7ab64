//! Health of a store, and watchers of what changes in it.

use crate::fault::Fault;
use crate::key::{Key, Tag};
use crate::token::Token;

/// The health of a store: whether it can be asked, and what is wrong if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Calls are answered. If not, they fail at once.
    pub reachable: bool,
    /// Changes are reported to the [`Watch`].
    pub tracking: bool,
    /// How often the store became unreachable.
    pub losses: u64,
    /// How many calls were not answered in time.
    pub timeouts: u64,
    /// What is wrong with the store, if it knows: why it is not reachable, or what it does not do.
    pub fault: Option<Fault>,
}

impl Health {
    /// A store that is always there.
    pub const ALWAYS: Self = Self::new(true);

    /// A store that can be asked now, or not; of which nothing else is known.
    #[must_use]
    pub const fn new(reachable: bool) -> Self {
        Self { reachable, tracking: false, losses: 0, timeouts: 0, fault: None }
    }
}

/// A watcher of a store: it is told what changes there, whoever changes it. Called on the store's own thread, or on that of a caller: must not
/// block. A panic counts as [`lost`](Self::lost), which is told in its turn.
pub trait Watch: Send + Sync {
    /// Reports begin: from here on every change is told. Called again after each [`lost`](Self::lost).
    fn restored(&self);
    /// Something under the key has changed, or is gone; perhaps only a lease.
    fn changed(&self, key: &Key);
    /// Somebody has [announced](super::Store::announce) the key: who, is said by the token that was given there. A watcher
    /// may be told of its own, too, and then has ended what it kept, and may keep something newer.
    fn announced(&self, key: &Key, by: Token);
    /// The tag has another version.
    fn bumped(&self, tag: &Tag);
    /// Everything may have changed.
    fn cleared(&self);
    /// Changes may go unreported from now on.
    fn lost(&self);
}
