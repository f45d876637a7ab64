//! What a batch returns, and what becomes of values that belong to no id.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use cache_runtime::{Trouble, cached, testing};

use super::table::Table;
use crate::support::counters;

#[cached(key = "each-results-row:<id>", ttl = "1h")]
async fn row(table: &Table, id: u64) -> Option<(u64, u64)> {
    Some((id, table.read(&[id]).await.ok()?.remove(&id)?))
}

/// What the table has, with each id beside its row; in another order than the ids.
async fn found(table: &Table, ids: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
    let ids: Vec<u64> = ids.into_iter().collect();
    let mut rows: Vec<_> = table.read(&ids).await.unwrap_or_default().into_iter().collect();
    rows.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id));
    rows
}

#[cached(each = ids, id = |row| row.0, writes = row(id))]
async fn list(table: &Table, ids: &[u64]) -> Result<Vec<(u64, u64)>, String> {
    Ok(found(table, ids.iter().copied()).await)
}

#[cached(each = ids, writes = row(id))]
async fn places(table: &Table, ids: Vec<u64>) -> Vec<Option<(u64, u64)>> {
    let rows: HashMap<u64, (u64, u64)> =
        found(table, ids.clone()).await.into_iter().map(|row| (row.0, row)).collect();
    ids.iter().map(|id| rows.get(id).copied()).collect()
}

#[cached(each = ids, writes = row(id))]
async fn map(table: &Table, mut ids: VecDeque<u64>) -> HashMap<u64, (u64, u64)> {
    ids.rotate_left(0);
    found(table, ids).await.into_iter().map(|row| (row.0, row)).collect()
}

#[cached(each = ids, writes = row(id))]
fn tree(
    table: &Table,
    ids: &BTreeSet<u64>,
) -> impl Future<Output = Result<BTreeMap<u64, (u64, u64)>, String>> {
    let (table, ids) = (table.clone(), ids.clone());
    async move { Ok(found(&table, ids).await.into_iter().map(|row| (row.0, row)).collect()) }
}

#[tokio::test]
async fn values_are_in_the_order_of_the_ids_and_twice_for_an_id_that_is_given_twice() {
    for warm in [&[][..], &[2], &[1, 3], &[1, 2, 3, 10]] {
        let cache = testing::isolate();
        let table = Table::of(1..=9);
        for id in warm {
            row(&table, *id).await;
        }
        table.reads();
        let ids = [3, 1, 10, 2, 3];
        assert_eq!(list(&table, &ids).await.unwrap(), [(3, 300), (1, 100), (2, 200), (3, 300)]);
        let misses: BTreeSet<u64> = ids.into_iter().filter(|id| !warm.contains(id)).collect();
        assert!(table.times().values().all(|times| *times == 1), "an id was loaded twice");
        assert_eq!(counters(&cache, "row").loads, (misses.len() + warm.len()) as u64);
    }
}

#[tokio::test]
async fn lists_and_results_of_every_kind_are_matched() {
    let _cache = testing::isolate();
    let table = Table::of(1..=9);
    row(&table, 2).await;
    assert_eq!(places(&table, vec![3, 10, 2]).await, [Some((3, 300)), None, Some((2, 200))]);
    let expected = [(4, (4, 400)), (2, (2, 200))];
    assert_eq!(map(&table, VecDeque::from([4, 2, 11])).await, HashMap::from(expected));
    let ids = BTreeSet::from([5, 2, 12]);
    let expected = BTreeMap::from([(5, (5, 500)), (2, (2, 200))]);
    assert_eq!(tree(&table, &ids).await.unwrap(), expected);
    assert_eq!(table.reads(), [vec![2], vec![3, 10], vec![4, 11], vec![5, 12]]);
}

#[cached(key = "each-results-text:<name>", ttl = "1h")]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn text(name: &str) -> Option<Arc<String>> {
    Some(Arc::new(name.to_owned()))
}

#[cached(each = names, id = |text| text.as_str(), writes = text(name))]
async fn texts(calls: &Calls, names: &[&str]) -> Vec<Arc<String>> {
    calls.note(names.len());
    names.iter().map(|name| Arc::new((*name).to_owned())).collect()
}

#[derive(Default)]
struct Calls(std::sync::Mutex<Vec<usize>>);

impl cache_runtime::Ambient for Calls {}

impl Calls {
    fn note(&self, ids: usize) {
        self.0.lock().unwrap().push(ids);
    }
}

#[tokio::test]
async fn an_id_that_is_too_long_is_loaded_each_time_and_belongs_to_its_value() {
    let cache = testing::isolate();
    let (calls, long) = (Calls::default(), "x".repeat(2_000));
    let longer = format!("{long}y");
    for _ in 0..2 {
        let found = texts(&calls, &["a", &long, "b", &longer]).await;
        assert_eq!(found, ["a", &long, "b", &longer].map(|text| Arc::new(text.to_owned())));
    }
    assert_eq!(*calls.0.lock().unwrap(), [4, 2]);
    assert_eq!(counters(&cache, "text").key_too_long, 4);
}

/// Returns what it is told to, whatever it is asked.
#[cached(each = ids, id = |row| row.0, writes = row(id), skip(told))]
async fn told(told: &[(u64, u64)], ids: &HashSet<u64>) -> Vec<(u64, u64)> {
    assert!(!ids.is_empty());
    told.to_vec()
}

#[cached(each = ids, writes = row(id), skip(told))]
async fn told_places(told: &[Option<(u64, u64)>], ids: &[u64]) -> Vec<Option<(u64, u64)>> {
    assert!(!ids.is_empty());
    told.to_vec()
}

#[tokio::test]
async fn values_that_nobody_asked_for_are_left_out_and_counted() {
    let cache = testing::isolate();
    let found = told(&[(1, 100), (5, 500), (1, 101)], &HashSet::from([1, 2])).await;
    assert_eq!(found, [(1, 100)]);
    assert_eq!(counters(&cache, "row").unasked_values, 2);
    let table = Table::of(1..=9);
    assert_eq!(row(&table, 1).await, Some((1, 100)), "the first of two counts");
    assert_eq!(row(&table, 2).await, None, "what is left out is not there");
    assert_eq!(table.reads(), Vec::<Vec<u64>>::new());
    row(&table, 5).await;
    assert_eq!(table.reads(), [[5]], "nobody has asked for it");
    let health = cache.health();
    let trouble = health.troubles.iter().find(|trouble| trouble.trouble == Trouble::Unmatched);
    let trouble = trouble.expect("it is told");
    assert_eq!(trouble.name, "row");
}

#[tokio::test]
async fn values_that_cannot_be_matched_are_given_and_not_stored() {
    for told in [&[Some((1, 100))][..], &[Some((1, 100)), None, Some((3, 300))]] {
        let cache = testing::isolate();
        let found = told_places(told, &[1, 2]).await;
        assert_eq!(found, [Some((1, 100)), None], "as far as there are places");
        assert_eq!(counters(&cache, "row").refused.unmatched, 2);
        assert_eq!(counters(&cache, "row").fills, 0);
        assert!(cache.health().to_string().contains("unmatched"), "{}", cache.health());
    }
}
