//! What a signature says by the way it is written: what is returned, and to whom the function belongs.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    GenericArgument, Lifetime, PathArguments, ReturnType, Signature, Type, TypeImplTrait,
    TypeParamBound, TypeReference,
};

use super::function::Function;

/// The `T` of `impl Future<Output = T>`.
pub(crate) fn future_output(future: &TypeImplTrait) -> Option<Type> {
    future.bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => {
                Some(output.ty.clone())
            }
            _ => None,
        })
    })
}

/// The type of the awaited result, as written.
pub(crate) fn returned(signature: &Signature) -> Option<Type> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    match &**ty {
        Type::ImplTrait(future) if signature.asyncness.is_none() => future_output(future),
        ty => Some(ty.clone()),
    }
}

/// The type of the awaited result, if a store could keep it.
pub(crate) fn awaited(signature: &Signature) -> Option<Type> {
    let ty = returned(signature)?;
    (!matches!(ty, Type::ImplTrait(_)) && borrow(&ty).is_none()).then_some(ty)
}

/// Whether the function returns `Pin<Box<dyn Future>>`, as those under `#[async_trait]` do.
pub(crate) fn is_boxed_future(signature: &Signature) -> bool {
    let ReturnType::Type(_, ty) = &signature.output else { return false };
    let Type::Path(path) = &**ty else { return false };
    let last = path.path.segments.last();
    signature.asyncness.is_none()
        && last.is_some_and(|last| {
            last.ident == "Pin" || last.ident.to_string().ends_with("BoxFuture")
        })
}

/// Whether the function says `Self` without taking it. In a body with types of its own it may be one of these.
pub(crate) fn is_associated(function: &Function) -> bool {
    let Function { signature, body, .. } = function;
    let says = |word: &str| mentions(body.stream(), word);
    let of_its_own = || ["impl", "trait", "struct", "enum", "union"].into_iter().any(says);
    signature.receiver().is_none()
        && (mentions(signature.to_token_stream(), "Self") || (says("Self") && !of_its_own()))
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// The first borrow in a type that is not `'static`.
pub(crate) fn borrow(ty: &Type) -> Option<Span> {
    let mut found = Borrow(None);
    found.visit_type(ty);
    found.0
}

struct Borrow(Option<Span>);

impl<'ast> Visit<'ast> for Borrow {
    fn visit_type_reference(&mut self, reference: &'ast TypeReference) {
        if reference.lifetime.is_none() {
            self.0.get_or_insert(reference.and_token.span);
        }
        visit::visit_type_reference(self, reference);
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident != "static" {
            self.0.get_or_insert(lifetime.span());
        }
    }

    // the lifetimes of a function pointer or a trait object are its own
    fn visit_type_fn_ptr(&mut self, _: &'ast syn::TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(
        &mut self,
        _: &'ast syn::ParenthesizedGenericArguments,
    ) {
    }
}
