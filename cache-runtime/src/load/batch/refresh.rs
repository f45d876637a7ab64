//! Refreshes of a batch in the background: one call for all entries that are served and have aged.

use super::look::{Begin, Missing};
use super::parts::{Item, Job};
use super::run::run;
use crate::load::aged::Aged;
use crate::load::background;

/// Has entries refreshed, unless somebody else does.
pub(super) fn refresh<V, I, C, B, L, D, P, T, F>(
    job: Job<V, I, C, B, L, D, P, T, F>,
    aged: Vec<(Item, T, Aged)>,
) where
    V: 'static,
    I: Send + 'static,
    C: Send + 'static,
    B: Send + 'static,
    L: 'static,
    D: Send + 'static,
    P: Send + 'static,
    T: Clone + Send + 'static,
    F: Future<Output = B> + Send + 'static,
{
    if aged.iter().all(|(_, _, aged)| aged.is_held) {
        return;
    }
    let Some(place) = background::place(&job.state) else { return };
    let mut missing = Missing::new();
    for (item, id, aged) in aged {
        if let Some(load) = background::begin(&aged, &job.state, &item.key, &item.tags) {
            missing.push(item, id, Some(Begin::Refresh(Box::new(load))));
        }
    }
    if !missing.items.is_empty() {
        drop(place.spawn(async move { drop(run(job, missing).await) }));
    }
}
