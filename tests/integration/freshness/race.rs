//! Readers and writers of one key in two processes, while it is refreshed, fails and is served stale: nobody is given a value from
//! before a change that was acknowledged before the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::{Ambient, cached, invalidate, transaction};

use crate::support::fleet::Fleet;
use crate::support::random::Random;

/// A row whose loads take their time, and fail now and then.
#[derive(Clone, Default)]
struct Row(Arc<Inner>);

#[derive(Default)]
struct Inner {
    version: AtomicU64,
    loads: AtomicU64,
}

impl Ambient for Row {}

impl Row {
    async fn load(&self) -> Result<u64, String> {
        let version = self.0.version.load(Ordering::SeqCst);
        let load = self.0.loads.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_micros(load * 1_237 % 6_000)).await;
        if load % 10 == 9 { Err("it fails now and then".to_owned()) } else { Ok(version) }
    }
}

macro_rules! policies {
    ($($name:ident: $key:literal { $($option:tt)+ })+) => {
        $(#[cached(key = $key, ttl = |_: &u64| Duration::from_millis(3), tags = ["raced"], $($option)+)]
        async fn $name(row: &Row) -> Result<u64, String> {
            row.load().await
        })+
    };
}

policies! {
    swr: "raced:swr" { stale_while_revalidate = "1h", stale_if_error = "2h" }
    patient: "raced:patient" { stale_while_revalidate = "1h", patience = "2ms" }
    remote: "raced:remote" { stale_while_revalidate = "1h", stale_if_error = "2h", tier = "remote" }
    ahead: "raced:ahead" { refresh_ahead = 0.5, stale_if_error = "1h" }
    within: "raced:within" { hard_timeout = "3ms", on_timeout = |_| Err(String::new()), stale_if_error = "1h" }
}

const NAMES: usize = 5;

async fn read(nth: usize, row: &Row) -> Result<u64, String> {
    match nth {
        0 => swr(row).await,
        1 => patient(row).await,
        2 => remote(row).await,
        3 => ahead(row).await,
        _ => within(row).await,
    }
}

/// Says that the row is another one, in one of the ways there are.
async fn change(fleet: &Fleet, process: usize, way: u64) {
    let cache = fleet.cache(process);
    let all = async || invalidate!(swr(), patient(), remote(), ahead(), within()).await;
    let changed = fleet.run(process, async {
        match way {
            0 => all().await,
            1 => cache.invalidate_tag("raced").await,
            2 => transaction(all()).await,
            3 => cache.invalidate_pattern("raced:*").await.map(drop),
            _ => cache.clear().await,
        }
    });
    changed.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_given_what_was_changed_before_the_call() {
    let rounds = std::env::var("CACHE_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let time = Duration::from_millis(700) * rounds.unwrap_or(1);
    for fleet in Fleet::each().await {
        let (fleet, row) = (Arc::new(fleet), Row::default());
        // The newest version that a process was told of.
        let told: Arc<[AtomicU64; 2]> = Arc::default();
        let stop = Arc::<AtomicBool>::default();
        let mut readers = Vec::new();
        for reader in 0..40 {
            let (fleet, row) = (Arc::clone(&fleet), row.clone());
            let (told, stop) = (Arc::clone(&told), Arc::clone(&stop));
            readers.push(tokio::spawn(async move {
                let (nth, process) = (reader % NAMES, reader % 2);
                while !stop.load(Ordering::SeqCst) {
                    let of = |process: usize| told[process].load(Ordering::SeqCst);
                    // What another process was told of reaches a copy of this one a little later.
                    let least = if nth == 2 { of(0).max(of(1)) } else { of(process) };
                    if let Ok(version) = fleet.run(process, read(nth, &row)).await {
                        assert!(version >= least, "{version} after {least}, by {nth}: {fleet}");
                    }
                    tokio::task::yield_now().await;
                }
            }));
        }
        let (start, mut random) = (Instant::now(), Random::new(7));
        while start.elapsed() < time {
            let process = usize::try_from(random.below(2)).unwrap() % fleet.processes();
            let version = row.0.version.fetch_add(1, Ordering::SeqCst) + 1;
            change(&fleet, process, random.below(5)).await;
            told[process].fetch_max(version, Ordering::SeqCst);
            if fleet.processes() == 1 {
                told[1].fetch_max(version, Ordering::SeqCst);
            }
            fleet.pass_on_a_manual_clock(Duration::from_millis(4));
            tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
        }
        stop.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.await.unwrap();
        }
        assert!(row.0.loads.load(Ordering::SeqCst) > 0);
    }
}
