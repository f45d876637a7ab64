//! `#[cache_policy(...)]`

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::check;
use crate::diag::{Errors, with_help};
use crate::expand::{Runtime, cache_policy};
use crate::parse::cache_policy::Block;
use crate::parse::mocked;
use crate::parse::option::Place;
use crate::parse::options::Options;

/// Compiles `#[cache_policy(...)]`; below it an `#[automock]` is first.
pub(crate) fn attribute(options: TokenStream, item: &TokenStream) -> TokenStream {
    if mocked::is_mock(item.clone()) {
        // each of its parts says the same, and the compiler once
        let mut errors = Errors::default();
        errors.at(Span::call_site(), above_automock());
        return errors.into_tokens();
    }
    let rt = || {
        let unreported = &mut Errors::default();
        let mut options = Options::parse(Place::CachePolicy, options.clone(), unreported);
        Runtime::of(options.runtime.take()).at(Span::call_site())
    };
    mocked::mocked_first(&options, item, rt).unwrap_or_else(|| block(options, item))
}

/// Compiles `#[cache_policy(...)]` below an `#[automock]`, which has seen nothing of it.
pub(crate) fn mocked(options: TokenStream, item: TokenStream) -> TokenStream {
    block(options, &mocked::revealed(item))
}

fn block(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut block = match Block::parse(item, &mut errors) {
        Ok(block) => block,
        Err(error) => {
            errors.push(error);
            let errors = errors.into_tokens();
            return quote!(#item #errors);
        }
    };
    let options = block.all_options(options, &mut errors);
    let options = Options::parse(Place::CachePolicy, options, &mut errors);
    let item = cache_policy::item(&check::cache_policy::check(&block, options, &mut errors));
    let errors = errors.into_tokens();
    quote!(#item #errors)
}

fn above_automock() -> String {
    with_help(
        "`#[automock]` copies what stands below it to all that it makes, and `#[cache_policy]` with it",
        "put `#[cache_policy]` above `#[automock]`",
    )
}
