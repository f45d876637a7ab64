//! The rules between the methods of one `impl` or trait, and the options that they share.

use syn::{GenericParam, Type};

use super::method::Named;
use super::references::Referable;
use super::{cached, defaults, each, generics, invalidates, overlap, through};
use crate::diag::{Errors, nearest, with_help};
use crate::model::Owner;
use crate::model::cache_policy::{Cache, CachePolicy, CheckedMethod};
use crate::parse::cache_policy::{Block, Member, Method};
use crate::parse::function::Function;
use crate::parse::option::Concern;
use crate::parse::options::{Options, Row};
use crate::parse::template::Template;

/// Checks every method by itself, then all of them together.
pub(crate) fn check<'a>(
    block: &'a Block,
    mut shared: Options,
    errors: &mut Errors,
) -> CachePolicy<'a> {
    let methods: Vec<&Method> = methods(block).collect();
    if methods.is_empty() && errors.is_empty() {
        errors.at(block.keyword(), nothing_annotated());
    }
    defaults::check(&mut shared, block, &methods, errors);
    let own = own_type(block) || !methods.iter().any(|method| method.cached.is_some());
    if !own {
        let message = with_help(
            "cached methods need a type of this crate: references to their entries become \
             functions of it",
            "implement the trait for a struct, and cache there",
        );
        let ty = block.implementor().map(|(ty, _)| ty);
        errors.over(ty, message);
    }
    let named: Vec<Named<'_>> =
        methods.iter().map(|method| Named::new(block, method, &shared, errors)).collect();
    if errors.is_empty() {
        // what could not be read may have named them
        generics::of_block(block.generics(), &named, errors);
    }
    overlap::check(&named, errors);
    misspelt_tags(&named, errors);
    let referable = Referable::of(block, &named);
    let check = |mut named: Named<'a>| {
        // the functions stay as they are, or each would be an error of its own
        named.options = named.options.filter(|_| own);
        method(block, named, &referable, errors)
    };
    let methods = named.into_iter().map(check).collect();
    CachePolicy { block, methods, runtime: shared.runtime.take() }
}

fn method<'a>(
    block: &Block,
    named: Named<'a>,
    referable: &Referable<'_>,
    errors: &mut Errors,
) -> CheckedMethod<'a> {
    let Named { method, options, targets } = named;
    let owner = owner(block, method);
    let cache = match options {
        None => Cache::None,
        Some(options) => cache(block, method, &owner, options, errors),
    };
    let mut invalidates = Vec::new();
    for (mut targets, mut own) in targets {
        let before = errors.count();
        referable.dangling(&mut targets, errors);
        no_body(method, "invalidates", errors);
        if errors.count() > before {
            continue;
        }
        let around = Some(block.generics());
        let model = invalidates::attribute(&method.function, around, targets, &mut own);
        invalidates.extend(model.filter(|_| own.is_empty()));
        errors.append(own);
    }
    CheckedMethod { method, owner, cache, invalidates }
}

fn methods(block: &Block) -> impl Iterator<Item = &Method> {
    block.members.iter().filter_map(|member| match member {
        Member::Method(method) => Some(&**method),
        Member::Other { .. } => None,
    })
}

fn nothing_annotated() -> String {
    with_help(
        "`#[cache_policy]` has no effect: no method here has `#[cached]` or `#[invalidates]`",
        "put `#[cached(...)]` on a method, or leave `#[cache_policy]` out",
    )
}

fn owner(block: &Block, method: &Method) -> Owner {
    match block.own_trait() {
        Some(name) => Owner::Trait { name: name.clone(), provided: method.has_body },
        None => match block.of_trait() {
            Some(path) => Owner::ImplOf { path: path.clone(), name: block.unique_name() },
            None => Owner::Impl { block: Some(block.unique_name()) },
        },
    }
}

