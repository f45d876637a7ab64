//! What becomes of each entry of a batch: a value that somebody else has loaded, or what the body has returned for it.

use std::time::{Duration, Instant};

use super::parts::{Come, Job, Places};
use crate::contained::contained;
use crate::counters::Event;
use crate::flight::LoadResult;
use crate::load::aged::Aged;
use crate::load::call::{BoxFuture, Call};
use crate::load::join::unstored;
use crate::load::lookup::other_type;
use crate::load::state::{Load, Next};
use crate::outcome::{Reason, Refusal};
use crate::scope;
use crate::trouble::Trouble;
use crate::value::{Apart, Split, Stored};

/// The values of the entries so far.
pub(super) struct Settled<I> {
    pub(super) values: Vec<Option<I>>,
    /// Those of them that are to be refreshed.
    pub(super) aged: Vec<(usize, Aged)>,
}

/// Loads that have run, when each began, and the ids that their body was called with.
type Ran<'a, T> = (Vec<Come>, Vec<(Instant, Duration)>, &'a [T]);

impl<I> Settled<I> {
    pub(super) fn new(entries: usize) -> Self {
        let values = std::iter::repeat_with(|| None).take(entries).collect();
        Self { values, aged: Vec::new() }
    }

    /// Takes what others have loaded; what is to be loaded is added to `loads`. An error that another's load has brought is
    /// that of the batch.
    pub(super) fn come<V, C, B, L, D, P, T, F>(
        &mut self,
        job: &Job<V, I, C, B, L, D, P, T, F>,
        calls: &[Call<'_>],
        come: Vec<(usize, Next)>,
        loads: &mut Vec<Come>,
    ) -> Result<(), B> {
        for (at, next) in come {
            let (value, reason) = match next {
                Next::Load(load) => {
                    loads.push((at, Some(load)));
                    continue;
                }
                Next::Error(error) => {
                    if let Some(error) = (job.whole.give_error)(&error) {
                        scope::record(Reason::LoadFailed);
                        return Err(error);
                    }
                    loads.push((at, Some(unstored(&calls[at]))));
                    continue;
                }
                Next::Value(value, reason) => (value, reason),
                Next::Aged(aged) => {
                    let found = (aged.value.clone(), aged.reason());
                    aged.served(&job.state);
                    self.aged.push((at, aged));
                    found
                }
            };
            if let Some(value) = (job.plan.answer.give)(value) {
                self.values[at] = value;
                scope::record(reason);
                continue;
            }
            // Another function's value under the same key: this one's is loaded and left unstored.
            other_type(&job.state);
            loads.push((at, Some(unstored(&calls[at]))));
        }
        Ok(())
    }

    /// Ends loads with what their body has returned: the fills that are left to be awaited, or the error.
    pub(super) fn returned<'a, V, C, B, L, D, P, T, F>(
        &mut self,
        job: &Job<V, I, C, B, L, D, P, T, F>,
        calls: &'a [Call<'a>],
        (part, began, asked): Ran<'_, T>,
        returned: B,
    ) -> Result<Vec<BoxFuture<'a, Reason>>, B> {
        let whole = match (job.whole.apart)(returned) {
            Apart::Value(whole) => whole,
            Apart::Nothing(make) => return Err(make()),
            Apart::Failed(error) => return self.failed(job, part, error).map(|()| Vec::new()),
        };
        let keys = part.iter().map(|(at, _)| calls[*at].key.clone());
        let split = (job.whole.split)(&job.whole.by, whole, &Places::new(asked, keys));
        unmatched(job, &split);
        let mut fillings = Vec::new();
        for (((at, load), start), value) in part.into_iter().zip(began).zip(split.values) {
            match load {
                Some(load) if split.is_misfit => {
                    load.state.not_stored(Refusal::Unmatched);
                    load.end(LoadResult::Failed);
                    scope::record(Reason::NotStored(Refusal::Unmatched));
                }
                Some(load) => match fill(job, load, &calls[at], start, value.as_ref()) {
                    Ok(reason) => scope::record(reason),
                    Err(filling) => fillings.push(filling),
                },
                None => {}
            }
            self.values[at] = value;
        }
        Ok(fillings)
    }

    /// Ends loads whose body has failed; if there is a value for each of them that may be served in such a case, there is no
    /// error.
    fn failed<V, C, B, L, D, P, T, F>(
        &mut self,
        job: &Job<V, I, C, B, L, D, P, T, F>,
        part: Vec<Come>,
        error: B,
    ) -> Result<(), B> {
        // Of an error whose `Clone` panics the others have nothing.
        let shared = contained(|| (job.whole.share_error)(&error)).flatten();
        let old = |(at, load): Come| (at, load.and_then(|load| load.fail(shared.clone())));
        let old: Vec<(usize, Option<Stored>)> = part.into_iter().map(old).collect();
        let given = old.into_iter().map(|(at, old)| Some((at, (job.plan.answer.give)(old?)?)));
        let Some(given) = given.collect::<Option<Vec<_>>>() else {
            scope::record(Reason::LoadFailed);
            return Err(error);
        };
        for (at, value) in given {
            job.state.counters.count(Event::StaleOnError);
            scope::record(Reason::StaleOnError);
            self.values[at] = value;
        }
        Ok(())
    }
}

/// Stores the value of one entry: what became of it, or what is left to be awaited.
fn fill<'a, V, I, C, B, L, D, P, T, F>(
    job: &Job<V, I, C, B, L, D, P, T, F>,
    load: Load,
    call: &'a Call<'a>,
    (start, parked_before): (Instant, Duration),
    value: Option<&I>,
) -> Result<Reason, BoxFuture<'a, Reason>> {
    let took = load.took(start, parked_before);
    match contained(|| value.map(job.plan.answer.share)) {
        Some(stored) => {
            let ttl = load.may_store().and_then(|()| job.plan.ttl_of(value));
            load.fill(call, stored, ttl, took)
        }
        // The caller has its value, as without a cache.
        None => Ok(load.unshared()),
    }
}

/// Tells of values that belong to no id, or to nobody knows which.
fn unmatched<V, I, C, B, L, D, P, T, F>(job: &Job<V, I, C, B, L, D, P, T, F>, split: &Split<I>) {
    let Split { unasked, is_misfit, .. } = *split;
    job.state.counters.count_many(Event::Unasked, unasked as u64);
    if !is_misfit && unasked == 0 {
        return;
    }
    job.state.trouble(Trouble::Unmatched, || {
        let name = job.state.policy.name;
        if is_misfit {
            return format!(
                "a batch of `{name}` has returned another number of values than it was given ids, so that nobody can tell \
                 which value belongs to which id, and none is stored: return one for each id, in their order, or a `HashMap`"
            );
        }
        format!(
            "a batch of `{name}` has returned values that belong to none of the ids that it was given, or several for one id: \
             they are left out; compare what it loads with what `id` says"
        )
    });
}
