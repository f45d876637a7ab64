//! Names for types of the user, where generated code has them between `<` and `>`, and the user has not.
//!
//! Of a type that is not known rustc reports each place, and each report that says the same once. Between `<` and `>` it
//! offers to add a type parameter as well, to the item around the type. So an item that has such a type there begins
//! where the user's own item would be given the parameter; and a type that the user wrote by itself, where nothing is
//! offered, gets a name, of which the declaration has it by itself, too.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, TypePath};

use super::hidden;
use super::item::{conditions, quiet};
use super::key::{fingerprint, located};
use crate::model::{Cached, Owner};
use crate::parse::args::{Argument, plain};
use crate::parse::condition::{self, Condition};
use crate::parse::types;

/// The name of an argument's type in the companion, if it gets one.
pub(super) fn of_argument(cached: &Cached, at: usize, argument: &Argument) -> Option<Type> {
    let ty = argument.bare();
    is_alone(cached, ty).then(|| named(&argument_name(cached, at), ty))
}

/// The type of what is stored, or its name, in the companion.
pub(super) fn stored(cached: &Cached) -> Type {
    let ty = cached.stored();
    if is_alone(cached, ty) { named(&stored_name(cached), ty) } else { ty.clone() }
}

/// The type of what is stored, or its name, in the function.
pub(super) fn stored_in_function(cached: &Cached) -> Type {
    let ty = cached.stored();
    match in_function(cached).filter(|_| is_alone(cached, ty)) {
        Some(name) => Type::Verbatim(located(&name, ty.span()).into_token_stream()),
        // beside a function that turns out to stand in an `impl` no name would be found
        None if matches!(cached.owner, Owner::Module) => ty.clone(),
        None => stored(cached),
    }
}

/// The declarations for the companion, beside the function or the block that it stands in.
pub(super) fn declarations<'a>(
    cached: &'a Cached,
    arguments: impl Iterator<Item = (usize, &'a Argument)>,
) -> TokenStream {
    let conditions: Vec<_> = conditions(&cached.function.attributes).collect();
    let declaration = |name: &Ident, ty: &Type, exists: Option<&Condition>| {
        let (quiet, exists) = (quiet(), condition::attribute(exists));
        quote_spanned!(name.span()=> #(#conditions)* #exists #quiet type #name = #ty;)
    };
    let arguments = arguments.filter(|(_, argument)| is_alone(cached, argument.bare()));
    let arguments = arguments.map(|(at, argument)| {
        let exists = argument.condition.as_ref();
        declaration(&argument_name(cached, at), argument.bare(), exists)
    });
    let ty = cached.stored();
    let stored = is_alone(cached, ty).then(|| declaration(&stored_name(cached), ty, None));
    arguments.chain(stored).collect()
}

/// The name of the stored type in the function, for what stands in a `static` or below the import of the crate, which
/// may hide what the type mentions.
pub(super) fn in_function(cached: &Cached) -> Option<Ident> {
    let declares_only = matches!(cached.owner, Owner::Trait { provided: false, .. });
    let used = matches!(cached.owner, Owner::Module) || cached.key.constants().next().is_none();
    (cached.value_known && used && !declares_only).then(|| {
        let at = cached.owner.parameters_follow(&cached.function);
        Ident::new("__CacheValue", at.unwrap_or_else(|| hidden(cached.key.literal.span())))
    })
}

/// The declaration of that name.
pub(super) fn declaration_in_function(cached: &Cached) -> Option<TokenStream> {
    let name = in_function(cached)?;
    let stored = match cached.owner {
        Owner::Module => cached.stored().clone(),
        _ => stored(cached),
    };
    let span = hidden(cached.key.literal.span());
    Some(quote_spanned!(span=> type #name = #stored;))
}

/// Whether a type stands by itself, and can be named: a name that may not be known, without generic arguments.
fn is_alone(cached: &Cached, ty: &Type) -> bool {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return false };
    let seen = !matches!(cached.owner, Owner::Impl { block: None });
    path.get_ident().is_some()
        && types::without_fields(ty).is_none()
        && types::is_nameable(ty, &cached.parameters, seen)
}

fn argument_name(cached: &Cached, at: usize) -> Ident {
    name(cached, &format!("Argument{}", at + 1))
}

fn stored_name(cached: &Cached) -> Ident {
    name(cached, "Value")
}

fn name(cached: &Cached, of: &str) -> Ident {
    let block = cached.owner.block().map(ToString::to_string).unwrap_or_default();
    let (companion, key) = (plain(&cached.companion), fingerprint(&cached.key.shape));
    // with the key, so that of two functions of one name nothing clashes but the name
    format_ident!("{of}Of_{block}_{companion}_{key:x}", span = hidden(cached.companion.span()))
}

/// A name in the place of the type, where errors underline that.
fn named(name: &Ident, ty: &Type) -> Type {
    Type::Verbatim(Ident::new(&name.to_string(), ty.span()).into_token_stream())
}
