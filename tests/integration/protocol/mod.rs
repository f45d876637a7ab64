//! The scripts that keep an entry on a server, by themselves: run as they are, without the library around them.

mod mutants;
mod race;
mod record;
mod scripts;
mod steps;
mod trace;
