//! What generated code may name. Nothing here is for people: it changes without notice.

pub use std::ops::ControlFlow;
pub use std::time::Duration;

pub use inventory;

pub use cache_macros::{
    an_associated_function_needs_cache_policy_above_its_impl,
    an_impl_of_a_trait_needs_cache_policy_above_it, beside, every_field_is_in_the_key_or_skipped,
    methods_of_one_name_need_different_companions,
    only_functions_with_the_cached_attribute_have_entries,
};

pub use crate::__submit as submit;
pub use crate::key::{
    Ambient, Borrowed, KeyArg, KeyPart, KeyWriter, NONE, ambient, ambient_or_written, never,
    of_one_type,
};
pub use crate::policy::{Codec, Compression, Policy, Strategy, Tier, Writer};
pub use crate::registry::{
    DeclaredKey, NoKey, Reads, Writes, assert_policies, at_the_root, same_key,
};
pub use crate::site::{Group, Reference, Site, entry};
pub use crate::slot::DEFAULT_SLOT;
pub use crate::strategy::{Miss, Plan, load};
pub use crate::value::{
    EndAny, EndResult, Ended, ErrorsKept, ErrorsShared, Everywhere as Shared, Given, HoldFailure,
    HoldNothing, HoldOwned, HoldShared, Kind, ThisProcess as Local, WrapBare, WrapOption,
    WrapResult, WrapResultOption, local_storage, nullable, returns, storage,
};
pub use crate::write::{Selectors, Write, after, invalidate, storage_of};

/// Adds the declaration of a cached function, or of a function that invalidates, to those linked into the program.
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($site:ident) => {
        $crate::private::inventory::submit! { $crate::private::Reads(&$site) }
    };
    (writer $writer:ident) => {
        $crate::private::inventory::submit! { $crate::private::Writes(&$writer) }
    };
}

/// For methods under `#[cache_policy]`, whose attributes need not be imported.
pub mod attributes {
    pub use cache_macros::{cached, invalidates};
}
