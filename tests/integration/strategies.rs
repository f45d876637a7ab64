//! What a strategy guarantees: no load that was overtaken is stored or joined.

#[path = "strategies/overtaken.rs"]
mod overtaken;
#[path = "strategies/race.rs"]
mod race;
