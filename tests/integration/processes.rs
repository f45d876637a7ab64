//! Real processes on one server: what several caches in one process cannot show, because they share a clock, an
//! allocator and an end.

#[path = "processes/fleet.rs"]
mod fleet;
#[path = "processes/lock.rs"]
mod lock;
#[path = "processes/source.rs"]
mod source;
#[path = "processes/wire.rs"]
mod wire;
#[path = "processes/worker.rs"]
mod worker;
