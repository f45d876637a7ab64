//! Real processes on one server: what several caches in one process cannot show, because they share a clock, an
//! allocator and an end.

mod client;
mod fleet;
mod kinds;
mod lock;
mod naive;
mod race;
mod rows;
mod source;
mod weather;
mod wire;
mod worker;
