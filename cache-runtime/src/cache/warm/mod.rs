//! Warming: a cached function called for many ids, before anybody else calls it.

mod call;
mod observers;
mod report;
mod run;

pub use report::Warmed;
pub use run::Warm;
