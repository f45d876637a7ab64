//! `invalidate!(...)`: the future of a `Result<(), Error>`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::key::Held;
use super::reference::selectors;
use super::{Runtime, key, policies, write};
use crate::model::{Invalidation, Value};

/// The expression that invalidates what is named.
pub(crate) fn expression(invalidation: &Invalidation, runtime: &Runtime) -> TokenStream {
    let Invalidation { references, tags } = invalidation;
    let rt = runtime.at(Span::mixed_site());
    let part = |writer: &Ident, value: &Value| key::part(writer, value, Held::Value);
    let selectors = selectors(references, tags, part, runtime);
    let in_crate = policies::used(tags);
    let entries = write::entries(references.iter());
    let texts = tags.iter().map(|tag| &tag.literal);
    // for `policies()`, to which a function that only code invalidates would be one that nothing does
    quote!({
        const _: () = {
            static NAMED: #rt::Writer =
                #rt::Writer::new("invalidate!", ::core::module_path!()) #entries.tags(&[#(#texts),*]);
            #rt::inventory::submit! { #rt::InCode(&NAMED) }
        };
        #in_crate
        #rt::invalidate(#selectors)
    })
}
