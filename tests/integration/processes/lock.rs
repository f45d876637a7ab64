//! One load per key over all processes.

use std::time::Duration;

use cache_runtime::cached;

use super::fleet::{Orders, Process, Role};
use super::rows::first_version;
use super::source::{self, Pace};
use super::wire::{Request, Source};
use super::worker;
use crate::support::server::{Server, servers};

const PROCESSES: usize = 4;
const TASKS: u64 = 200;
const KEYS: u64 = 30;
const LOAD: Duration = Duration::from_millis(40);

#[cached(key = "fleet-locked:<row>", ttl = "1h", strategy = "lock")]
async fn locked(source: &Source, row: u64) -> u64 {
    source.ask(Request::Load { row }).await
}

/// One of the processes: all its tasks at once, as soon as all processes are there.
pub(super) async fn work(orders: &Orders, source: Source) {
    worker::cache(orders).await;
    source.ask(Request::Ready).await;
    let tasks = (0..TASKS).map(|task| {
        let (source, row) = (source.clone(), task % KEYS);
        tokio::spawn(async move { assert_eq!(locked(&source, row).await, first_version(row)) })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("each task has the right value");
    }
}

#[tokio::test]
async fn under_a_lock_two_hundred_tasks_in_each_of_four_processes_are_one_load_per_key() {
    for kind in servers() {
        let server = Server::start(kind);
        let source = source::Source::start(KEYS, Pace::Even(LOAD), PROCESSES, None).await;
        let orders = Orders { role: Role::Lock, source: source.port, url: server.url(), seed: 0 };
        let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::start(&orders)).collect();
        for process in &mut processes {
            let status = process.end(Duration::from_mins(1)).await;
            assert!(status.success(), "on {kind:?}: {status}");
        }
        assert_eq!(
            source.rows().loads(),
            vec![1; usize::try_from(KEYS).expect("few")],
            "on {kind:?}"
        );
    }
}
