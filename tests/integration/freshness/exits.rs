//! Every way in which a load ends gives its leases back: the next load is stored.

use std::time::Duration;

use cache_runtime::cached;
use cache_runtime::testing::Gate;

use crate::support::fleet::{Fleet, MAX_VALUE, caught};
use crate::support::poll_once;
use crate::support::source::Source;

const HOUR: Duration = Duration::from_hours(1);

/// What the body is to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Stored,
    Refused,
    NoTtl,
    TooLarge,
    Error,
    Panic,
    Cancelled,
}

const EXITS: [Exit; 7] = [
    Exit::Stored,
    Exit::Refused,
    Exit::NoTtl,
    Exit::TooLarge,
    Exit::Error,
    Exit::Panic,
    Exit::Cancelled,
];

#[derive(Clone)]
struct World {
    source: Source,
    exit: Exit,
}

impl cache_runtime::Ambient for World {}

impl World {
    async fn load(&self, id: u64) -> Result<Vec<u8>, String> {
        self.source.load(id).await;
        match self.exit {
            // It goes on if it is the cache's own.
            Exit::Stored | Exit::Cancelled => Ok(vec![0]),
            Exit::Refused => Ok(vec![1]),
            Exit::NoTtl => Ok(vec![2]),
            Exit::TooLarge => Ok(vec![3; 2 * MAX_VALUE]),
            Exit::Error => Err("as the test asked it to".to_owned()),
            Exit::Panic => panic!("as the test asked it to"),
        }
    }
}

fn ttl(value: &[u8]) -> Duration {
    if value[0] == 2 { Duration::ZERO } else { 10 * HOUR }
}

macro_rules! strategies {
    ($($name:ident: $key:literal { $($option:tt)+ })+) => {
        $(#[cached(key = $key, ttl = |v: &Vec<u8>| ttl(v), store_if = |v: &Vec<u8>| v[0] != 1, $($option)+)]
        async fn $name(world: &World, id: u64) -> Result<Vec<u8>, String> {
            world.load(id).await
        })+
    };
}

strategies! {
    aside: "aside:<id>" { strategy = "cache_aside" }
    locked: "locked:<id>" { strategy = "lock" }
    through: "through:<id>" { strategy = "read_through" }
    within: "within:<id>" { hard_timeout = "1h", on_timeout = |_| Err(String::new()) }
    ahead: "ahead:<id>" { refresh_ahead = 0.5 }
    swr: "swr:<id>" { stale_while_revalidate = "10h" }
    sie: "sie:<id>" { stale_if_error = "10h" }
}

/// Lets a load end in each way, and the next in the other process be stored.
macro_rules! after_every_exit {
    ($fleet:ident, $($call:ident),+) => {
        $(for (nth, exit) in EXITS.into_iter().enumerate() {
            let (source, id) = (Source::default(), nth as u64);
            let world = |exit| World { source: source.clone(), exit };
            let gate = (exit == Exit::Cancelled).then(|| source.slow_down_next());
            let called = async {
                let world = world(exit);
                let mut call = Box::pin($fleet.call(0, $call(&world, id)));
                if exit != Exit::Cancelled {
                    return Some(call.await);
                }
                while gate.as_ref().is_some_and(|gate| gate.arrivals() == 0) {
                    assert!(poll_once(call.as_mut()).await.is_none());
                    tokio::task::yield_now().await;
                }
                None
            };
            let ended = caught(called).await;
            assert_eq!(ended.is_err(), exit == Exit::Panic, "{exit:?}");
            gate.inspect(Gate::open);
            $fleet.idle().await;
            let next = World { source: source.clone(), exit: Exit::Stored };
            $fleet.call(1, $call(&next, id)).await.0.unwrap();
            let (_, what) = $fleet.call(1, $call(&next, id)).await;
            let name = stringify!($call);
            assert_eq!(what, "hit", "after {exit:?}, {name}: {}", $fleet);
        })+
    };
}

#[tokio::test]
async fn a_lease_is_released_however_a_load_ends_644_646() {
    for fleet in Fleet::each().await {
        after_every_exit!(fleet, aside, locked, through, within, ahead, swr, sie);
    }
}

/// The same where there is a value already: the load is a refresh.
macro_rules! after_every_refresh {
    ($fleet:ident, $($call:ident),+) => {
        $(for (nth, exit) in EXITS.into_iter().enumerate() {
            if exit == Exit::Cancelled {
                // Nobody can.
                continue;
            }
            let (source, id) = (Source::default(), 100 + nth as u64);
            let world = |exit| World { source: source.clone(), exit };
            $fleet.call(0, $call(&world(Exit::Stored), id)).await.0.unwrap();
            $fleet.pass(11 * HOUR - 5 * HOUR).await;
            $fleet.pass(5 * HOUR).await;
            let failing = world(exit);
            let _ = caught($fleet.call(0, $call(&failing, id))).await;
            $fleet.idle().await;
            // The pause after a failure.
            $fleet.pass(Duration::from_secs(34)).await;
            let next = world(Exit::Stored);
            $fleet.call(1, $call(&next, id)).await.0.unwrap();
            $fleet.idle().await;
            let (_, what) = $fleet.call(1, $call(&next, id)).await;
            let name = stringify!($call);
            assert_eq!(what, "hit", "after {exit:?}, {name}: {}", $fleet);
        })+
    };
}

#[tokio::test]
async fn a_refresh_gives_its_lease_back_however_it_ends() {
    for fleet in Fleet::each().await {
        after_every_refresh!(fleet, swr, sie);
    }
}
