//! A thread that ends drops what it has kept in its thread-locals. Calls under way may be among that.

use std::cell::RefCell;
use std::pin::Pin;

use cache_runtime::transaction;

use super::*;

type Kept = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

#[invalidates(read(id), guard = "1h")]
async fn write_row(rows: &Rows, id: u64, value: u64, gate: &Gate) -> Result<(), String> {
    rows.set(id, value);
    gate.pass().await;
    Ok(())
}

#[invalidates(tags = ["row:<id>"], guard = "1h")]
async fn write_tag(rows: &Rows, id: u64, value: u64, gate: &Gate) -> Result<(), String> {
    rows.set(id, value);
    gate.pass().await;
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Load,
    Row,
    Tag,
    Transaction,
}

async fn call(kind: Call, rows: Rows, gate: Gate) {
    match kind {
        Call::Load => drop(read_slowly(&rows, 2, &gate).await),
        Call::Row => drop(write_row(&rows, 1, 5, &gate).await),
        Call::Tag => drop(write_tag(&rows, 1, 5, &gate).await),
        Call::Transaction => drop(transaction(write_tag(&rows, 1, 5, &gate)).await),
    }
}

/// Has a thread begin a call, which ends with the thread. Whether what it keeps is older than anything that the cache
/// keeps for the thread decides which of both goes first.
fn end_a_thread_in(call: impl Future<Output = ()> + Send + 'static, gate: Gate, keeps_first: bool) {
    let thread = std::thread::spawn(move || {
        if keeps_first {
            KEPT.with(|_| ());
        }
        let mut call: Kept = Box::pin(call);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            tokio::select! {
                () = &mut call => unreachable!("its gate is shut"),
                () = gate.arrived(1) => {}
            }
        });
        KEPT.with_borrow_mut(|kept| kept.push(call));
    });
    thread.join().expect("it ends as threads do");
}

#[tokio::test]
async fn a_call_that_ends_with_its_thread_ends_like_any_that_is_dropped() {
    for keeps_first in [true, false] {
        for kind in [Call::Load, Call::Row, Call::Tag, Call::Transaction] {
            for cache in [testing::isolate(), Site::new().process().await.0] {
                let (rows, gate) = (Rows::default(), Gate::new());
                cache.scope(read(&rows, 1)).await;
                let began = cache.scope(call(kind, rows.clone(), gate.clone()));
                end_a_thread_in(began, gate, keeps_first);
                if kind == Call::Load {
                    let open = open();
                    let next = cache.scope(read_slowly(&rows, 2, &open));
                    tokio::time::timeout(Duration::from_secs(1), next).await.expect("at once");
                    let counted = of(&cache, "read_slowly");
                    assert_eq!((counted.load_cancelled, counted.loads, counted.fills), (1, 1, 1));
                } else {
                    assert_eq!(cache.scope(read(&rows, 1)).await, 5, "{kind:?}");
                }
            }
        }
    }
}
