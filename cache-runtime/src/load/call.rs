//! A call on its way to a load, without its types.

use std::pin::Pin;
use std::sync::Arc;

use super::batch::Together;
use crate::error::Result;
use crate::key::{Key, Tag};
use crate::store::Read;
use crate::tiers::PolicyState;
use crate::tiers::remote::{Budget, EntryAddress, Remote};
use crate::value::ErasedCodec;

/// A call that was not answered from the local tier.
pub(super) struct Call<'a> {
    pub(super) state: &'a Arc<PolicyState>,
    pub(super) key: &'a Key,
    pub(super) address: EntryAddress,
    pub(super) tags: &'a [Tag],
    pub(super) erased_codec: &'static ErasedCodec,
    /// The batch that the call is one of.
    batch: Option<&'a Together>,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        state: &'a Arc<PolicyState>,
        key: &'a Key,
        tags: &'a [Tag],
        erased_codec: &'static ErasedCodec,
    ) -> Self {
        Self { state, key, address: state.address(key), tags, erased_codec, batch: None }
    }

    /// One of several calls that are made together.
    pub(super) fn together(self, batch: &'a Together) -> Self {
        Self { batch: Some(batch), ..self }
    }

    /// Reads the entry; together with those of the calls beside it.
    pub(super) async fn read(&self, remote: &Remote, budget: &mut Budget) -> Result<Read> {
        match self.batch {
            None => remote.read(budget, &self.address, self.tags).await,
            Some(batch) => batch.read(self.key, self.tags, budget).await,
        }
    }

    /// Notes, until the guard is dropped, that the call waits for what another loads.
    pub(super) fn waits(&self) -> Option<impl Drop + use<'a>> {
        self.batch.map(Together::waits)
    }
}

/// A future without its type.
pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Boxes a future that waits: for another's load, or for the remote tier. A load that does neither, which is most of them
/// where there is no such tier, is not to be as large as all that it might have to do.
pub(super) fn boxed<F: Future>(future: F) -> Pin<Box<F>> {
    Box::pin(future)
}
