//! The run of a batch: drives its calls to their loads, the loads to one call of the body, and that to their fills.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::future::join_all;

use super::gather::Gather;
use super::look::{Begin, Missing};
use super::parts::{Come, Item, Job};
use super::settle::Settled;
use super::shared;
use super::together::Together;
use crate::io::begin_together;
use crate::load::aged::Aged;
use crate::load::call::Call;
use crate::scope;

/// What has become of the entries that were missing.
pub(super) struct Done<T, I, B> {
    /// Their values, or the error of the call that was to load them.
    pub(super) values: Result<Vec<Option<I>>, B>,
    /// Those that are served, and to be refreshed.
    pub(super) aged: Vec<(Item, T, Aged)>,
}

/// Loads what is missing.
pub(super) async fn run<V, I, C, B, L, D, P, T, F>(
    job: Job<V, I, C, B, L, D, P, T, F>,
    missing: Missing<T>,
) -> (Job<V, I, C, B, L, D, P, T, F>, Done<T, I, B>)
where
    T: Clone,
    F: Future<Output = B>,
{
    let Missing { items, ids, begins } = missing;
    let (state, together) = (Arc::clone(&job.state), Together::default());
    let codec = job.plan.answer.erased_codec;
    let calls = items.iter().map(|Item { key, tags }| Call::new(&state, key, tags, codec));
    let calls: Vec<Call<'_>> = calls.map(|call| call.together(&together)).collect();
    let mut gather = Gather::new(&calls, &together);
    let mut loads = queued(begins, &mut gather);
    let mut settled = Settled::new(items.len());
    let failed = loop {
        let room = job.chunk.saturating_sub(loads.len());
        poll_fn(|context| gather.poll(context, room, !loads.is_empty())).await;
        if let Err(error) = settled.come(&job, &calls, gather.take(), &mut loads) {
            break Some(error);
        }
        if loads.is_empty() {
            if gather.is_over() {
                break None;
            }
            continue;
        }
        let later = loads.split_off(loads.len().min(job.chunk));
        let part = std::mem::replace(&mut loads, later);
        let asked: Vec<T> = part.iter().map(|(at, _)| ids[*at].clone()).collect();
        let begun = shared::began(&part);
        let returned = {
            let mut body = pin!(shared::run(&part, job.body.call(asked.clone())));
            let both = poll_fn(|context| {
                // Those who wait for the loads of others go on meanwhile.
                let _ = gather.poll(context, 0, false);
                body.as_mut().poll(context)
            });
            both.await
        };
        match settled.returned(&job, &calls, (part, begun, &asked), returned) {
            Ok(fillings) => {
                let mut fillings = join_all(fillings);
                let filled =
                    poll_fn(|context| begin_together(|| Pin::new(&mut fillings).poll(context)));
                filled.await.into_iter().for_each(scope::record);
            }
            Err(error) => break Some(error),
        }
    };
    drop((loads, gather));
    drop(calls);
    let Settled { values, aged } = settled;
    let aged = with_items(items, ids, aged);
    (job, Done { values: failed.map_or(Ok(values), Err), aged })
}

/// Queues the calls that have to come to their loads; gives those that load at once.
fn queued(begins: Vec<Option<Begin>>, gather: &mut Gather<'_>) -> Vec<Come> {
    let mut aside = Vec::new();
    for (at, begin) in begins.into_iter().enumerate() {
        match begin {
            Some(begin) => gather.add(at, begin),
            None => aside.push((at, None)),
        }
    }
    aside
}

fn with_items<T>(items: Vec<Item>, ids: Vec<T>, aged: Vec<(usize, Aged)>) -> Vec<(Item, T, Aged)> {
    if aged.is_empty() {
        return Vec::new();
    }
    let mut places: Vec<Option<(Item, T)>> = items.into_iter().zip(ids).map(Some).collect();
    let of_place = |(at, aged): (usize, Aged)| {
        let (item, id) = places.get_mut(at)?.take()?;
        Some((item, id, aged))
    };
    aged.into_iter().filter_map(of_place).collect()
}
