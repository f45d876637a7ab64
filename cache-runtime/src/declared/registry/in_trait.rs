//! The options that a trait declares for a method, and those under which a type caches it.
//!
//! A reference through the trait is made of the options of the trait, and an entry by those of the type. So both are the same,
//! and the compiler holds them against each other as numbers: at the trait nothing of the type is seen, nor at the type of
//! the trait. Each has a bound of its own, whose message names it.

use std::time::Duration;

/// An option at the type, as a number. One that is not given has a number as well.
pub struct Given<const WRITTEN: u64>;

/// The options of a trait that declares none for the method: they agree with any.
pub struct Undeclared;

macro_rules! agree_with_any {
    ($($option:ident)+) => {
        impl Undeclared {
            $(
                /// Agrees.
                #[must_use]
                pub fn $option<const WRITTEN: u64>(self, _: Given<WRITTEN>) -> Self {
                    self
                }
            )+
        }
    };
}
agree_with_any! {
    key cache tier tags group ttl none_ttl stale_while_revalidate stale_if_error sliding local_ttl version codec compress
}

/// The number of a ttl that is a constant.
#[must_use]
pub const fn nanoseconds(ttl: Duration) -> u64 {
    ttl.as_secs().wrapping_mul(1_000_000_000).wrapping_add(ttl.subsec_nanos() as u64)
}

/// Agrees with the key that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another key for this method",
    label = "not the key in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, would name an \
            entry that is never filled: write the same key in both places"
)]
pub trait Key<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Key<DECLARED> for Given<DECLARED> {}

/// Agrees with the `cache` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `cache` for this method",
    label = "not the `cache` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, looks in the cache \
            of the trait: write the same `cache`, by the same path, in both places or in neither"
)]
pub trait Cache<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Cache<DECLARED> for Given<DECLARED> {}

/// Agrees with the `tier` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `tier` for this method",
    label = "not the `tier` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, looks in the tier \
            of the trait: write the same `tier` in both places or in neither"
)]
pub trait Tier<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Tier<DECLARED> for Given<DECLARED> {}

/// Agrees with the `tags` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares other `tags` for this method",
    label = "not the `tags` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores under the \
            tags of the trait: write the same `tags` in both places or in neither"
)]
pub trait Tags<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Tags<DECLARED> for Given<DECLARED> {}

/// Agrees with the groups that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `group` for this method",
    label = "not the groups in the trait",
    note = "a reference through the trait, such as `self.users.list(team, _)` on an `Arc<dyn Users>`, goes by the \
            groups of the trait: write the same `group(...)` in both places or in neither"
)]
pub trait Groups<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Groups<DECLARED> for Given<DECLARED> {}

/// Agrees with the `ttl` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `ttl` for this method",
    label = "not the `ttl` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores for the ttl \
            of the trait: write the same `ttl` in both places"
)]
pub trait Ttl<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Ttl<DECLARED> for Given<DECLARED> {}

/// Agrees with the `none_ttl` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `none_ttl` for this method",
    label = "not the `none_ttl` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `none_ttl` of the trait: write the same `none_ttl` in both places or in neither"
)]
pub trait NoneTtl<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> NoneTtl<DECLARED> for Given<DECLARED> {}

/// Agrees with the `stale_while_revalidate` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `stale_while_revalidate` for this method",
    label = "not the `stale_while_revalidate` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `stale_while_revalidate` of the trait: write the same `stale_while_revalidate` in both places or in neither"
)]
pub trait StaleWhileRevalidate<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> StaleWhileRevalidate<DECLARED> for Given<DECLARED> {}

/// Agrees with the `stale_if_error` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `stale_if_error` for this method",
    label = "not the `stale_if_error` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `stale_if_error` of the trait: write the same `stale_if_error` in both places or in neither"
)]
pub trait StaleIfError<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> StaleIfError<DECLARED> for Given<DECLARED> {}

/// Agrees with the `sliding` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `sliding` for this method",
    label = "not the `sliding` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `sliding` of the trait: write the same `sliding` in both places or in neither"
)]
pub trait Sliding<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Sliding<DECLARED> for Given<DECLARED> {}

/// Agrees with the `local_ttl` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `local_ttl` for this method",
    label = "not the `local_ttl` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `local_ttl` of the trait: write the same `local_ttl` in both places or in neither"
)]
pub trait LocalTtl<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> LocalTtl<DECLARED> for Given<DECLARED> {}

/// Agrees with the `version` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `version` for this method",
    label = "not the `version` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `version` of the trait: write the same `version` in both places or in neither"
)]
pub trait Version<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Version<DECLARED> for Given<DECLARED> {}

/// Agrees with the `codec` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `codec` for this method",
    label = "not the `codec` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `codec` of the trait: write the same `codec` in both places or in neither"
)]
pub trait Codec<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Codec<DECLARED> for Given<DECLARED> {}

/// Agrees with the `compress` that a trait declares.
#[diagnostic::on_unimplemented(
    message = "the trait declares another `compress` for this method",
    label = "not the `compress` in the trait",
    note = "a reference through the trait, such as `self.users.get(id)` on an `Arc<dyn Users>`, stores by the \
            `compress` of the trait: write the same `compress` in both places or in neither"
)]
pub trait Compress<const DECLARED: u64> {}

#[diagnostic::do_not_recommend]
impl<const DECLARED: u64> Compress<DECLARED> for Given<DECLARED> {}
