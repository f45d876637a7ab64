//! What a strategy guarantees: no load that was overtaken is stored or joined.

mod overtaken;
mod race;
