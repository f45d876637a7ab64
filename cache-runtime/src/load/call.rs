//! A call on its way to a load, without its types.

use std::pin::Pin;
use std::sync::Arc;

use crate::key::{Key, Tag};
use crate::tiers::PolicyState;
use crate::tiers::remote::EntryAddress;
use crate::value::ErasedCodec;

/// A call that was not answered from the local tier.
pub(super) struct Call<'a> {
    pub(super) state: &'a Arc<PolicyState>,
    pub(super) key: &'a Key,
    pub(super) address: EntryAddress,
    pub(super) tags: &'a [Tag],
    pub(super) erased_codec: &'static ErasedCodec,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        state: &'a Arc<PolicyState>,
        key: &'a Key,
        tags: &'a [Tag],
        erased_codec: &'static ErasedCodec,
    ) -> Self {
        Self { state, key, address: state.address(key), tags, erased_codec }
    }
}

/// A future without its type.
pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Boxes a future that waits: for another's load, or for the remote tier. A load that does neither, which is most of them
/// where there is no such tier, is not to be as large as all that it might have to do.
pub(super) fn boxed<F: Future>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}
