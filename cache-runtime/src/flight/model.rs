//! What holds of flights in whatever order the steps of their callers come.
//!
//! A scenario ends only if everybody in it gets an answer: timers do not come here, so a wake-up that is lost leaves somebody
//! waiting, which is reported as a deadlock. `settled` is what is promised to who comes from now on: the newest version of
//! the row whose writer has been answered.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use super::*;
use crate::clock::{Clock, ManualClock};
use crate::key::{Key, Tag};
use crate::store::Versions;
use crate::store::memory::{Limits, MemoryStore, Stamp};
use crate::sync::{AtomicU64, Mutex, block_on, choose, explore, spawn, together};
use crate::token::Token;
use crate::value::Stored;

const LONG: Duration = Duration::from_secs(20);

/// One key, its flights, its row, and what stands for a tier that others share.
struct World {
    flights: Flights,
    store: Arc<MemoryStore<()>>,
    key: Key,
    tag: Tag,
    /// The version of the row.
    row: AtomicU64,
    settled: AtomicU64,
    /// How many load at this time as the lead of a flight that can be joined.
    leads: AtomicU64,
    /// The lease of the key where others see it.
    lease: Mutex<Option<Token>>,
    /// What is stored there.
    remote: Mutex<Option<u64>>,
}

/// What a call is promised, besides an answer.
#[derive(Clone, Copy)]
struct Promise {
    /// Nobody else leads a flight meanwhile.
    alone: bool,
    /// Changes are tracked. If not, whoever wants to join asks first.
    tracking: bool,
}

const ALONE: Promise = Promise { alone: true, tracking: true };
const OVERTAKEN: Promise = Promise { alone: false, tracking: true };

impl World {
    fn new() -> Arc<Self> {
        let limits = Limits { entries: 10, bytes: None };
        Arc::new(Self {
            flights: Flights::new(),
            store: MemoryStore::new(limits, Clock::Manual(ManualClock::new())),
            key: Key::new(b"row").unwrap(),
            tag: Tag::new(b"rows"),
            row: AtomicU64::new(0),
            settled: AtomicU64::new(0),
            leads: AtomicU64::new(0),
            lease: Mutex::default(),
            remote: Mutex::default(),
        })
    }

    fn stamp(&self) -> Stamp {
        self.store.stamp(std::slice::from_ref(&self.tag))
    }

    /// A call: joins a flight, or leads one.
    async fn call(&self, promise: Promise) {
        let (arrived, least) = (self.flights.arrive(), self.settled.load(Ordering::SeqCst));
        let version = loop {
            let (id, stamp) = (Token::new(), self.stamp());
            let is_current = |stamp: &_| self.store.is_current(stamp);
            let joined =
                self.flights.join(&self.key, id, &stamp, arrived, promise.tracking, is_current);
            let (waiter, asking) = match joined {
                Joined::Lead(lead) => break self.lead(id, lead, promise).await,
                Joined::Wait(_, waiter) => (waiter, false),
                Joined::WaitForAsking(_, waiter) => (waiter, true),
                Joined::Full => panic!("there are few of them"),
                Joined::Unverified(unverified) => {
                    let outdated = unverified.flight;
                    let Some(waiter) = self.verify(&unverified) else {
                        match self.flights.lead_after(&self.key, outdated, id, &stamp) {
                            Some(lead) => {
                                let before = lead.instead_of;
                                assert!(before.is_none_or(|before| before == outdated));
                                break self.lead(id, lead, promise).await;
                            }
                            // Somebody else has.
                            None => continue,
                        }
                    };
                    (waiter, false)
                }
            };
            match waiter.result(LONG).await {
                Awaited::Ended(LoadResult::Value(_)) if asking && !waiter.begins_after(arrived) => {
                }
                Awaited::Ended(LoadResult::Value(value)) => break version(value),
                Awaited::Ended(LoadResult::Abandoned) => {}
                Awaited::Ended(LoadResult::Failed) => break self.call_unwaiting().await,
                Awaited::Ended(LoadResult::Error(_) | LoadResult::Stale(..))
                | Awaited::Parked
                | Awaited::TimedOut => {
                    panic!("nothing of that happens here")
                }
            }
        };
        assert!(version >= least, "a call returned version {version} after {least} was settled");
    }

