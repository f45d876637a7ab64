//! The rules for what a batch function takes and returns, as far as the names of types tell, and for its options.

use syn::{GenericArgument, PathArguments, Type, TypePath};

use crate::diag::{Errors, listed, verb, with_help};
use crate::model::each::Lent;
use crate::parse::option::Concern;
use crate::parse::options::{Options, Row};
use crate::parse::reference::written;
use crate::parse::words::Strategy;

/// What is wrong with a type, and what to do.
type Wrong = (String, String);

/// The way in which a list of that type is lent to the body; what is clearly none is said to be so.
pub(super) fn lent(ty: &Type) -> Result<Lent, Wrong> {
    match ty {
        Type::Paren(paren) => lent(&paren.elem),
        Type::Group(group) => lent(&group.elem),
        Type::Reference(reference) if reference.mutability.is_some() => Err((
            "is `&mut`, and the body is given a list of those ids that are to be loaded".to_owned(),
            format!("write `&{}`", written(&reference.elem)),
        )),
        Type::Reference(reference) => match &*reference.elem {
            Type::Slice(_) => Ok(Lent::Slice),
            inner => named(inner).map(|()| Lent::Borrowed),
        },
        _ => named(ty).map(|()| Lent::Owned),
    }
}

fn named(ty: &Type) -> Result<(), Wrong> {
    const HELP: &str = "take a `&[T]`, a `Vec<T>`, a `HashSet<T>` or a `BTreeSet<T>`";
    let none =
        || (format!("is a `{}`, and `each` takes a list of ids", written(ty)), HELP.to_owned());
    match ty {
        Type::Path(path) => {
            let is_list = ["Vec", "VecDeque", "HashSet", "BTreeSet"].contains(&last(path).as_str());
            if is_list { Ok(()) } else { Err(none()) }
        }
        Type::Array(array) => Err((
            format!("is a `{}`, and how many ids are to be loaded is not known", written(ty)),
            format!("take a `&[{}]`", written(&array.elem)),
        )),
        Type::ImplTrait(_) => Err((
            "has a type without a name, and the body is given a list of those ids that are to be loaded".to_owned(),
            HELP.to_owned(),
        )),
        _ => Err(none()),
    }
}

fn last(path: &TypePath) -> String {
    path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

/// Reports a result that cannot be matched to the ids.
pub(super) fn returned(returns: &Type, options: &Options, errors: &mut Errors) {
    let all = of_result(returns);
    let (Type::Path(path), id) = (all, options.id.name()) else { return };
    match (last(path).as_str(), id) {
        ("Vec", None) => {
            let Some(value) = first(path).filter(|value| !is_option(value)) else { return };
            let value = written(value);
            let message = with_help(
                &format!("`{}` does not say which value belongs to which id", written(all)),
                &format!(
                    "add what the id of a value is, as in `id = |value| value.id`, or return a `Vec<Option<{value}>>` in the \
                     order of the ids, or a `HashMap` by the ids"
                ),
            );
            errors.over(all, message);
        }
        ("Vec", Some(id)) if first(path).is_some_and(is_option) => {
            let message = with_help(
                "`id` has no effect: the values are in the order of the ids",
                "leave it out, or return a list without the `Option`",
            );
            errors.at(id.span(), message);
        }
        ("HashMap" | "BTreeMap", Some(id)) => {
            let what = "`id` has no effect: a map says which value belongs to which id";
            errors.at(id.span(), with_help(what, "leave it out"));
        }
        _ => {}
    }
}

/// The type without its `Result`.
fn of_result(ty: &Type) -> &Type {
    match ty {
        Type::Paren(paren) => of_result(&paren.elem),
        Type::Group(group) => of_result(&group.elem),
        Type::Path(path) if last(path).ends_with("Result") => first(path).unwrap_or(ty),
        _ => ty,
    }
}

fn first(path: &TypePath) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(first) => Some(first),
        _ => None,
    }
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if last(path) == "Option")
}

/// Reports options that a batch cannot have.
pub(super) fn options(options: &Options, errors: &mut Errors) {
    if !options.writes.is_given() {
        let list = options.each.value().map_or_else(|| "ids".to_owned(), ToString::to_string);
        let message = with_help(
            &format!("`each` says nothing of whose entries `{list}` are the ids"),
            &format!(
                "add the function that reads one of them, as in `each = {list}, writes = get_user(id)`"
            ),
        );
        if let Some(each) = options.each.name() {
            errors.at(each.span(), message);
        }
    }
    let own = |row: &Row| !row.is_inherited(options);
    let given = || options.given.iter().filter(|(row, _)| own(row));
    let taken: Vec<_> = given().filter(|(row, _)| row.concern == Concern::Entry).collect();
    if let Some((_, first)) = taken.first() {
        let names = listed(taken.iter().map(|(_, name)| name.to_string()));
        let verb = verb(taken.len(), "comes", "come");
        let what = format!("{names} {verb} from the function that `writes` names");
        let reader = options
            .writes
            .value()
            .map_or_else(|| "it".to_owned(), |reader| format!("`{}`", reader.text()));
        let help = format!(
            "leave {} out, and set {} where {reader} is cached",
            them(taken.len()),
            them(taken.len())
        );
        errors.at(first.span(), with_help(&what, &help));
    }
    for (row, name) in given() {
        let why = match (row.concern, row.name) {
            (_, "writes" | "store_if" | "skip" | "strategy" | "crate")
            | (Concern::Entry | Concern::Batch, _) => continue,
            (Concern::Written | Concern::Guard, _) => "it reads its entries and writes nothing",
            (_, "when") => "a call that is to leave the cache aside is made inside of `bypass`",
            _ => "its loads are those of many calls",
        };
        let what = format!("`{name}` has no effect on a batch: {why}");
        errors.at(name.span(), with_help(&what, "leave it out"));
    }
    if let Some(strategy) = options.settings.strategy.value()
        && !options.settings.strategy.is_inherited()
        && strategy.meaning != Strategy::ReadThrough
    {
        let message = with_help(
            "the strategy comes from the function that `writes` names",
            "leave it out, or write `strategy = \"read_through\"` if the loads of the batch are to be the cache's own",
        );
        errors.at(strategy.literal.span(), message);
    }
}

fn them(options: usize) -> &'static str {
    if options == 1 { "it" } else { "them" }
}

/// Reports options of a batch on a function that is none.
pub(super) fn without_list(options: &Options, errors: &mut Errors) {
    if let Some(option) = options.first(|concern| concern == Concern::Batch) {
        let message = with_help(
            &format!("`{option}` belongs to a function that loads several entries at once"),
            "add `each = ids`, with the name of the argument that is a list, or leave it out",
        );
        errors.at(option.span(), message);
    }
}
