//! A cached function: a hit is answered inline, a miss is handed to the runtime.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use super::background::Owning;
use super::wrapper::{Variables, Wrapper};
use super::{
    Runtime, body, bounds, callsite, closure, companion, connection, hidden, key, through,
};
use crate::model::Cached;
use crate::parse::function::Function;

/// The function of a policy, and the companion that references to it use.
pub(crate) fn parts(cached: &Cached) -> (Function, companion::Parts) {
    let runtime = Runtime::of(cached.runtime.clone());
    let at = cached.stored().span();
    let wrapper = |runtime| Wrapper { cached, runtime, at, names: Variables::new(at) };
    let function = match &cached.writes {
        Some(writes) => through::function(&wrapper(&runtime), writes),
        None => wrapper(&Runtime::Imported).function(&runtime.import(hidden(at))),
    };
    (function, companion::expand(cached, &runtime))
}

impl Wrapper<'_> {
    fn function(&self, import: &TokenStream) -> Function {
        let Cached { function, form, .. } = self.cached;
        let steps = self.steps(import);
        match Owning::of(self.cached, self.runtime) {
            Some(owning) => body::replaced(&owning.function(function), *form, steps),
            None => body::replaced(function, *form, steps),
        }
    }

    fn steps(&self, import: &TokenStream) -> TokenStream {
        let Variables { returns, miss, .. } = &self.names;
        // by the whole path, which errors show
        let proofs = bounds::proofs(&self.cached.proofs, &Runtime::of(self.cached.runtime.clone()));
        let callsite = callsite::own_callsite(self.cached, self.runtime);
        let known = self.returns();
        let lookup = self.lookup();
        let load = self.load();
        quote_spanned! {self.at=>
            #import
            #callsite
            #proofs
            let #returns = #known;
            let #miss = #lookup;
            #load
        }
    }

    /// The load of a value after a miss. What may be an open transaction is looked at before the body has it.
    fn load(&self) -> TokenStream {
        let Variables { miss, plan: name, .. } = &self.names;
        let rt = self.runtime.at(self.at);
        let plan = self.plan();
        let (copies, load) = self.run();
        let connections = &self.cached.connections;
        if connections.is_empty() && copies.is_none() {
            return quote_spanned!(self.at=> #rt::load(#miss, #plan, #load).await);
        }
        let given = connection::given(connections);
        let look = (!connections.is_empty()).then(|| {
            quote_spanned! {self.at=>
                if #rt::LOOKS_FOR_TRANSACTIONS {
                    #rt::Miss::look_for_transactions(&#miss, &#name, #given);
                }
            }
        });
        let load = self.call(&load);
        quote_spanned! {self.at=>
            let #name = #plan;
            #look
            #copies
            #load.await
        }
    }

    /// The future of the body, and what makes copies for it if it runs in the background.
    fn run(&self) -> (Option<TokenStream>, TokenStream) {
        let Cached { function, form, returns, .. } = self.cached;
        let body = |function: &Function, first: &TokenStream| {
            body::future(function, *form, returns, self.runtime, first)
        };
        match Owning::of(self.cached, self.runtime) {
            None => (None, body(function, &TokenStream::new())),
            Some(owning) => {
                (Some(owning.copies()), body(&owning.function(function), &owning.bound()))
            }
        }
    }

    /// The call of the runtime's function that loads. It is named before it is called, as that of `returns`.
    fn call(&self, load: &TokenStream) -> TokenStream {
        let Variables { miss, plan, .. } = &self.names;
        let (at, settings) = (self.at, &self.cached.policy.settings);
        let rt = self.runtime.at(at);
        if self.cached.background.is_none() {
            return quote_spanned!(at=> #rt::load(#miss, #plan, #load));
        }
        if settings.hard_timeout.value().is_none() {
            return quote_spanned!(at=> { let __load = #rt::load_owned; __load(#miss, #plan, #load) });
        }
        let on_timeout = settings.on_timeout.value().map_or_else(
            || quote_spanned!(at=> { let __timed_out = #rt::timed_out::<_>; __timed_out() }),
            |closure| closure::checked(closure, "error", self.runtime).into_token_stream(),
        );
        quote_spanned!(at=> { let __load = #rt::load_within; __load(#miss, #plan, #on_timeout, #load) })
    }

    /// Answers a hit at once; the key is gone before anything is awaited.
    fn lookup(&self) -> TokenStream {
        let Variables { returns, key, found, .. } = &self.names;
        let at = self.at;
        let rt = self.runtime.at(at);
        let callsite = callsite::callsite(self.cached, at);
        let render = key::render(&self.cached.key, key, |value| self.part(key, value));
        let lookup = quote_spanned! {at=>
            {
                let #key = &mut #rt::KeyWriter::new();
                #render
                #rt::Callsite::lookup(#callsite, #key, #returns)
            }
        };
        let hidden = hidden(at);
        let lookup = match self.cached.policy.settings.when.value() {
            None => lookup,
            Some(when) => quote_spanned! {hidden=>
                if #when { #lookup } else { #rt::Continue(#rt::Callsite::bypass(#callsite)) }
            },
        };
        quote_spanned! {hidden=>
            match #lookup {
                #rt::Break(#found) => return #found,
                #rt::Continue(#found) => #found,
            }
        }
    }
}