    /// A call that has waited in vain: leads a flight, or loads beside one.
    async fn call_unwaiting(&self) -> u64 {
        let (id, stamp) = (Token::new(), self.stamp());
        let is_current = |stamp: &_| self.store.is_current(stamp);
        match self.flights.lead_or_beside(&self.key, id, &stamp, is_current) {
            Unwaiting::Lead(lead) => self.lead(id, lead, OVERTAKEN).await,
            Unwaiting::Beside(beside) => {
                let version = self.row.load(Ordering::SeqCst);
                self.flights.end(&self.key, beside.flight, stored(version));
                version
            }
            Unwaiting::Alone => self.row.load(Ordering::SeqCst),
        }
    }

    async fn lead(&self, id: Token, lead: Lead, promise: Promise) -> u64 {
        let others = self.leads.fetch_add(1, Ordering::SeqCst);
        assert!(others == 0 || !promise.alone, "{others} lead already");
        self.flights.begins_anew(&lead.pulse);
        let found = *self.remote.lock();
        if let Some(version) = found {
            self.leads.fetch_sub(1, Ordering::SeqCst);
            self.flights.end(&self.key, id, stored(version));
            return version;
        }
        let lease = *self.lease.lock().get_or_insert(id);
        self.flights.set_witness(&self.key, id, Witness { lease, versions: Versions::default() });
        let right = Right { local: true, remote: None, refusal: None };
        self.flights.runs(&self.key, id, right, &lead.pulse);
        let version = lead.pulse.watch(async { self.row.load(Ordering::SeqCst) }).await;
        self.lease.lock().take_if(|lease| *lease == id);
        self.leads.fetch_sub(1, Ordering::SeqCst);
        self.flights.end(&self.key, id, stored(version));
        version
    }

    /// A call that leads a flight and goes away; one that has to wait does that, too.
    fn call_and_go(&self) {
        let (id, arrived) = (Token::new(), self.flights.arrive());
        match self.flights.join(&self.key, id, &self.stamp(), arrived, true, |_| true) {
            Joined::Lead(_) => {
                let others = self.leads.fetch_add(1, Ordering::SeqCst);
                assert_eq!(others, 0, "{others} lead already");
                self.leads.fetch_sub(1, Ordering::SeqCst);
                self.flights.end(&self.key, id, LoadResult::Abandoned);
            }
            Joined::Wait(_, waiter) => {
                let mut wait = pin!(waiter.result(LONG));
                let _ = block_on(poll_once(wait.as_mut()));
            }
            _ => panic!("they are few, and nothing has changed"),
        }
    }

    /// Asks whether the lease under which a flight's load began still stands.
    fn verify(&self, unverified: &Unverified) -> Option<Waiter> {
        let holds = *self.lease.lock() == unverified.witness.as_ref().map(|witness| witness.lease);
        let is_current = |stamp: &_| self.store.is_current(stamp);
        holds.then(|| self.flights.join_verified(&self.key, unverified, is_current)).flatten()
    }

    /// A write, and what ends by it; its caller is answered after that.
    fn write(&self, end: impl FnOnce(&Self)) {
        let version = self.row.fetch_add(1, Ordering::SeqCst) + 1;
        end(self);
        self.settled.fetch_max(version, Ordering::SeqCst);
    }

    fn run(self: Arc<Self>, all: &[fn(&Self)]) {
        together(&self, all);
        assert!(self.flights.is_empty(), "a flight is left over");
        assert_eq!(self.leads.load(Ordering::SeqCst), 0);
    }
}

fn stored(version: u64) -> LoadResult {
    LoadResult::Value(Some(Arc::new(version)))
}

fn version(stored: Stored) -> u64 {
    *stored.unwrap().downcast::<u64>().unwrap()
}

async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

#[test]
fn those_who_come_together_load_one_after_the_other_and_all_get_an_answer() {
    explore(|| {
        let call: fn(&World) = |world| block_on(world.call(ALONE));
        World::new().run(&[call; 4]);
    });
}

