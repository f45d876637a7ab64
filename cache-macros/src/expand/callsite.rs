//! The callsite of a cached function: the `static` that declares its policy.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::generics::Kept;
use super::{Runtime, connection, constants, hidden, key, named, policies, settings};
use crate::model::{Cached, Key, Owner, Policy, Ttl};
use crate::parse::args::plain;
use crate::parse::reference::written;
use crate::parse::types;

/// The expression of a reference to the function's callsite, all of it at `span`.
pub(super) fn callsite(cached: &Cached, span: Span) -> TokenStream {
    match &cached.owner {
        Owner::Module | Owner::Impl { .. } => {
            let name = name(span);
            quote_spanned!(span=> &#name)
        }
        Owner::ImplOf { name, .. } | Owner::Trait { name, .. } => {
            let beside = beside(name, &key::located(&cached.companion, span));
            quote_spanned!(span=> #beside::callsite())
        }
    }
}

/// The name of the `static` of a callsite.
pub(super) fn name(span: Span) -> Ident {
    Ident::new("__CACHE_CALLSITE", span)
}

/// Makes the callsite of a function, in the function. Beside it the callsite would not be
/// found where a companion cannot be: in an `impl`, of which `#[cached]` sees nothing.
pub(super) fn own_callsite(cached: &Cached, runtime: &Runtime) -> Option<TokenStream> {
    if !matches!(cached.owner, Owner::Module | Owner::Impl { .. }) {
        return None;
    }
    let declared = Callsite::of(cached, runtime).declared();
    let value = named::declaration_in_function(cached);
    Some(quote!(#value #declared))
}

/// The struct that holds the callsite of a trait's method. A trait cannot: what is reached without a
/// value would keep it from being used as `dyn`. Nor can the type, which may implement two traits
/// with a method of one name.
pub(super) fn beside(owner: &Ident, companion: &Ident) -> Ident {
    format_ident!("{}_{}", plain(owner), plain(companion), span = companion.span())
}

/// The declaration of a policy.
pub(super) struct Callsite<'a> {
    cached: &'a Cached,
    runtime: &'a Runtime,
    /// The function's name, where all of the declaration is said to be.
    at: Span,
}

impl<'a> Callsite<'a> {
    pub(super) fn of(cached: &'a Cached, runtime: &'a Runtime) -> Self {
        Self { cached, runtime, at: hidden(cached.companion.span()) }
    }

    /// Declares the policy, for this function and for all that are linked into the program.
    pub(super) fn declared(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let (policy, facts) = (self.policy(&quote_spanned!(self.ttl_at()=> ttl)), self.facts());
        let (callsite, slot) = (name(self.at), self.slot());
        let declares_only = matches!(self.cached.owner, Owner::Trait { provided: false, .. });
        let submit = (!declares_only)
            .then(|| quote_spanned!(self.at=> #rt::inventory::submit! { #rt::Reads(&#callsite) }));
        let in_crate = policies::declared(self.cached, self.runtime, self.at);
        quote_spanned! {self.at=>
            static #callsite: #rt::Callsite = #rt::Callsite::new(#policy #facts, #slot);
            #submit
            #in_crate
        }
    }

    /// The policy and the slot once more, for references: what a cache has to know, and nothing to list.
    pub(super) fn referred(&self) -> TokenStream {
        let policy = self.policy(&quote_spanned!(self.ttl_at()=> same_ttl));
        let slot = self.slot();
        quote_spanned!(self.at=> || #policy, #slot)
    }

    fn slot(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        match self.cached.policy.settings.cache.value() {
            None => quote_spanned!(self.at=> &#rt::DEFAULT_SLOT),
            Some(path) => quote_spanned!(path.span()=> &#path),
        }
    }

    /// The span of the ttl, where a zero in a constant is reported: it is found when the policy is evaluated.
    fn ttl_at(&self) -> Span {
        match &self.cached.policy.ttl {
            Ttl::Constant(path) => path.span(),
            _ => self.at,
        }
    }

    /// The policy as far as a cache knows it, which sets its ttl by a function of that name. What is
    /// as by default is left out: every call is work for the compiler, in each function.
    fn policy(&self, set_ttl: &TokenStream) -> TokenStream {
        let Policy { ttl, settings } = &self.cached.policy;
        let at = self.ttl_at();
        let rt = self.runtime.at(at);
        let name = plain(&self.cached.function.signature.ident);
        let key = &self.cached.key.literal;
        let value = written(types::value(self.cached.stored()));
        let (milliseconds, ttl) = match ttl {
            Ttl::Milliseconds(milliseconds) => (*milliseconds, None),
            Ttl::Constant(path) => (0, Some(quote_spanned!(at=> .#set_ttl(#path)))),
            Ttl::Computed(_) | Ttl::OfValue(_) => (0, None),
        };
        let tags = texts(&self.cached.tags, |tags| quote_spanned!(at=> .tags(&[#tags])));
        let settings = settings::calls(settings, &rt, at);
        quote_spanned! {at=>
            #rt::Policy::new(#name, ::core::module_path!(), #key, #value, #milliseconds)
                #ttl #tags #settings
        }
    }

    /// The facts of a policy that are told to people and to the checks of all policies.
    fn facts(&self) -> TokenStream {
        let at = self.ttl_at();
        let groups = self.cached.groups.iter().map(|group| &group.tag);
        let groups = texts(groups, |groups| quote_spanned!(at=> .groups(&[#groups])));
        let stored = self.stored(at);
        let writes = self.cached.writes.as_ref().map(|_| quote_spanned!(at=> .writes()));
        let constants = constants::rendered(self.cached);
        let connections = connection::declared(&self.cached.connections, at);
        quote_spanned!(at=> #groups #stored #writes #connections #constants)
    }

    /// The full name of the type of a stored value, where a `static` can name it. That of a method may mention parameters
    /// of the `impl`, which a `static` cannot.
    fn stored(&self, at: Span) -> Option<TokenStream> {
        let stored = self.cached.stored();
        let free = matches!(self.cached.owner, Owner::Module);
        let nameable = free && !Kept::mentions(&self.cached.generics, stored);
        let name = named::in_function(self.cached);
        let stored = name.map_or_else(
            || stored.to_token_stream(),
            |name| key::located(&name, at).to_token_stream(),
        );
        // the name of the whole type, because to look inside of it is work for the compiler
        nameable.then(|| quote_spanned!(at=> .stores(::core::any::type_name::<#stored>)))
    }
}

/// A call with the templates as written; none if there are none.
fn texts<'k>(
    keys: impl IntoIterator<Item = &'k Key>,
    call: impl Fn(&TokenStream) -> TokenStream,
) -> Option<TokenStream> {
    let texts: TokenStream =
        keys.into_iter().map(|key| &key.literal).map(|text| quote!(#text,)).collect();
    (!texts.is_empty()).then(|| call(&texts))
}
