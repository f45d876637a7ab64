//! What is promised to callers, in whatever order the steps of cached reads and of writes come.
//!
//! The functions are annotated as a user's are, on a cache in memory whose map evicts what it likes. Their bodies have no
//! steps: the order of what the cache does around them is what is explored. `settled` is the newest version of the row whose
//! writer has been answered.

use std::sync::Arc;
use std::sync::atomic::{self, Ordering};
use std::time::Duration;

use crate::sync::{AtomicU64, block_on, choose, explore, together};
use crate::testing::{IsolatedCache, isolate};
use crate::{cached, entry, invalidate, invalidates, transaction};

struct World {
    cache: IsolatedCache,
    row: atomic::AtomicU64,
    settled: AtomicU64,
}

#[cached(key = "row", ttl = "1m", tags = ["rows"], skip(world))]
async fn row(world: &World) -> u64 {
    world.row.load(Ordering::SeqCst)
}

#[invalidates(row())]
async fn update(world: &World) -> Result<u64, String> {
    Ok(world.write())
}

#[invalidates(tags = ["rows"])]
async fn update_all(world: &World) -> Result<u64, String> {
    Ok(world.write())
}

#[cached(strategy = "write_through", writes = row(), value = return)]
async fn replace(world: &World) -> Result<u64, String> {
    Ok(world.write())
}

impl World {
    fn new() -> Arc<Self> {
        let (row, settled) = (atomic::AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self { cache: isolate(), row, settled })
    }

    fn run(self: Arc<Self>, all: &[fn(&Self)]) {
        together(&self, all);
        self.read();
    }

    fn write(&self) -> u64 {
        self.row.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn settle(&self, version: u64) {
        self.settled.fetch_max(version, Ordering::SeqCst);
        self.read();
    }

    fn read(&self) {
        let least = self.settled.load(Ordering::SeqCst);
        let version = block_on(self.cache.scope(row(self)));
        assert!(version >= least, "a call returned version {version} after {least} was settled");
    }

    fn update(&self) {
        self.settle(block_on(self.cache.scope(update(self))).unwrap());
    }

    fn update_all(&self) {
        self.settle(block_on(self.cache.scope(update_all(self))).unwrap());
    }

    fn replace(&self) {
        self.settle(block_on(self.cache.scope(replace(self))).unwrap());
    }

    fn by_hand(&self) {
        let version = self.write();
        let ended = async {
            match choose(3) {
                0 => invalidate!(row()).await,
                1 => self.cache.mark_stale(entry!(row())).await,
                _ => self.cache.clear().await,
            }
        };
        block_on(self.cache.scope(ended)).unwrap();
        self.settle(version);
    }

    fn commit(&self) {
        let written = transaction(async {
            update(self).await?;
            update(self).await
        });
        self.settle(block_on(self.cache.scope(written)).unwrap());
    }

    fn let_time_pass(&self) {
        self.cache.clock().advance(Duration::from_secs(40));
        self.read();
    }
}

#[test]
fn nobody_reads_a_row_that_is_older_than_a_write_that_was_answered() {
    explore(|| World::new().run(&[World::read, World::update, World::read]));
}

#[test]
fn all_kinds_of_writes_may_overlap_each_other_and_reads() {
    explore(|| {
        let writes: [fn(&World); 6] = [
            World::update,
            World::update_all,
            World::replace,
            World::by_hand,
            World::commit,
            World::let_time_pass,
        ];
        let one_of_them = || writes[choose(writes.len())];
        World::new().run(&[World::read, one_of_them(), one_of_them(), World::read]);
    });
}
