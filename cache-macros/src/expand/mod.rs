//! From the model to code. Nothing here can fail.

mod background;
mod body;
pub(crate) mod bounds;
pub(crate) mod cache_policy;
pub(crate) mod cached;
mod callsite;
mod closure;
pub(crate) mod companion;
mod connection;
mod constants;
pub(crate) mod each;
pub(crate) mod entry;
pub(crate) mod fallback;
mod generics;
mod in_trait;
pub(crate) mod invalidate;
pub(crate) mod invalidates;
mod item;
mod key;
pub(crate) mod key_part;
mod named;
mod names;
mod parameter;
pub(crate) mod policies;
mod reference;
mod rendering;
mod settings;
pub(crate) mod through;
mod unread;
mod wrapper;
mod write;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Path;

/// The path of the runtime, in generated code.
#[derive(Default)]
pub(crate) enum Runtime {
    /// `::cache_runtime`.
    #[default]
    Extern,
    /// The path of the option `crate`.
    Path(Path),
    /// The name under which a function has imported it.
    Imported,
}

impl Runtime {
    /// The runtime at the path of the option `crate`, if that is given.
    pub(crate) fn of(path: Option<Path>) -> Self {
        path.map_or(Self::Extern, Self::Path)
    }

    /// The module that generated code names things by. All its tokens have one span, because
    /// rustc underlines the whole attribute for a path of mixed spans.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        match self {
            Self::Extern => quote_spanned!(span=> ::cache_runtime::private),
            Self::Path(path) => {
                let path = respan(path.to_token_stream(), span);
                quote_spanned!(span=> #path::private)
            }
            Self::Imported => quote_spanned!(span=> __cache),
        }
    }

    /// The import of the runtime into a function, whose code names it by one word then: a path is work for the macro and for
    /// the compiler wherever it stands.
    fn import(&self, span: Span) -> TokenStream {
        let (path, name) = (self.at(span), Self::Imported.at(span));
        quote_spanned!(span=> use #path as #name;)
    }
}

/// Tokens moved to `span`, each resolving names where it did before.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        })
        .collect()
}

/// The span for code that the user did not write: lints skip it, and its names cannot clash with the user's.
pub(crate) fn hidden(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}