fn cache(
    block: &Block,
    method: &Method,
    owner: &Owner,
    options: Options,
    errors: &mut Errors,
) -> Cache {
    let before = errors.count();
    if options.each.is_given() {
        no_body(method, "cached", errors);
        let model = each::check(&method.function, Some(block.generics()), options, errors);
        let sound = model.filter(|_| errors.count() == before);
        return sound.map_or(Cache::None, |model| Cache::OfMany(Box::new(model)));
    }
    if options.writes.is_given() {
        no_body(method, "cached", errors);
        let model = through::other(&method.function, Some(block.generics()), options, errors);
        let sound = model.filter(|_| errors.count() == before);
        return sound.map_or(Cache::None, |model| Cache::OfAnother(Box::new(model)));
    }
    let model =
        cached::check(&method.function, owner.clone(), Some(block.generics()), &options, errors);
    if !method.has_body {
        without_effect(&method.function, &options, errors);
    }
    match model {
        Some(mut model) if errors.count() == before => {
            defaults::generalize(&mut model, block);
            Cache::Sound(Box::new(model))
        }
        _ => Cache::Faulty(Box::new(options)),
    }
}

/// Reports options of calls on a method without a body, which has none.
fn without_effect(function: &Function, options: &Options, errors: &mut Errors) {
    let of_a_call = |row: &Row| {
        matches!(row.concern, Concern::Call | Concern::Load) && !row.is_inherited(options)
    };
    for (_, option) in options.given.iter().filter(|(row, _)| of_a_call(row)) {
        let name = &function.signature.ident;
        let message = with_help(
            &format!("`{option}` has no effect: `{name}` has no body here that would be called"),
            "write it where the method is implemented",
        );
        errors.at(option.span(), message);
    }
}

fn no_body(method: &Method, attribute: &str, errors: &mut Errors) {
    if method.has_body {
        return;
    }
    let name = &method.function.signature.ident;
    let message = with_help(
        &format!("`{name}` has no body here, so there is nothing for `#[{attribute}]` to run"),
        &format!("put `#[{attribute}(...)]` on the method in the `impl`"),
    );
    errors.at(name.span(), message);
}

/// Whether the type can get functions of its own, which references need: as far as its name tells,
/// it is of this crate.
fn own_type(block: &Block) -> bool {
    const FOREIGN: [&str; 5] = ["Arc", "Box", "Option", "Rc", "Vec"];
    let (Some((ty, generics)), Some(_)) = (block.implementor(), block.of_trait()) else {
        return true;
    };
    let Type::Path(path) = ty else { return false };
    let parameter = |param: &GenericParam| matches!(param, GenericParam::Type(param) if path.path.is_ident(&param.ident));
    let last = path.path.segments.last();
    !generics.params.iter().any(parameter)
        && last.is_some_and(|last| !FOREIGN.iter().any(|name| last.ident == name))
}

/// Reports tags that are invalidated here and are nearly those that are declared here. Others may
/// belong to functions elsewhere, which `policies!` knows.
fn misspelt_tags(methods: &[Named<'_>], errors: &mut Errors) {
    let declared = methods.iter().filter_map(|method| method.options.as_ref());
    let declared: Vec<&Template> = declared.flat_map(|options| options.tags.items()).collect();
    let invalidated = methods.iter().flat_map(|method| &method.targets);
    for tag in invalidated.flat_map(|(targets, _)| targets.options.tags.items()) {
        let shape = tag.shape();
        if declared.iter().any(|known| known.shape() == shape) {
            continue;
        }
        let shapes: Vec<_> = declared.iter().map(|known| (known.shape(), known)).collect();
        let Some(meant) = nearest(&shape, shapes.iter().map(|(known, _)| known.as_str())) else {
            continue;
        };
        let meant = shapes.iter().find(|(known, _)| known == meant);
        let meant = meant.map(|(_, known)| known.literal.value()).unwrap_or_default();
        let what = format!("no method here declares the tag `{}`", tag.literal.value());
        errors.at(tag.literal.span(), with_help(&what, &format!("write `\"{meant}\"`")));
    }
}
