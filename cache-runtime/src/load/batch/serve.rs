//! The answer to a call of a batch function.

use std::sync::Arc;

use super::look::Batch;
use super::parts::Job;
use super::refresh::refresh;
use super::run::{Done, run};
use crate::load::owned::in_own_task;

/// Answers a call of a batch whose loads are the caller's.
pub(crate) async fn serve<V, I, C, B, L, D, P, T, F>(
    job: Job<V, I, C, B, L, D, P, T, F>,
    batch: Batch<T, I>,
    ids: Vec<T>,
) -> B
where
    T: Clone,
    F: Future<Output = B>,
{
    let Batch { found, places, missing, .. } = batch;
    if missing.items.is_empty() {
        return joined(&job, found, &places, Vec::new(), ids);
    }
    let (job, done) = Box::pin(run(job, missing)).await;
    match done.values {
        Ok(values) => joined(&job, found, &places, values, ids),
        Err(error) => error,
    }
}

/// Answers a call of a batch whose loads are the cache's: they are made in a task of their own, and so are the refreshes of
/// what is served and has aged.
pub(crate) async fn serve_owned<V, I, C, B, L, D, P, T, F>(
    job: Job<V, I, C, B, L, D, P, T, F>,
    batch: Batch<T, I>,
    ids: Vec<T>,
) -> B
where
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
    let Batch { found, places, missing, mut aged, .. } = batch;
    if missing.items.is_empty() {
        let whole = joined(&job, found, &places, Vec::new(), ids);
        refresh(job, aged);
        return whole;
    }
    let state = Arc::clone(&job.state);
    let load = in_own_task(&state, async move {
        let (job, Done { values, aged: more }) = run(job, missing).await;
        let whole = match values {
            Ok(values) => joined(&job, found, &places, values, ids),
            Err(error) => error,
        };
        aged.extend(more);
        refresh(job, aged);
        whole
    });
    Box::pin(load).await
}

/// Puts together what the function returns: what was found, and what was loaded, in the order of the ids.
fn joined<V, I, C, B, L, D, P, T, F>(
    job: &Job<V, I, C, B, L, D, P, T, F>,
    mut found: Vec<Option<I>>,
    places: &[(usize, usize)],
    mut loaded: Vec<Option<I>>,
    ids: Vec<T>,
) -> B {
    let mut last: Vec<Option<usize>> = vec![None; loaded.len()];
    for (place, at) in places {
        // The place before it has a copy of what this one is given.
        if let Some(before) = last[*at].replace(*place) {
            found[before] = copied(job, loaded[*at].as_ref());
        }
    }
    for (at, place) in last.into_iter().enumerate() {
        if let Some(place) = place {
            found[place] = loaded[at].take();
        }
    }
    (job.whole.made)((job.whole.join)(ids, found))
}

/// A copy of the value of an id that is asked for twice.
fn copied<V, I, C, B, L, D, P, T, F>(
    job: &Job<V, I, C, B, L, D, P, T, F>,
    value: Option<&I>,
) -> Option<I> {
    let shared = (job.plan.answer.share)(value?);
    (job.plan.answer.give)(Some(shared)).flatten()
}
