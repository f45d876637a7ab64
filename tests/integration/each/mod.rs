//! Batches: what is cached is given, and the rest is loaded by one call.

mod ageing;
mod ended;
mod failing;
mod hits;
mod joined;
mod misses;
mod race;
mod results;
mod round_trips;
mod table;
