//! The rules for a type that derives `KeyPart`.

use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Field, Fields, Ident, Index, Member, Path, Type};

use crate::diag::{Errors, with_help};
use crate::model::key_part::{Body, KeyPart, Named, Variant};

/// Checks the type below `#[derive(KeyPart)]`. After an error it has no body, so that its uses
/// give no more errors.
pub(crate) fn check(item: DeriveInput, errors: &mut Errors) -> KeyPart {
    let runtime = runtime(&item, errors);
    without_effect(&item.data, errors);
    let body = errors.keep(body(&item));
    KeyPart { name: item.ident, generics: item.generics, body, runtime }
}

fn body(item: &DeriveInput) -> syn::Result<Body> {
    let name = &item.ident;
    match &item.data {
        Data::Struct(data) => {
            let fields = named(&data.fields);
            if fields.is_empty() {
                return Err(one_value(name, "holds nothing"));
            }
            Ok(Body::Struct(fields))
        }
        Data::Enum(data) if data.variants.is_empty() => Err(one_value(name, "has no variants")),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| Variant {
                ident: variant.ident.clone(),
                text: variant.ident.unraw().to_string(),
                fields: named(&variant.fields),
            });
            Ok(Body::Enum(variants.collect()))
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
