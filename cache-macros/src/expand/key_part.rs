//! The implementation of `KeyPart` for a type.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{GenericParam, Generics, TypePath, WherePredicate, parse_quote};

use super::{Runtime, hidden};
use crate::model::key_part::{Body, KeyPart, Named, Variant};

/// The `impl` of `KeyPart`, which writes nothing for a type with a mistake.
pub(crate) fn implementation(part: &KeyPart) -> TokenStream {
    let name = &part.name;
    let runtime = Runtime::of(part.runtime.clone());
    let rt = runtime.at(Span::mixed_site());
    let mut generics = part.generics.clone();
    if !generics.params.is_empty() {
        generics.make_where_clause().predicates.extend(bounds(part, &quote!(#rt::KeyPart)));
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

/// The bounds under which the type is a `KeyPart`.
fn bounds(part: &KeyPart, key_part: &TokenStream) -> Vec<WherePredicate> {
    let mut used = Used { generics: &part.generics, found: Vec::new() };
    let fields: Vec<&Named> = match &part.body {
        None => Vec::new(),
        Some(Body::Struct(fields)) => fields.iter().collect(),
        Some(Body::Enum(variants)) => variants.iter().flat_map(|variant| &variant.fields).collect(),
    };
    for field in fields {
        used.visit_type(&field.ty);
    }
    used.found.iter().map(|ty| parse_quote!(#ty: #key_part)).collect()
}

/// Finds the type parameters, and what they choose, in the types of fields.
struct Used<'a> {
    generics: &'a Generics,
    found: Vec<TokenStream>,
}

impl<'ast> Visit<'ast> for Used<'_> {
    fn visit_type_path(&mut self, path: &'ast TypePath) {
        let first = path.path.segments.first().filter(|_| path.qself.is_none());
        let is_parameter = first.is_some_and(|first| {
            self.generics.params.iter().any(
                |param| matches!(param, GenericParam::Type(param) if param.ident == first.ident),
            )
        });
        let written = path.to_token_stream().to_string();
        if is_parameter && self.found.iter().all(|found| found.to_string() != written) {
            self.found.push(path.to_token_stream());
        }
        visit::visit_type_path(self, path);
    }
}
