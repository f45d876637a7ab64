//! Real processes on one server: what several caches in one process cannot show, because they share a clock, an
//! allocator and an end.

#[path = "processes/client.rs"]
mod client;
#[path = "processes/fleet.rs"]
mod fleet;
#[path = "processes/kinds.rs"]
mod kinds;
#[path = "processes/lock.rs"]
mod lock;
#[path = "processes/naive.rs"]
mod naive;
#[path = "processes/race.rs"]
mod race;
#[path = "processes/rows.rs"]
mod rows;
#[path = "processes/source.rs"]
mod source;
#[path = "processes/weather.rs"]
mod weather;
#[path = "processes/wire.rs"]
mod wire;
#[path = "processes/worker.rs"]
mod worker;
