//! Policies: what attributes declare of functions that read and of those that write.

mod freshness;
mod options;
mod reader;
mod rules;
mod writer;

pub use freshness::Freshness;
pub(crate) use freshness::{Life, Phase};
pub use options::{Codec, Compression, Strategy, Tier, Ttl};
pub use reader::Policy;
pub(crate) use rules::{LoadRules, Stands};
pub use writer::Writer;
