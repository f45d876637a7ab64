//! Policies: what attributes declare of functions that read and of those that write.

mod options;
mod reader;
mod writer;

pub use options::{Codec, Compression, Strategy, Tier, Ttl};
pub use reader::Policy;
pub use writer::Writer;
