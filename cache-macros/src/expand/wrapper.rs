//! The steps that reading and writing functions have in common: what is known of the stored type, and the plan for a value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ExprClosure;
use syn::spanned::Spanned;

use super::background::Owning;
use super::{Runtime, closure, companion, hidden, key, named};
use crate::model::background::Used;
use crate::model::{Cached, Key, Ttl, Value};
use crate::parse::types::{is_response, unsized_value};
use crate::parse::words::Tier;

/// The names of the generated variables, which no name of the user can meet.
pub(super) struct Variables {
    pub(super) returns: Ident,
    pub(super) key: Ident,
    pub(super) found: Ident,
    pub(super) miss: Ident,
    pub(super) plan: Ident,
}

impl Variables {
    pub(super) fn new(at: Span) -> Self {
        let name = |name| Ident::new(name, hidden(at));
        Self {
            returns: name("returns"),
            key: name("key"),
            found: name("found"),
            miss: name("miss"),
            plan: name("plan"),
        }
    }
}

/// The generated function around the body that the user wrote.
pub(super) struct Wrapper<'a> {
    pub(super) cached: &'a Cached,
    pub(super) runtime: &'a Runtime,
    /// The type of what is stored, where everything generated is said to be.
    pub(super) at: Span,
    pub(super) names: Variables,
}

impl Wrapper<'_> {
    /// The expression that finds out all about the stored type. The bound on the value stands in `storage`
    /// alone.
    ///
    /// rustc reports it at the argument of a call, with advice to borrow it, and at the attribute
    /// if argument and call are not of one hygiene. So the function is named before it is called,
    /// and the variables are not hygienic, in a block without code of the user.
    pub(super) fn returns(&self) -> TokenStream {
        let stored = self.cached.stored();
        let ty = named::stored_in_function(self.cached);
        let at = self.at;
        let rt = self.runtime.at(at);
        let storage = match self.cached.policy.settings.tier() {
            Tier::All | Tier::Remote if is_response(stored) => {
                quote_spanned!(at=> response_storage)
            }
            // the bound is the same; what is said of one that does not hold is not
            Tier::All | Tier::Remote => match unsized_value(stored) {
                Some(syn::Type::Slice(_)) => quote_spanned!(at=> slice_storage),
                Some(_) => quote_spanned!(at=> dyn_storage),
                None => quote_spanned!(at=> storage),
            },
            Tier::Local => quote_spanned!(at=> local_storage),
        };
        let none_ttl = self.cached.policy.settings.none_ttl.value();
        let nullable = none_ttl.map(|_| {
            quote_spanned! {at=>
                let __nullable = #rt::nullable::<_, _, _>;
                __nullable(__shape);
            }
        });
        quote_spanned! {at=>
            {
                use #rt::cacheable::*;
                let __kind = #rt::Kind::<#ty>::new();
                let __shape = (&&&(&&&&__kind).__wrap()).__hold();
                #nullable
                let __storage = #rt::#storage::<_, _, _>;
                #rt::returns(__shape, __storage(__shape), (&&__kind).__errors(), (&&__shape).__compare())
            }
        }
    }

    pub(super) fn part(&self, writer: &Ident, value: &Value) -> TokenStream {
        key::part_in_function(&self.cached.arguments, writer, value)
    }

    /// The plan for a loaded value: its tags, its ttl, and whether it is stored.
    pub(super) fn plan(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let returns = &self.names.returns;
        let tags = self.cached.carried().map(|tag| self.tag(tag));
        let ttl = match &self.cached.policy.ttl {
            Ttl::Milliseconds(_) | Ttl::Constant(_) => None,
            Ttl::Computed(value) => Some(quote_spanned!(value.span()=> .ttl(#value))),
            Ttl::OfValue(of_value) => {
                let closure = self.closure(of_value, |used| used.ttl);
                Some(quote_spanned!(of_value.span()=> .ttl_by(#closure)))
            }
        };
        let store_if = self.cached.policy.settings.store_if.value();
        let store_if = store_if.map(|condition| {
            let closure = self.closure(condition, |used| used.store_if);
            quote_spanned!(condition.span()=> .store_if(#closure))
        });
        quote_spanned!(self.at=> #rt::Plan::new(#returns) #(#tags)* #ttl #store_if)
    }

    /// A closure on the value, which a load in the background takes with it.
    fn closure(&self, of: &ExprClosure, used: impl Fn(Used) -> bool + Copy) -> TokenStream {
        let closure = closure::checked(of, "value", self.runtime);
        match Owning::of(self.cached, self.runtime) {
            Some(owning) => owning.closure(closure, used),
            None => closure.into_token_stream(),
        }
    }

    fn tag(&self, tag: &Key) -> TokenStream {
        companion::tag(tag, |writer, value| self.part(writer, value))
    }
}
