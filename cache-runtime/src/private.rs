//! What generated code may name. Nothing here is for people: it changes without notice.

pub use std::ops::ControlFlow::{self, Break, Continue};
pub use std::time::Duration;

pub use inventory;

pub use cache_macros::{
    a_method_is_named_with_self_in_front, an_associated_function_needs_cache_policy_above_its_impl,
    an_impl_of_a_trait_needs_cache_policy_above_it, auto_impl,
    cached_adds_a_type_of_this_name_unless_companion_gives_another,
    every_field_is_in_the_key_or_in_skip, methods_of_one_name_need_different_companions,
    only_functions_with_the_cached_attribute_have_entries,
};

pub use crate::declared::callsite::Callsite;
pub use crate::declared::companion::{Companion, CountsArguments};
pub use crate::declared::each::{
    each_body, held, load_each, load_each_owned, loaded_by_caller, look_for_transactions, naming,
    one_of,
};
pub use crate::declared::reference::{ByCache, Group, Reference, entry};
pub use crate::declared::registry::{
    Groups, InCode, Reads, Writes, assert_policies, at_the_root, in_trait, read_kind,
    written_as_read,
};
pub use crate::declared::slot::DEFAULT_SLOT;
pub use crate::declared::written::{after, storage_of};
pub use crate::key::{
    Ambient, Borrowed, Constant, KeyArg, KeyHash, KeyPart, KeyWriter, NONE, NotKnown, Probe,
    TwoFunctionsShareAKey, ambient, ambient_or_written, ambient_receiver, is_known, never,
    of_one_type,
};
pub use crate::load::{Miss, Plan, load, load_owned, load_within};
pub use crate::policy::{Codec, Compression, Policy, Strategy, Tier, Writer};
pub use crate::uncommitted::LOOKS_FOR_TRANSACTIONS;
pub use crate::value::{
    ClosureArgument, Ended, Everywhere as Shared, Kind, ThisProcess as Local, dyn_storage, id_of,
    lend, list_of, listed, local_storage, never_returned, nullable, own, own_receiver,
    response_storage, returns, sent, slice_storage, storage, timed_out,
};
pub use crate::write::{Selectors, Write, Writing, invalidate};

/// What tells the shapes of return types apart, by methods. Imported as a whole, because every import is work for the
/// compiler in each annotated function; and under no name, because it stands where names of the user's are in scope.
pub mod shapes {
    pub use crate::value::{
        CompareEqual as _, CompareNothing as _, EndAny as _, EndResult as _, ErrorsKept as _,
        ErrorsShared as _, HoldOwned as _, HoldShared as _, WrapBare as _, WrapOption as _,
        WrapResult as _, WrapResultOption as _,
    };
}

/// The same, and what tells return types that must not be cached.
pub mod cacheable {
    pub use super::shapes::*;
    pub use crate::value::{HoldFailure as _, HoldNothing as _};
}

/// For methods under `#[cache_policy]`, whose attributes need not be imported.
pub mod attributes {
    pub use cache_macros::{cached, invalidates};
}
