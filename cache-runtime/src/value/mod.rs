//! Return values, and what a store keeps of them.
//!
//! A function returns `T`, `Option<T>`, `Result<T, E>` or `Result<Option<T>, E>`, each with `T` or `Arc<T>`,
//! often behind an alias. A store keeps an `Arc<T>`, or "nothing" for a cached `None`. Which of the eight
//! shapes a return type has is found by method dispatch on [`Kind`], where the most special implementation needs
//! the fewest dereferences and so wins; that sees through aliases. A trait on the return type could not do it:
//! `T` overlaps with all the others.

mod closure_argument;
mod dispatch;
mod each;
mod erased_codec;
mod owned;
pub(crate) mod proof;
mod refused;
mod returns;
mod shape;
mod storage;
mod stored;
#[cfg(test)]
mod tests;
mod times_out;
mod vtable;

pub use closure_argument::ClosureArgument;
pub use dispatch::{
    CompareEqual, CompareNothing, EndAny, EndResult, Ended, ErrorsKept, ErrorsShared, HoldOwned,
    HoldShared, Kind, WrapBare, WrapOption, WrapResult, WrapResultOption, Wrapped,
};
pub use each::{Many, Matched, OneOfMany, ReadAs, Split, Valued, id_of, list_of, listed};
pub use erased_codec::ErasedCodec;
pub use owned::{HandedBack, lend, own, own_receiver, sent};
pub use refused::{HoldFailure, HoldNothing};
pub use returns::{Answer, never_returned, returns};
pub use shape::{Apart, Errors, KeptErrors, NotCompared, Opened, Ownership, Shape, Wrap, nullable};
pub use storage::{
    Everywhere, Storage, ThisProcess, dyn_storage, local_storage, response_storage, slice_storage,
    storage,
};
pub use stored::{Erased, Stored};
pub use times_out::timed_out;
pub(crate) use vtable::Vtable;
