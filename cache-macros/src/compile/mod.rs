//! The attributes and macros, one file for each: parse, check, expand. With errors, all of them at once, beside what the
//! mistake leaves of the item.

pub(crate) mod cache_policy;
pub(crate) mod cached;
pub(crate) mod entry;
pub(crate) mod invalidate;
pub(crate) mod invalidates;
pub(crate) mod key_part;
pub(crate) mod policies;
