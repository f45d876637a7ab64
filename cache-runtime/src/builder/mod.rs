//! Builds a cache from code or from the environment.

mod cache_builder;
mod duration;
mod environment;
mod policy_settings;
mod remote;
mod settings;

pub use cache_builder::CacheBuilder;
pub use policy_settings::PolicySettings;

#[cfg(test)]
mod tests;