#[test]
fn a_load_whose_caller_goes_away_is_taken_over_by_one_of_those_who_wait() {
    explore(|| {
        let call: fn(&World) = |world| block_on(world.call(ALONE));
        World::new().run(&[World::call_and_go, call, call, World::call_and_go]);
    });
}

#[test]
fn nobody_who_comes_after_an_invalidation_gets_what_was_loaded_before() {
    explore(|| {
        let twice: fn(&World) = |world| {
            block_on(world.call(OVERTAKEN));
            block_on(world.call(OVERTAKEN));
        };
        let by_key: fn(&World) = |world| world.write(|world| world.flights.detach(&world.key));
        let by_tag: fn(&World) = |world| world.write(|world| world.store.bump(&world.tag, None));
        let by_clear: fn(&World) = |world| {
            world.write(|world| {
                world.store.clear();
                world.flights.detach_all();
            });
        };
        let write = [by_key, by_tag, by_clear][choose(3)];
        World::new().run(&[twice, write, twice]);
    });
}

#[test]
fn a_flight_that_is_passed_over_or_frees_who_waits_ends_no_other() {
    explore(|| {
        let call: fn(&World) = |world| block_on(world.call(OVERTAKEN));
        let by_key: fn(&World) = |world| world.write(|world| world.flights.detach(&world.key));
        let meddle: fn(&World) = |world| {
            let (id, stamp) = (Token::new(), world.stamp());
            let Joined::Wait(flight, _waiter) =
                world.flights.join(&world.key, id, &stamp, world.flights.arrive(), true, |_| true)
            else {
                // Whoever would have come after this one takes the flight's place.
                return world.flights.end(&world.key, id, LoadResult::Abandoned);
            };
            match choose(3) {
                0 => world.flights.pass_over(&world.key, flight),
                1 => world.flights.release_waiters(&world.key, flight),
                _ => world.flights.outwaited(&world.key, flight),
            }
        };
        World::new().run(&[call, meddle, call, by_key]);
    });
}

#[test]
fn whoever_loads_beside_a_flight_answers_those_who_wait_for_it_and_nobody_else() {
    explore(|| {
        let call: fn(&World) = |world| block_on(world.call(OVERTAKEN));
        let unwaiting: fn(&World) = |world| {
            let least = world.settled.load(Ordering::SeqCst);
            assert!(block_on(world.call_unwaiting()) >= least);
        };
        let by_key: fn(&World) = |world| world.write(|world| world.flights.detach(&world.key));
        World::new().run(&[call, unwaiting, by_key, call]);
    });
}

#[test]
fn where_nothing_is_tracked_a_flight_is_joined_only_while_its_lease_stands() {
    explore(|| {
        let untracked: fn(&World) =
            |world| block_on(world.call(Promise { alone: false, tracking: false }));
        let elsewhere: fn(&World) = |world| world.write(|world| *world.lease.lock() = None);
        World::new().run(&[untracked, elsewhere, untracked, untracked]);
    });
}

#[test]
fn what_a_flight_has_found_is_only_for_those_who_came_before_it_asked() {
    explore(|| {
        let world = World::new();
        *world.remote.lock() = Some(0);
        let untracked: fn(&World) =
            |world| block_on(world.call(Promise { alone: false, tracking: false }));
        let elsewhere: fn(&World) = |world| {
            world.write(|world| {
                *world.remote.lock() = None;
                *world.lease.lock() = None;
            });
        };
        world.run(&[untracked, elsewhere, untracked, untracked]);
    });
}

#[test]
fn a_load_that_goes_from_task_to_task_is_woken_in_the_one_that_polls_it() {
    explore(|| {
        let (pulse, (send, receive)) =
            (Arc::new(Pulse::default()), tokio::sync::oneshot::channel::<u8>());
        let sender = spawn(move || send.send(7).unwrap());
        let mut load = Box::pin(async move { pulse.watch(receive).await });
        let polled_first = spawn(move || {
            let polled = block_on(poll_once(load.as_mut()));
            (load, polled)
        });
        let (load, polled) = polled_first.join().unwrap();
        let brought = match polled {
            Poll::Ready(brought) => brought,
            Poll::Pending => block_on(load),
        };
        assert_eq!(brought, Ok(7));
        sender.join().unwrap();
    });
}
