//! The rules for a type that derives `KeyPart`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{
    Data, DeriveInput, Field, Fields, GenericParam, Generics, Ident, Index, Member, Path, Type,
    TypePath, WherePredicate, parse_quote,
};

use crate::diag::{Errors, with_help};

/// A type whose values can be told apart by its fields.
pub(crate) struct KeyPart {
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) body: Option<Body>,
    /// Where the runtime is, if not at `::cache_runtime`.
    pub(crate) runtime: Option<Path>,
}

pub(crate) enum Body {
    Struct(Vec<Named>),
    Enum(Vec<Variant>),
}

/// A variant; its name as the key writes it.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) text: String,
    pub(crate) fields: Vec<Named>,
}

/// A field that holds something.
pub(crate) struct Named {
    pub(crate) member: Member,
    pub(crate) ty: Type,
}

impl KeyPart {
    /// Checks the type below `#[derive(KeyPart)]`. After an error it has no body, so that its uses
    /// give no more errors.
    pub(crate) fn check(item: DeriveInput, errors: &mut Errors) -> Self {
        let runtime = runtime(&item, errors);
        without_effect(&item.data, errors);
        let body = errors.keep(Body::of(&item));
        Self { name: item.ident, generics: item.generics, body, runtime }
    }

    /// What has to be a `KeyPart` for this type to be one.
    pub(crate) fn bounds(&self, key_part: &TokenStream) -> Vec<WherePredicate> {
        let mut used = Used { generics: &self.generics, found: Vec::new() };
        let fields: Vec<&Named> = match &self.body {
            None => Vec::new(),
            Some(Body::Struct(fields)) => fields.iter().collect(),
            Some(Body::Enum(variants)) => {
                variants.iter().flat_map(|variant| &variant.fields).collect()
            }
        };
        for field in fields {
            used.visit_type(&field.ty);
        }
        used.found.iter().map(|ty| parse_quote!(#ty: #key_part)).collect()
    }
}

impl Body {
    fn of(item: &DeriveInput) -> syn::Result<Self> {
        let name = &item.ident;
        match &item.data {
            Data::Struct(data) => {
                let fields = named(&data.fields);
                if fields.is_empty() {
                    return Err(one_value(name, "holds nothing"));
                }
                Ok(Self::Struct(fields))
            }
            Data::Enum(data) if data.variants.is_empty() => Err(one_value(name, "has no variants")),
            Data::Enum(data) => {
                let variants = data.variants.iter().map(|variant| Variant {
                    ident: variant.ident.clone(),
                    text: variant.ident.unraw().to_string(),
                    fields: named(&variant.fields),
                });
                Ok(Self::Enum(variants.collect()))
            }
            Data::Union(data) => {
                let message = with_help(
                    &format!("`{name}` is a union: which of its fields is in use is not known"),
                    "use an `enum`, or implement `KeyPart` by hand",
                );
                Err(syn::Error::new(data.union_token.span, message))
            }
        }
    }
}

fn one_value(name: &Ident, what: &str) -> syn::Error {
    let message = with_help(
        &format!("`{name}` {what}, so it tells no two calls apart"),
        "leave it out of the key",
    );
    syn::Error::new(name.span(), message)
}

fn named(fields: &Fields) -> Vec<Named> {
    let member = |(at, field): (usize, &Field)| match &field.ident {
        Some(name) => Member::Named(name.clone()),
        None => Member::Unnamed(Index::from(at)),
    };
    fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !is_phantom(&field.ty))
        .map(|(at, field)| Named { member: member((at, field)), ty: field.ty.clone() })
        .collect()
}

/// `PhantomData` holds nothing; it is what tells `Id<User>` from `Id<Post>`.
fn is_phantom(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "PhantomData"))
}

/// Reads `#[key_part(crate = path)]`.
fn runtime(item: &DeriveInput, errors: &mut Errors) -> Option<Path> {
    let mut runtime = None;
    for attribute in item.attrs.iter().filter(|attribute| attribute.path().is_ident("key_part")) {
        let read = attribute.parse_nested_meta(|option| {
            if option.path.is_ident("crate") {
                runtime = Some(option.value()?.call(Path::parse_mod_style)?);
                return Ok(());
            }
            let message = with_help("this is not an option of `KeyPart`", "the option is `crate`");
            Err(syn::Error::new_spanned(&option.path, message))
        });
        errors.keep(read);
    }
    runtime
}

/// Reports options of a field or a variant: there are none.
fn without_effect(data: &Data, errors: &mut Errors) {
    let (variants, fields): (Vec<_>, Vec<_>) = match data {
        Data::Struct(data) => (Vec::new(), data.fields.iter().collect()),
        Data::Enum(data) => {
            let variants = data.variants.iter();
            (variants.clone().collect(), variants.flat_map(|variant| &variant.fields).collect())
        }
        Data::Union(_) => return,
    };
    let of_variants = variants.iter().flat_map(|variant| &variant.attrs);
    let attributes = of_variants.chain(fields.iter().flat_map(|field| &field.attrs));
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("key_part")) {
        let message = with_help(
            "`#[key_part]` has no effect here: every field is part of the key",
            "leave it out; to leave a field out, name the others in the key, as in \
             `<page.number>`, or implement `KeyPart` by hand",
        );
        errors.over(attribute.path(), message);
    }
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
