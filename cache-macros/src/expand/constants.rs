//! A key with constants in it, by which it differs from one that is written alike in another module.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::key::{self, Held};
use super::{Runtime, hidden};
use crate::model::{Cached, Part, Root, Value};

/// The key as a function renders it, with its constants and with `<>` for everything else. Where a `static` cannot name
/// the constants, each is there by its name.
pub(super) fn rendered(cached: &Cached) -> Option<TokenStream> {
    cached.key.constants().next()?;
    let span = hidden(cached.key.literal.span());
    let key = Ident::new("__key", span);
    let part = |value: &Value| match &value.root {
        Root::Constant(_) if cached.constants_known => key::part(&key, value, Held::Value),
        Root::Constant(path) => {
            let name = path.to_token_stream().to_string().replace(' ', "");
            let name = format!("<{name}>");
            quote_spanned!(span=> #key.literal(#name);)
        }
        Root::Argument(_) | Root::Receiver(_) => quote_spanned!(span=> #key.literal("<>");),
    };
    let render = key::render(&cached.key, &key, part);
    Some(quote_spanned!(span=> .with_constants(|#key| { #render })))
}

/// A number for the rendered key, which the compiler evaluates; `None` if it cannot name the constants. One of
/// a type that it cannot render makes the number that of no other function.
pub(super) fn evaluated(cached: &Cached, in_cache: &str, runtime: &Runtime) -> Option<TokenStream> {
    cached.key.constants().next()?;
    if !cached.constants_known {
        return None;
    }
    let span = hidden(cached.key.literal.span());
    let rt = runtime.at(span);
    let hash = Ident::new("__hash", span);
    let part = |part: &Part| match part {
        Part::Text(text) => quote_spanned!(span=> #hash.literal(#text)),
        Part::Value(Value { root: Root::Constant(path), fields, method: None, .. }) => {
            quote_spanned! {span=>
                {
                    const __KNOWN: bool = #rt::is_known(&|| {
                        #[allow(unused_imports)]
                        use #rt::NotKnown as _;
                        #rt::Probe::new(#path #(.#fields)*).cache_constant_is_known()
                    });
                    #rt::Constant::<_, __KNOWN>::new(#path #(.#fields)*).add_to_key(#hash, __PLACE)
                }
            }
        }
        Part::Value(Value { root: Root::Constant(_), .. }) => {
            quote_spanned!(span=> #hash.literal("<").literal(__PLACE).literal(">"))
        }
        Part::Value(_) => quote_spanned!(span=> #hash.literal("<>")),
    };
    let parts = cached.key.parts.iter().map(part);
    Some(quote_spanned! {span=>
        {
            const __PLACE: &str = ::core::concat!(
                ::core::module_path!(), " ", ::core::file!(), " ", ::core::line!(), " ", ::core::column!(),
            );
            let #hash = #rt::KeyHash::new().literal(#in_cache);
            #(let #hash = #parts;)*
            #hash.end()
        }
    })
}
