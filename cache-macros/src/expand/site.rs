//! The site of a cached function: the `static` that declares its policy.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;

use super::generics::Kept;
use super::{Runtime, hidden, key, policies};
use crate::check::types;
use crate::model::{Cached, Codec, Compression, Owner, Policy, Strategy, Tier, Ttl};
use crate::parse::args::plain;
use crate::parse::reference::written;

/// The expression of the function's site, all of it at `span`.
pub(super) fn site(cached: &Cached, span: Span) -> TokenStream {
    let companion = match &cached.owner {
        Owner::Module => key::located(&cached.companion, span),
        Owner::Impl => return local_site(span).into_token_stream(),
        Owner::ImplOf { name, .. } | Owner::Trait { name, .. } => {
            beside(name, &key::located(&cached.companion, span))
        }
    };
    quote_spanned!(span=> #companion::site())
}

/// The variable of a method's site, in the method.
fn local_site(span: Span) -> Ident {
    Ident::new("site", hidden(span))
}

/// Makes the site of a method, in the method and at `span`. An `impl` holds no `static`, and a
/// hidden function for it would be one more error where a trait refuses all of them.
pub(super) fn own_site(cached: &Cached, runtime: &Runtime, span: Span) -> Option<TokenStream> {
    if !matches!(cached.owner, Owner::Impl) {
        return None;
    }
    let site = local_site(span);
    let declared = Site::of(cached, runtime).declared();
    Some(quote_spanned!(hidden(span)=> let #site = { #declared };))
}

/// The struct that holds the site of a trait's method. A trait cannot: what is reached without a
/// value would keep it from being used as `dyn`. Nor can the type, which may implement two traits
/// with a method of one name.
pub(super) fn beside(owner: &Ident, companion: &Ident) -> Ident {
    format_ident!("{}_{}", plain(owner), plain(companion), span = companion.span())
}

/// The declaration of a policy.
pub(super) struct Site<'a> {
    cached: &'a Cached,
    runtime: &'a Runtime,
    /// The function's name, where all of the declaration is said to be.
    at: Span,
}

impl<'a> Site<'a> {
    pub(super) fn of(cached: &'a Cached, runtime: &'a Runtime) -> Self {
        Self { cached, runtime, at: hidden(cached.companion.span()) }
    }

    /// Declares the policy, for this function and for all that are linked into the program.
    pub(super) fn declared(&self) -> TokenStream {
        let rt = self.runtime.at(self.at);
        let (site, value) = self.value();
        let declares_only = matches!(self.cached.owner, Owner::Trait { provided: false, .. });
        let submit = (!declares_only).then(|| quote_spanned!(self.at=> #rt::submit!(#site);));
        let in_crate = policies::declared(self.cached, self.at);
        quote_spanned! {self.at=>
            #value
            #submit
            #in_crate
            &#site
        }
    }

    /// A `static` of the site, and its name.
    pub(super) fn value(&self) -> (Ident, TokenStream) {
        let rt = self.runtime.at(self.at);
        let site = Ident::new("__CACHE_SITE", self.at);
        let policy = self.policy();
        let slot = match &self.cached.policy.cache {
            None => quote_spanned!(self.at=> &#rt::DEFAULT_SLOT),
            Some(path) => quote_spanned!(path.span()=> &#path),
        };
        let value =
            quote_spanned!(self.at=> static #site: #rt::Site = #rt::Site::new(#policy, #slot););
        (site, value)
    }

    fn policy(&self) -> TokenStream {
        let Policy { ttl, none_ttl, version, strategy, .. } = &self.cached.policy;
        let function = &self.cached.function.signature.ident;
        // a zero in a constant is found when the policy is evaluated, and reported here
        let at = match ttl {
            Ttl::Constant(path) => path.span(),
            _ => self.at,
        };
        let rt = self.runtime.at(at);
        let (name, key) = (plain(function), &self.cached.key.literal);
        let ttl = match ttl {
            Ttl::Milliseconds(milliseconds) => quote_spanned!(at=> .ttl_ms(#milliseconds)),
            Ttl::Constant(path) => quote_spanned!(at=> .ttl(#path)),
            Ttl::Computed(_) | Ttl::OfValue(_) => TokenStream::new(),
        };
        let none_ttl =
            none_ttl.map(|milliseconds| quote_spanned!(at=> .none_ttl_ms(#milliseconds)));
        let tags = self.cached.tags.iter().map(|tag| &tag.literal);
        let groups = self.cached.groups.iter().map(|group| &group.tag.literal);
        let stored = self.stored(at);
        let writes = self.cached.writes.as_ref().map(|_| quote_spanned!(at=> .writes()));
        let strategy = match strategy {
            Strategy::CacheAside => quote_spanned!(at=> #rt::Strategy::CacheAside),
            Strategy::WriteThrough => quote_spanned!(at=> #rt::Strategy::WriteThrough),
            Strategy::Lock => quote_spanned!(at=> #rt::Strategy::Lock),
        };
        let storage = self.storage(at);
        quote_spanned! {at=>
            #rt::Policy::new(#name, ::core::module_path!(), #key)
                .at(::core::file!(), ::core::line!())
                #ttl
                #none_ttl
                .tags(&[#(#tags),*])
                .groups(&[#(#groups),*])
                #stored
                #writes
                .strategy(#strategy)
                .version(#version)
                #storage
        }
    }

    /// Where the values are kept, and as what.
    fn storage(&self, at: Span) -> TokenStream {
        let Policy { tier, local_ttl, codec, compression, .. } = &self.cached.policy;
        let rt = self.runtime.at(at);
        let tier = match tier {
            Tier::All => quote_spanned!(at=> #rt::Tier::All),
            Tier::Local => quote_spanned!(at=> #rt::Tier::Local),
            Tier::Remote => quote_spanned!(at=> #rt::Tier::Remote),
        };
        let local_ttl =
            local_ttl.map(|milliseconds| quote_spanned!(at=> .local_ttl_ms(#milliseconds)));
        let codec = codec.map(|codec| match codec {
            Codec::MessagePack => quote_spanned!(at=> .codec(#rt::Codec::MessagePack)),
            Codec::Json => quote_spanned!(at=> .codec(#rt::Codec::Json)),
        });
        let compression = compression.map(|compression| match compression {
            Compression::None => quote_spanned!(at=> .compression(#rt::Compression::None)),
            Compression::Lz4 => quote_spanned!(at=> .compression(#rt::Compression::Lz4)),
        });
        quote_spanned!(at=> .tier(#tier) #local_ttl #codec #compression)
    }

    /// The type of a stored value: as text, and by its full name where a `static` can name it. That
    /// of a method may mention parameters of the `impl`, which a `static` cannot.
    fn stored(&self, at: Span) -> TokenStream {
        let stored = self.cached.stored();
        let text = written(types::value(stored));
        let free = matches!(self.cached.owner, Owner::Module);
        if !free || Kept::mentions(&self.cached.generics, stored) {
            return quote_spanned!(at=> .value(#text));
        }
        // the name of the whole type, because to look inside of it is work for the compiler
        quote_spanned!(at=> .value(#text).stores(::core::any::type_name::<#stored>))
    }
}
