//! The key that a trait declares for a method, and the key that a type caches it under.

/// What a method that `#[cache_policy]` adds to a trait returns: the fingerprint of the key that is declared there.
pub struct DeclaredKey<const SHAPE: u64>;

/// What stands in for it where the trait declares none.
pub struct NoKey;

/// Agrees with a key that has this fingerprint.
#[diagnostic::on_unimplemented(
    message = "the trait declares another key for this method",
    label = "not the key in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, would name an entry that \
            is never filled: write the same key in both places"
)]
pub trait AgreesWith<const SHAPE: u64> {}

#[diagnostic::do_not_recommend]
impl<const SHAPE: u64> AgreesWith<SHAPE> for DeclaredKey<SHAPE> {}
impl<const SHAPE: u64> AgreesWith<SHAPE> for NoKey {}

/// Refuses to compile if the trait declares another key.
pub fn same_key<const SHAPE: u64, D: AgreesWith<SHAPE>>(_declared: D) {}
