//! How often a batch goes to the server.

use std::collections::HashMap;
use std::sync::Arc;

use cache_runtime::store::InMemory;
use cache_runtime::{Cache, cached, testing};
use redis::aio::MultiplexedConnection;

use super::table::Table;
use crate::support::fleet::PATIENCE;
use crate::support::server::{Server, servers};
use crate::support::store::{Faulty, Mode};

#[cached(key = "each-round_trips-row:<id>", ttl = "1h", tier = "remote")]
#[expect(dead_code, reason = "the batch alone reads its entries here")]
async fn row(table: &Table, id: u64) -> Option<u64> {
    table.read(&[id]).await.ok()?.remove(&id)
}

#[cached(each = ids, writes = row(id))]
async fn rows(table: &Table, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
    table.read(ids).await
}

/// What a server counts: how often it read from a socket, and each command.
async fn counted(connection: &mut MultiplexedConnection) -> HashMap<String, u64> {
    let mut all = HashMap::new();
    let mut info = redis::cmd("INFO");
    let text: String = info.arg("commandstats").arg("stats").query_async(connection).await.unwrap();
    for line in text.lines() {
        if let Some((name, rest)) = line.split_once(':')
            && let Some(number) = rest.split([',', '=']).find_map(|part| part.parse().ok())
        {
            all.insert(name.to_owned(), number);
        }
    }
    all
}

const READS: &str = "total_reads_processed";

#[tokio::test]
async fn three_misses_of_a_hundred_ids_are_three_round_trips() {
    for kind in servers() {
        let server = Server::start(kind);
        let builder = Cache::builder().url(server.url()).connect_timeout(PATIENCE);
        let cache = builder.response_timeout(PATIENCE).build().await.unwrap();
        cache.ready(PATIENCE).await.unwrap();
        let _cache = testing::isolate_on(cache);
        let table = Table::of(1..=10_000);
        let cached: Vec<u64> = (1..=97).collect();
        rows(&table, &cached).await.unwrap();
        let mut connection = server.connection().await;
        let (mut fewest, mut question) = (u64::MAX, u64::MAX);
        // What else is under way on the server, such as the look whether it is there, is not so in every round.
        for round in 0..50_u64 {
            let new = 1_000 + 3 * round;
            let ids: Vec<u64> = cached.iter().copied().chain(new..new + 3).collect();
            let asked = counted(&mut connection).await;
            let before = counted(&mut connection).await;
            question = question.min(before[READS] - asked[READS]);
            table.reads();
            assert_eq!(rows(&table, &ids).await.unwrap().len(), 100);
            assert_eq!(table.reads(), [[new, new + 1, new + 2]]);
            let after = counted(&mut connection).await;
            let more = |name: &str| after.get(name).unwrap_or(&0) - before.get(name).unwrap_or(&0);
            assert_eq!(more("cmdstat_mget"), 1, "all are read by one command");
            assert_eq!(more("cmdstat_evalsha"), 6, "a lease and a fill for each that was missing");
            fewest = fewest.min(more(READS));
        }
        let round_trips = fewest - question;
        println!("{kind:?}: {round_trips} round trips");
        assert!(round_trips <= 3, "{kind:?}: {round_trips}");
    }
}

#[tokio::test]
async fn leases_are_asked_for_side_by_side_and_values_stored_so() {
    let store = Faulty::new(&Arc::new(InMemory::new(1_000)));
    let cache =
        Cache::builder().store(store.clone()).response_timeout(PATIENCE).build().await.unwrap();
    let _cache = testing::isolate_on(cache);
    let table = Table::of(1..=9);
    let gate = testing::Gate::new();
    store.set(Mode::Held(gate.clone()));
    let batch = rows(&table, &[1, 2, 3]);
    let steps = async {
        // As many are under way as there are ids, and none of them has been answered.
        for arrivals in [3, 6, 9] {
            gate.arrived(arrivals).await;
            for _ in 0..3 {
                gate.let_one_through();
            }
        }
    };
    let (found, ()) = tokio::join!(batch, steps);
    assert_eq!(found.unwrap().len(), 3);
    assert_eq!(table.reads(), [[1, 2, 3]]);
    gate.open();
}
