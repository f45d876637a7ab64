//! A load that the cache owns, with what it has of its own.

use proc_macro2::Span;
use syn::Token;

use crate::parse::args::Argument;

/// What a load in the background owns of a call, so that it can go on when the call has ended.
pub(crate) struct Background {
    /// The arguments that the body, or a closure in an option, uses.
    pub(crate) arguments: Vec<Owned>,
    /// `self`, if it is used.
    pub(crate) receiver: Option<OwnedReceiver>,
}

/// An argument as a load owns it.
pub(crate) struct Owned {
    /// Which of the arguments with a type it is.
    pub(crate) place: usize,
    pub(crate) argument: Argument,
    pub(crate) how: How,
    pub(crate) used: Used,
}

/// `self` as a load owns it.
pub(crate) struct OwnedReceiver {
    pub(crate) token: Token![self],
    pub(crate) how: How,
    pub(crate) used: Used,
}

/// The way in which a load comes to own an argument.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum How {
    /// By value; the compiler is asked whether it can be sent if that is not known.
    Moved { known: bool },
    /// A copy of what a reference borrows.
    Copied,
    /// A copy of what an `Option` of a reference borrows.
    CopiedOption,
}

/// Where an argument is used.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "one for each place in which it may be used")]
pub(crate) struct Used {
    pub(crate) body: bool,
    pub(crate) ttl: bool,
    pub(crate) store_if: bool,
    /// By what names the entry of a value.
    pub(crate) by: bool,
}

impl Used {
    /// Whether it is used at all.
    pub(crate) fn anywhere(self) -> bool {
        self.body || self.ttl || self.store_if || self.by
    }
}

impl Owned {
    /// Where what cannot be owned is reported.
    pub(crate) fn at(&self) -> Span {
        self.argument.names.first().map_or_else(Span::call_site, syn::Ident::span)
    }
}
