//! A function that writes: its entries are guarded before its body runs, and it is told how the body ended.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::{Runtime, body, connection, key};
use crate::model::{Connection, Form, Guarding};
use crate::parse::args::plain;
use crate::parse::function::Function;
use crate::parse::reference::Reference;
use crate::parse::words::Guard;

/// A function that writes, of whatever kind.
pub(super) struct Write<'a> {
    pub(super) function: &'a Function,
    pub(super) form: Form,
    pub(super) returns: &'a Type,
    pub(super) guarding: &'a Guarding,
    pub(super) connections: &'a [Connection],
    pub(super) runtime: &'a Runtime,
    /// The names of generated variables.
    pub(super) writing: Ident,
    pub(super) returned: Ident,
    pub(super) value: Ident,
    /// The variable that stands for the return type after the body.
    pub(super) kind: Ident,
    /// The variable that stands for the declaration.
    writer: Ident,
}

/// The steps of a writing function that differ between kinds of them.
pub(super) struct Steps {
    /// Statements before anything else.
    pub(super) prepare: TokenStream,
    /// The expression of a `Write` that names what is known before the body runs.
    pub(super) selected: TokenStream,
    /// Statements once everything is guarded.
    pub(super) begun: TokenStream,
    /// Statements once the body has returned.
    pub(super) returned: TokenStream,
    /// Statements after a success, which is at hand as a reference.
    pub(super) succeeded: TokenStream,
}

impl<'a> Write<'a> {
    pub(super) fn new(
        function: &'a Function,
        form: Form,
        returns: &'a Type,
        guarding: &'a Guarding,
        connections: &'a [Connection],
        runtime: &'a Runtime,
    ) -> Self {
        let name = |name| Ident::new(name, Span::mixed_site());
        Self {
            function,
            form,
            returns,
            guarding,
            connections,
            runtime,
            writing: name("writing"),
            returned: name("returned"),
            value: name("value"),
            kind: name("kind"),
            writer: name("writer"),
        }
    }

    /// The function with the steps around its body.
    pub(super) fn function(&self, steps: &Steps) -> Function {
        let Self { returned, writing, .. } = self;
        let Steps { prepare, selected, begun, returned: then, succeeded } = steps;
        let look = self.look(succeeded.is_empty());
        let begin = self.begin(selected, look.as_ref());
        let end = self.end(succeeded);
        let first = TokenStream::new();
        let future = body::future(self.function, self.form, self.returns, self.runtime, &first);
        let name = |name| Ident::new(name, Span::mixed_site());
        let (body, context) = (name("body"), name("context"));
        let rt = self.runtime.at(Span::mixed_site());
        let steps = quote! {
            #prepare
            #begin
            #begun
            // in place, so that the body is not held twice
            let #returned = {
                let mut #body = ::core::pin::pin!(#future);
                ::core::future::poll_fn(|#context| {
                    #rt::Writing::poll(&#writing, ::core::pin::Pin::as_mut(&mut #body), #context)
                })
                .await
            };
            #then
            #end
            #returned
        };
        body::replaced(self.function, self.form, steps)
    }

    fn begin(&self, selected: &TokenStream, look: Option<&TokenStream>) -> TokenStream {
        let Guarding { guard, hold, only_ok } = self.guarding;
        let writing = &self.writing;
        let hold = hold.map(|milliseconds| quote!(.hold_ms(#milliseconds)));
        let only_ok = only_ok.then(|| quote!(.only_ok()));
        let deadline = match guard {
            None | Some(Guard::Required(_)) => None,
            Some(Guard::Off) => Some(quote!(.guard_off())),
            Some(Guard::For(milliseconds)) => Some(quote!(.guard_ms(#milliseconds))),
        };
        let begin = if let Some(Guard::Required(span)) = guard {
            // `?` says what the error has to be made from, at the option
            let writing = key::located(writing, *span);
            let function = plain(&self.function.signature.ident);
            quote_spanned!(*span=> #writing.begin_required(#function).await?)
        } else {
            quote!(#writing.begin().await)
        };
        quote! {
            let #writing = #selected #deadline #hold #only_ok;
            #look
            let mut #writing = #begin;
        }
    }

    /// The statement that looks at what may be an open transaction, before the body has it. `complete` if
    /// nothing is named by the result alone.
    fn look(&self, complete: bool) -> Option<TokenStream> {
        let Self { writing, writer, .. } = self;
        let rt = self.runtime.at(Span::mixed_site());
        let given = connection::given(self.connections);
        let look = quote! {
            if #rt::LOOKS_FOR_TRANSACTIONS {
                #rt::Write::look_for_transactions(&#writing, #writer, #complete, #given);
            }
        };
        (!self.connections.is_empty()).then_some(look)
    }

    /// The statements that say how the function ended.
    fn end(&self, succeeded: &TokenStream) -> TokenStream {
        let Self { writing, returned, value, kind, .. } = self;
        let rt = self.runtime.at(Span::mixed_site());
        let ok = Ident::new("ok", Span::mixed_site());
        quote! {
            let #ok = {
                #[allow(unused_imports)]
                use #rt::shapes::*;
                let #kind = #rt::Kind::of(&#returned);
                match #rt::Ended::success((&&#kind).__end(), &#returned) {
                    ::core::option::Option::Some(#value) => {
                        #succeeded
                        true
                    }
                    ::core::option::Option::None => false,
                }
            };
            #writing.end(#ok).await;
        }
    }

    /// The declaration of the function among those that write.
    pub(super) fn declaration(&self, details: &TokenStream) -> TokenStream {
        let rt = self.runtime.at(Span::mixed_site());
        let name = plain(&self.function.signature.ident);
        let connections = connection::declared(self.connections, Span::mixed_site());
        let declared = quote! {
            static WRITER: #rt::Writer = #rt::Writer::new(#name, ::core::module_path!())
                #details
                #connections;
            #rt::inventory::submit! { #rt::Writes(&WRITER) }
        };
        match &self.writer {
            _ if self.connections.is_empty() => quote!(const _: () = { #declared };),
            writer => quote!(let #writer = { #declared &WRITER };),
        }
    }
}

/// `.entries(&[…])`, for people to read.
pub(super) fn entries<'a>(references: impl Iterator<Item = &'a Reference>) -> TokenStream {
    let texts = references.map(Reference::text);
    quote!(.entries(&[#(#texts),*]))
}
