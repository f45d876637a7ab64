//! What a type says by the way it is written: names are all that an attribute sees.

use syn::visit::{self, Visit};
use syn::{GenericArgument, Ident, Path, PathArguments, Type, TypePath};

/// The type behind references and well-known pointers, and the number of these.
pub(crate) fn held(ty: &Type, layers: usize) -> (&Type, usize) {
    match ty {
        Type::Reference(reference) => held(&reference.elem, layers + 1),
        Type::Paren(paren) => held(&paren.elem, layers),
        Type::Group(group) => held(&group.elem, layers),
        Type::Path(path) => match pointee(path) {
            Some(inner) => held(inner, layers + 1),
            None => (ty, layers),
        },
        _ => (ty, layers),
    }
}

/// The `T` of `Box<T>` and its like.
fn pointee(path: &TypePath) -> Option<&Type> {
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let inner = arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    });
    inner.filter(|_| ["Box", "Arc", "Rc", "Cow"].iter().any(|name| last.ident == name))
}

const PLAIN: [&str; 18] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "bool",
    "char", "str", "String", "f32", "f64",
];

/// The name of a type that has no fields.
pub(crate) fn without_fields(ty: &Type) -> Option<&Ident> {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return None };
    path.get_ident().filter(|name| PLAIN.iter().any(|plain| *name == plain))
}

/// The `T` of `Query<T>` and of its like, by which web frameworks hand on what a request says: it is their field `0`.
pub(crate) fn extracted(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let is_extractor = ["Query", "Path", "Form", "Json"].iter().any(|name| last.ident == name);
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if is_extractor && arguments.args.len() == 1 => {
            Some(inner)
        }
        _ => None,
    }
}

/// Whether the type is a response of a web framework, by its name: a function that returns one is a handler.
pub(crate) fn is_response(ty: &Type) -> bool {
    let Type::Path(path) = value(ty) else { return false };
    let last = path.path.segments.last();
    last.is_some_and(|last| ["Json", "Html"].iter().any(|name| last.ident == name))
}

/// The value inside of references, `Arc`, `Option`, and `Result` by any of its names.
pub(crate) fn value(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => value(&reference.elem),
        Type::Paren(paren) => value(&paren.elem),
        Type::Group(group) => value(&group.elem),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return ty };
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return ty };
            let name = last.ident.to_string();
            match arguments.args.first() {
                Some(GenericArgument::Type(first))
                    if name.ends_with("Result") || name == "Option" || name == "Arc" =>
                {
                    value(first)
                }
                _ => ty,
            }
        }
        _ => ty,
    }
}

/// The slice or the `dyn` that a value is behind its pointer. A boxed slice is as good as a `Vec`.
pub(crate) fn unsized_value(ty: &Type) -> Option<&Type> {
    let inner = match value(ty) {
        Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Box") => {
            pointee(path).filter(|inner| matches!(inner, Type::TraitObject(_)))?
        }
        inner => inner,
    };
    matches!(inner, Type::Slice(_) | Type::TraitObject(_)).then_some(inner)
}

/// Whether the type is certainly no `Result`. An alias of one may have any other name.
pub(crate) fn is_no_result(ty: &Type) -> bool {
    match ty {
        Type::Paren(paren) => is_no_result(&paren.elem),
        Type::Group(group) => is_no_result(&group.elem),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| last.ident == "Option")
                || is_plain_value(ty)
        }
        _ => matches!(ty, Type::Tuple(_) | Type::Array(_) | Type::Reference(_)),
    }
}

/// The path without its generic arguments, which a struct expression infers.
pub(crate) fn without_arguments(path: &Path) -> Path {
    let mut path = path.clone();
    for segment in &mut path.segments {
        segment.arguments = PathArguments::None;
    }
    path
}

/// Whether the type is a `&mut`.
pub(crate) fn is_mutable(ty: &Type) -> bool {
    matches!(ty, Type::Reference(reference) if reference.mutability.is_some())
}

/// Whether a `static` in the function can name the type: it can name no parameter of what is around it, and not `Self`.
/// `parameters` are those that are `seen`: an attribute in an `impl` does not see those of the `impl`.
pub(crate) fn is_nameable(ty: &Type, parameters: &[String], seen: bool) -> bool {
    struct Around<'a>(&'a [String], bool);
    impl<'ast> Visit<'ast> for Around<'_> {
        fn visit_ident(&mut self, ident: &'ast syn::Ident) {
            self.1 &= ident != "Self" && !self.0.contains(&ident.to_string());
        }

        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.1 = false;
        }

        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            self.1 &= reference.lifetime.is_some();
            visit::visit_type_reference(self, reference);
        }

        // a `static` has no lifetime but one
        fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
            self.1 &= lifetime.ident == "static";
        }
    }
    let mut around = Around(parameters, seen);
    around.visit_type(ty);
    around.1
}

/// Whether the type is never that of a handle: whatever has it can change the result.
pub(crate) fn is_plain_value(ty: &Type) -> bool {
    const OF_OTHERS: [&str; 6] = ["Option", "Vec", "Box", "Arc", "Rc", "Cow"];
    match ty {
        Type::Reference(reference) => is_plain_value(&reference.elem),
        Type::Slice(slice) => is_plain_value(&slice.elem),
        Type::Array(array) => is_plain_value(&array.elem),
        Type::Paren(paren) => is_plain_value(&paren.elem),
        Type::Group(group) => is_plain_value(&group.elem),
        Type::Tuple(tuple) => !tuple.elems.is_empty() && tuple.elems.iter().all(is_plain_value),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return false };
            if PLAIN.iter().any(|name| last.ident == name) {
                return true;
            }
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
            let of_plain = |argument: &GenericArgument| match argument {
                GenericArgument::Type(inner) => is_plain_value(inner),
                _ => true,
            };
            OF_OTHERS.iter().any(|name| last.ident == name) && arguments.args.iter().all(of_plain)
        }
        _ => false,
    }
}
