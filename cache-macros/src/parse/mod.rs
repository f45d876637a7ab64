//! From tokens to what was written: spans kept, nothing judged but the grammar.

pub(crate) mod args;
pub(crate) mod attr;
pub(crate) mod attribute;
pub(crate) mod cache_policy;
pub(crate) mod condition;
pub(crate) mod duration;
pub(crate) mod function;
pub(crate) mod group;
pub(crate) mod guarding;
pub(crate) mod invalidates;
pub(crate) mod mentioned;
pub(crate) mod mocked;
pub(crate) mod name;
pub(crate) mod reference;
pub(crate) mod signature;
pub(crate) mod template;
pub(crate) mod types;
pub(crate) mod value;
