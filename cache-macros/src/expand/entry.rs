//! `entry!(...)`: an `Entry` of what a function caches.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{Runtime, hidden, reference};
use crate::parse::reference::Reference;

/// The expression of the entry that is named.
pub(crate) fn expression(named: &Reference, runtime: &Runtime) -> TokenStream {
    // the name of the function, where a value that cannot be stored is reported
    let at = hidden(named.name().map_or_else(Span::call_site, Ident::span));
    let rt = runtime.at(at);
    let entry = Ident::new("entry", at);
    let kind = Ident::new("kind", at);
    let named = reference::expression(named, runtime);
    quote_spanned! {at=>
        match #named {
            #entry => {
                #[allow(unused_imports)]
                use #rt::shapes::*;
                let #kind = #rt::Reference::kind(&#entry);
                #rt::entry(#entry, (&&(&&&&#kind).__wrap()).__hold())
            }
        }
    }
}
