//! A cached function: a hit is answered inline, a miss is handed to the runtime.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{
    Runtime, body, bounds, closure, companion, connection, fallback, hidden, key, names, respan,
    site, through,
};
use crate::check;
use crate::check::types::{is_response, unsized_value, without_arguments};
use crate::diag::Errors;
use crate::model::{Cached, Key, Owner, Tier, Ttl, Value};
use crate::parse::attr::{CACHED, Options};
use crate::parse::function::Function;

/// Expands `#[cached(...)]`.
pub(crate) fn attribute(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(function) = errors.keep(Function::parse("cached", item.clone())) else {
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    };
    let options = Options::parse(&CACHED, options, &mut errors);
    if options.gives("writes") {
        return through::attribute(&function, options, errors);
    }
    let owner = Owner::of(&function.signature);
    match check::cached(&function, owner, None, &options, &mut errors) {
        Some(cached) if errors.is_empty() => {
            let (function, companion::Parts { with, outside }) = parts(&cached);
            quote!(#function #with #outside)
        }
        _ => {
            let function = fallback::expand(&function, &options);
            let errors = errors.into_tokens();
            quote!(#function #errors)
        }
    }
}

/// The function, and the companion that references to it use.
pub(super) fn parts(cached: &Cached) -> (TokenStream, companion::Parts) {
    let runtime = Runtime(cached.runtime.clone());
    let at = cached.stored().span();
    let wrapper = Wrapper { cached, runtime: &runtime, at, names: Names::new(at) };
    let function = match &cached.writes {
        Some(writes) => wrapper.writing(writes),
        None => wrapper.function(),
    };
    (function, companion::expand(cached, &runtime))
}

/// The names of the generated variables, which no name of the user can meet.
pub(super) struct Names {
    pub(super) returns: Ident,
    pub(super) key: Ident,
    found: Ident,
    miss: Ident,
    pub(super) plan: Ident,
}

impl Names {
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

/// The function around the user's.
pub(super) struct Wrapper<'a> {
    pub(super) cached: &'a Cached,
    pub(super) runtime: &'a Runtime,
    /// The type of what is stored, where everything generated is said to be.
    pub(super) at: Span,
    pub(super) names: Names,
}

impl Wrapper<'_> {
    fn function(&self) -> TokenStream {
        body::replaced(&self.cached.function, self.cached.form, self.steps())
    }

    fn steps(&self) -> TokenStream {
        let Names { returns, miss, .. } = &self.names;
        let proofs = bounds::proofs(&self.cached.proofs, self.runtime);
        let agrees = self.agrees();
        let site = site::own_site(self.cached, self.runtime, self.at);
        let known = self.returns();
        let lookup = self.lookup();
        let load = self.load();
        quote_spanned! {self.at=>
            #site
            #proofs
            #agrees
            let #returns = #known;
            let #miss = #lookup;
            #load
        }
    }

    /// Loads what was not found. What may be an open transaction is looked at before the body has it.
    fn load(&self) -> TokenStream {
        let Names { miss, plan: name, .. } = &self.names;
        let rt = self.runtime.at(self.at);
        let plan = self.plan();
        let load = body::future(&self.cached.function, self.cached.form, &self.cached.returns);
        let connections = &self.cached.connections;
        if connections.is_empty() {
            return quote_spanned!(self.at=> #rt::load(#miss, #plan, #load).await);
        }
        let given = connection::given(connections);
        quote_spanned! {self.at=>
            let #name = #plan;
            if #rt::LOOKS_FOR_TRANSACTIONS {
                #rt::Miss::look_for_transactions(&#miss, &#name, #given);
            }
            #rt::load(#miss, #name, #load).await
        }
    }

    /// Holds the key against the one that the trait declares. A trait that declares none has no
    /// such method, and the one of `Undeclared` is found in its place.
    fn agrees(&self) -> Option<TokenStream> {
        let Owner::ImplOf { path, .. } = &self.cached.owner else { return None };
        let token = self.cached.arguments.receiver.as_ref()?.self_token;
        // the user's own span, or rustc would add to the error where it was expanded
        let at = self.cached.key.literal.span();
        let rt = self.runtime.at(at);
        let (path, shape) = (
            respan(without_arguments(path).to_token_stream(), at),
            key::fingerprint(&self.cached.key.shape),
        );
        let companion = key::located(&self.cached.companion, at);
        let declared = names::Names::of_method(&companion).key;
        Some(quote_spanned! {at=>
            {
                #[allow(unused_imports)]
                use #path as _;
                #[allow(dead_code)]
                trait Undeclared {
                    fn #declared(&self) -> #rt::NoKey { #rt::NoKey }
                }
                impl<T: ?::core::marker::Sized> Undeclared for &T {}
                #rt::same_key::<#shape, _>(#token.#declared());
            }
        })
    }

    /// Finds out all about the type of what is stored. The bound on the value stands in `storage` alone.
    ///
    /// rustc reports it at the argument of a call, with advice to borrow it, and at the attribute
    /// if argument and call are not of one hygiene. So the function is named before it is called,
    /// and the variables are not hygienic, in a block without code of the user.
    pub(super) fn returns(&self) -> TokenStream {
        let ty = self.cached.stored();
        let at = self.at;
        let rt = self.runtime.at(at);
        let storage = match self.cached.policy.tier {
            Tier::All | Tier::Remote if is_response(ty) => quote_spanned!(at=> response_storage),
            // the bound is the same; what is said of one that does not hold is not
            Tier::All | Tier::Remote => match unsized_value(ty) {
                Some(syn::Type::Slice(_)) => quote_spanned!(at=> slice_storage),
                Some(_) => quote_spanned!(at=> dyn_storage),
                None => quote_spanned!(at=> storage),
            },
            Tier::Local => quote_spanned!(at=> local_storage),
        };
        let none_ttl = self.cached.policy.none_ttl;
        let nullable = none_ttl.map(|_| {
            quote_spanned! {at=>
                let __nullable = #rt::nullable::<_, _, _>;
                __nullable(__shape);
            }
        });
        quote_spanned! {at=>
            {
                #[allow(unused_imports)]
                use #rt::cacheable::*;
                let __kind = #rt::Kind::<#ty>::new();
                let __shape = (&&&(&&&&__kind).__wrap()).__hold();
                #nullable
                let __storage = #rt::#storage::<_, _, _>;
                #rt::returns(__shape, __storage(__shape), (&&__kind).__errors(), (&&__shape).__compare())
            }
        }
    }

    /// Answers a hit at once; the key is gone before anything is awaited.
    fn lookup(&self) -> TokenStream {
        let Names { returns, key, found, .. } = &self.names;
        let at = self.at;
        let rt = self.runtime.at(at);
        let site = site::site(self.cached, at);
        let render = key::render(&self.cached.key, key, |value| self.part(key, value));
        let lookup = quote_spanned! {at=>
            {
                let #key = &mut #rt::KeyWriter::new();
                #render
                #site.lookup(#key, #returns)
            }
        };
        let hidden = hidden(at);
        let lookup = match &self.cached.policy.when {
            None => lookup,
            Some(when) => quote_spanned! {hidden=>
                if #when { #lookup } else { ::core::ops::ControlFlow::Continue(#site.bypass()) }
            },
        };
        quote_spanned! {hidden=>
            {
                let #found = #lookup;
                match #found {
                    ::core::ops::ControlFlow::Break(#found) => return #found,
                    ::core::ops::ControlFlow::Continue(#found) => #found,
                }
            }
        }
    }

    pub(super) fn part(&self, writer: &Ident, value: &Value) -> TokenStream {
        key::part_in_function(&self.cached.arguments, writer, value)
    }

    /// What is to become of a loaded value.
    pub(super) fn plan(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let returns = &self.names.returns;
        let tags = self.cached.carried().map(|tag| self.tag(tag));
        let ttl = match &self.cached.policy.ttl {
            Ttl::Milliseconds(_) | Ttl::Constant(_) => None,
            Ttl::Computed(value) => Some(quote_spanned!(value.span()=> .ttl(#value))),
            Ttl::OfValue(of_value) => {
                let closure = closure::checked(of_value, "value", self.runtime);
                Some(quote_spanned!(of_value.span()=> .ttl_by(#closure)))
            }
        };
        let store_if = self.cached.policy.store_if.as_ref();
        let store_if = store_if.map(|condition| {
            let closure = closure::checked(condition, "value", self.runtime);
            quote_spanned!(condition.span()=> .store_if(#closure))
        });
        quote_spanned!(self.at=> #rt::Plan::new(#returns) #(#tags)* #ttl #store_if)
    }

    fn tag(&self, tag: &Key) -> TokenStream {
        companion::tag(tag, |writer, value| self.part(writer, value))
    }
}
