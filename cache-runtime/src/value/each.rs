//! Batches: lists of ids, and what a function returns for one.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

use super::shape::{Bare, InOption, InResult, InResultOption, Wrap};

/// A list of ids, which are copied for each call of a body.
#[diagnostic::on_unimplemented(
    message = "the ids of a batch are copied, and those of this `{Self}` cannot be",
    label = "ids that are not `Clone`",
    note = "derive `Clone` on the type of the ids"
)]
pub trait List {
    /// One id.
    type Item;
    /// The ids, in their order.
    fn items(&self) -> Vec<Self::Item>;
}

macro_rules! lists {
    ($([$($generics:tt)*] $list:ty),+) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<$($generics)*> List for $list {
                type Item = T;

                fn items(&self) -> Vec<T> {
                    self.iter().cloned().collect()
                }
            }
        )+
    };
}
lists!([T: Clone] [T], [T: Clone] Vec<T>, [T: Clone] VecDeque<T>, [T: Clone, S] HashSet<T, S>, [T: Clone] BTreeSet<T>);

/// The ids of a list.
#[must_use]
pub fn listed<L: List + ?Sized>(list: &L) -> Vec<L::Item> {
    list.items()
}

/// The list of some of the ids.
#[must_use]
pub fn list_of<T, L: FromIterator<T>>(ids: Vec<T>) -> L {
    ids.into_iter().collect()
}

/// What the id of a value is.
pub fn id_of<'v, V, O>(value: &'v V, id: impl FnOnce(&'v V) -> O) -> O {
    id(value)
}

/// A return type of a reader whose entries can be loaded together.
#[diagnostic::on_unimplemented(
    message = "the reader of a batch returns an `Option`, and this one returns `{R}`",
    label = "cannot say that there is nothing for an id",
    note = "what a batch leaves out is cached as `None`: return `Option<T>` or `Result<Option<T>, E>` from the reader"
)]
pub trait OneOfMany<R>:
    Wrap<R, Cached = Option<<Self as Wrap<R>>::Inner>, InCached = InOption>
{
}

#[diagnostic::do_not_recommend]
impl<T, E> OneOfMany<Result<Option<T>, E>> for InResultOption {}
#[diagnostic::do_not_recommend]
impl<T> OneOfMany<Option<T>> for InOption {}

/// A return type of a batch.
#[diagnostic::on_unimplemented(
    message = "a batch returns its values, or a `Result` with them, and not a `{B}`",
    label = "an `Option` of a list",
    note = "return an empty list where there is nothing"
)]
pub trait Many<B>: Wrap<B> {}

#[diagnostic::do_not_recommend]
impl<C, E> Many<Result<C, E>> for InResult {}
#[diagnostic::do_not_recommend]
impl<C> Many<C> for Bare {}

/// The values of one call, each in the place of its id.
#[derive(Debug)]
pub struct Split<I> {
    /// `None` where there is none.
    pub(crate) values: Vec<Option<I>>,
    /// How many values belong to no id that was asked for.
    pub(crate) unasked: usize,
    /// Whether it cannot be told which value belongs to which id.
    pub(crate) is_misfit: bool,
}

impl<I> Split<I> {
    /// The same, each value as the reader has it.
    pub(crate) fn read<V>(self) -> Split<V>
    where
        I: ReadAs<V>,
    {
        let Self { values, unasked, is_misfit } = self;
        let values = values.into_iter().map(|value| value.map(I::read)).collect();
        Split { values, unasked, is_misfit }
    }

    /// Nothing yet, for so many ids.
    pub(crate) fn of(ids: usize) -> Self {
        let values = std::iter::repeat_with(|| None).take(ids).collect();
        Self { values, unasked: 0, is_misfit: false }
    }

    /// Puts a value in its place; of two for one id the first counts.
    pub(crate) fn put(&mut self, place: Option<usize>, value: I) {
        match place.and_then(|place| self.values.get_mut(place)) {
            Some(empty @ None) => *empty = Some(value),
            Some(Some(_)) | None => self.unasked += 1,
        }
    }
}

/// Values that say which id each belongs to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which value belongs to which id",
    label = "cannot be matched to the ids",
    note = "say it with `id = |value| value.id`, and return a `Vec` of the values",
    note = "or return a `Vec<Option<_>>` in the order of the ids, or a `HashMap<{T}, _>`"
)]
pub trait Matched<T>: Sized {
    /// A value.
    type Value;
    /// The values in the order of the ids.
    fn split(self, ids: &[T]) -> Split<Self::Value>;
    /// All values together, each beside its id.
    fn join(ids: Vec<T>, values: Vec<Option<Self::Value>>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T, I> Matched<T> for Vec<Option<I>> {
    type Value = I;

    fn split(self, ids: &[T]) -> Split<I> {
        let is_misfit = self.len() != ids.len();
        let mut split = Split::of(ids.len());
        for (place, value) in self.into_iter().enumerate() {
            if let Some(value) = value {
                split.put(Some(place), value);
            }
        }
        Split { is_misfit, ..split }
    }

    fn join(_: Vec<T>, values: Self) -> Self {
        values
    }
}

macro_rules! matched_maps {
    ($([$($generics:tt)*] $map:ty),+) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<$($generics)*> Matched<T> for $map {
                type Value = I;

                fn split(mut self, ids: &[T]) -> Split<I> {
                    let mut split = Split::of(ids.len());
                    for (place, id) in ids.iter().enumerate() {
                        if let Some(value) = self.remove(id) {
                            split.put(Some(place), value);
                        }
                    }
                    split.unasked += self.len();
                    split
                }

                fn join(ids: Vec<T>, values: Vec<Option<I>>) -> Self {
                    let all = ids.into_iter().zip(values);
                    all.filter_map(|(id, value)| Some((id, value?))).collect()
                }
            }
        )+
    };
}
matched_maps!([T: Eq + Hash, I, S: BuildHasher + Default] HashMap<T, I, S>, [T: Ord, I] BTreeMap<T, I>);

/// Values of which a closure tells the id.
#[diagnostic::on_unimplemented(
    message = "`id` tells the ids of the values of a `Vec`, and this is a `{Self}`",
    label = "not a list of values",
    note = "return a `Vec` of the values, or leave `id` out"
)]
pub trait Valued: Sized {
    /// A value.
    type Value;
    /// The values.
    fn values(self) -> Vec<Self::Value>;
    /// All values together.
    fn collect(values: Vec<Self::Value>) -> Self;
}

/// A value of a batch that is what the entries of its reader hold.
#[diagnostic::on_unimplemented(
    message = "the batch returns values of type `{Self}`, but the entries of its reader hold a `{I}`",
    label = "values that are not those of the reader",
    note = "return what the reader returns, without its `Option`; of an `Arc<T>` an `Arc<T>`"
)]
pub trait ReadAs<I>: Sized {
    /// The value as the reader has it.
    fn read(self) -> I;
    /// The value as the batch has it.
    fn returned(read: I) -> Self;
}

#[diagnostic::do_not_recommend]
impl<I> ReadAs<I> for I {
    fn read(self) -> I {
        self
    }

    fn returned(read: I) -> Self {
        read
    }
}

#[diagnostic::do_not_recommend]
impl<I> Valued for Vec<I> {
    type Value = I;

    fn values(self) -> Self {
        self
    }

    fn collect(values: Self) -> Self {
        values
    }
}
