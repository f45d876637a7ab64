//! The implementation of `KeyPart` for a type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{Runtime, hidden};
use crate::check::key_part::{Body, KeyPart, Named, Variant};
use crate::diag::Errors;

/// Expands `#[derive(KeyPart)]`.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    match syn::parse2(item) {
        Ok(item) => {
            let mut errors = Errors::default();
            let part = implementation(&KeyPart::check(item, &mut errors));
            let errors = errors.into_tokens();
            quote!(#part #errors)
        }
        Err(error) => error.to_compile_error(),
    }
}

fn implementation(part: &KeyPart) -> TokenStream {
    let name = &part.name;
    let runtime = Runtime(part.runtime.clone());
    let rt = runtime.at(Span::mixed_site());
    let mut generics = part.generics.clone();
    if !generics.params.is_empty() {
        generics.make_where_clause().predicates.extend(part.bounds(&quote!(#rt::KeyPart)));
    }
    let (parameters, arguments, clause) = generics.split_for_impl();
    let key = Ident::new("key", Span::mixed_site());
    let body = match &part.body {
        None => quote!(let _ = #key;),
        Some(Body::Struct(fields)) => {
            let write = write_fields(&runtime, fields, false);
            let bindings = bindings(fields);
            quote!(let Self { #bindings } = self; #write)
        }
        Some(Body::Enum(variants)) => {
            let arms = variants.iter().map(|variant| write_variant(&runtime, variant));
            quote!(match self { #(#arms)* })
        }
    };
    quote! {
        #[automatically_derived]
        impl #parameters #rt::KeyPart for #name #arguments #clause {
            fn write_key(&self, #key: &mut #rt::KeyWriter) {
                #body
            }
        }
    }
}

fn write_variant(runtime: &Runtime, Variant { ident, text, fields }: &Variant) -> TokenStream {
    let key = Ident::new("key", Span::mixed_site());
    let bindings = bindings(fields);
    let write = write_fields(runtime, fields, true);
    quote!(Self::#ident { #bindings } => { #key.text(#text); #write })
}

fn bindings(fields: &[Named]) -> TokenStream {
    let members = fields.iter().map(|field| &field.member);
    let names = (0..fields.len()).map(binding);
    quote!(#(#members: #names,)* ..)
}

fn binding(at: usize) -> Ident {
    format_ident!("field{at}", span = Span::mixed_site())
}

/// `(a,b,)`; a single field stands for itself unless it has to be `listed`.
fn write_fields(runtime: &Runtime, fields: &[Named], listed: bool) -> TokenStream {
    let key = Ident::new("key", Span::mixed_site());
    let parts = fields.iter().enumerate().map(|(at, field)| {
        let (ty, value) = (&field.ty, binding(at));
        let span = hidden(ty.span());
        let rt = runtime.at(span);
        quote_spanned!(span=> <#ty as #rt::KeyPart>::write_key(#value, #key);)
    });
    match fields {
        [] => TokenStream::new(),
        [_] if !listed => quote!(#(#parts)*),
        _ => quote!(#key.literal("("); #(#parts #key.literal(",");)* #key.literal(")");),
    }
}
