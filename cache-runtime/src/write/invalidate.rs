//! An invalidation outside of any annotated function.

use super::open;
use super::selectors::Selectors;
use super::writing::Write;
use crate::error::Result;

/// Leaves it to the transaction around the call to invalidate these, when it ends; gives them back if there is none.
pub(crate) async fn deferred(selectors: Selectors) -> Option<Selectors> {
    if !open::is_open() {
        return Some(selectors);
    }
    // The guard is for what is still being written.
    Write::new(selectors).begin().await.end(true).await;
    None
}

/// Invalidates outside of any annotated function: `invalidate!(...)`. Inside of a transaction, when it ends.
///
/// # Errors
/// If the remote tier did not acknowledge it: [`Error::is_unavailable`](crate::Error::is_unavailable). Then it is sent
/// again until it does.
pub async fn invalidate(selectors: Selectors) -> Result<()> {
    let Some(selectors) = deferred(selectors).await else { return Ok(()) };
    Write::new(selectors).guard_off().prepared().end_now().await
}
