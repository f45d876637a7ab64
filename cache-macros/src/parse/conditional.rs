//! Attributes of ours that a method has in some builds only: those inside of a `#[cfg_attr(...)]`.
//!
//! The attribute above the block is run before any condition is known, and what it makes of a method depends on what stands
//! on it. So there is a method for each case, with the `#[cfg(...)]` under which it exists.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Token, parse_quote};

use super::attribute::{is_cached, is_ours};
use super::condition::Condition;
use crate::diag::with_help;

/// Attributes of ours inside of one `#[cfg_attr(...)]`, and their condition.
struct Conditional {
    condition: Condition,
    ours: Vec<Attribute>,
}

/// A method in the builds of one case.
struct Case {
    conditions: Vec<Condition>,
    ours: Vec<Attribute>,
}

/// The methods that a function stands for: itself, if no attribute of ours is conditional.
pub(super) fn cases(function: TokenStream) -> Vec<TokenStream> {
    let read = |input: ParseStream| {
        Ok((input.call(Attribute::parse_outer)?, input.parse::<TokenStream>()?))
    };
    let Ok((attributes, rest)) = read.parse2(function.clone()) else { return vec![function] };
    let (mut conditional, mut others) = (Vec::new(), Vec::new());
    for attribute in attributes {
        let other = split(&attribute.meta, None, &mut conditional);
        others.extend(other.map(|meta| Attribute { meta, ..attribute }));
    }
    if conditional.is_empty() {
        return vec![function];
    }
    let mut cases = vec![Case { conditions: Vec::new(), ours: Vec::new() }];
    for Conditional { condition, ours } in &conditional {
        cases = cases
            .iter()
            .flat_map(|case| [case.with(condition, ours), case.without(condition)])
            .collect();
    }
    cases.iter().map(|case| case.method(&others, &rest)).collect()
}

/// Whether what stands between the brackets of an attribute is a `cfg_attr(...)` with one of ours inside.
pub(super) fn has_ours(attribute: &TokenStream) -> bool {
    let mut conditional = Vec::new();
    if let Ok(meta) = syn::parse2(attribute.clone()) {
        split(&meta, None, &mut conditional);
    }
    !conditional.is_empty()
}

/// Takes ours out of a `cfg_attr(predicate, …)`, in which more may stand; returns what is left.
fn split(meta: &Meta, within: Option<&Condition>, found: &mut Vec<Conditional>) -> Option<Meta> {
    let whole = || Some(meta.clone());
    let Meta::List(list) = meta else { return whole() };
    if !list.path.is_ident("cfg_attr") {
        return whole();
    }
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let Ok(mut parts) = parts.map(IntoIterator::into_iter) else { return whole() };
    let predicate = parts.next()?;
    let own = Condition::of_predicate(predicate.to_token_stream());
    let condition = within.map_or_else(|| own.clone(), |within| within.and(&own));
    let (ours, others): (Vec<Meta>, Vec<Meta>) =
        parts.partition(|meta| is_ours(&meta.to_token_stream()));
    let before = found.len();
    if !ours.is_empty() {
        let ours = ours.into_iter().map(|meta| parse_quote!(#[#meta])).collect();
        found.push(Conditional { condition: condition.clone(), ours });
    }
    let others: Vec<Meta> =
        others.iter().filter_map(|meta| split(meta, Some(&condition), found)).collect();
    if found.len() == before {
        return whole();
    }
    (!others.is_empty()).then(|| parse_quote!(cfg_attr(#predicate, #(#others),*)))
}

impl Case {
    fn with(&self, condition: &Condition, ours: &[Attribute]) -> Self {
        Self {
            conditions: self.conditions.iter().chain([condition]).cloned().collect(),
            ours: self.ours.iter().chain(ours).cloned().collect(),
        }
    }

    fn without(&self, condition: &Condition) -> Self {
        Self {
            conditions: self.conditions.iter().cloned().chain([condition.negated()]).collect(),
            ours: self.ours.clone(),
        }
    }

    /// The method with what it has in this case. Most often no build has two of `#[cached]`.
    fn method(&self, others: &[Attribute], rest: &TokenStream) -> TokenStream {
        let conditions = self.conditions.iter().map(Condition::attribute);
        let ours = &self.ours;
        let second = others.iter().chain(ours).filter(|attribute| is_cached(attribute)).nth(1);
        if let Some(second) = second {
            let message = with_help(
                "`#[cached]` is given twice in this build",
                "let the condition of one exclude that of the other",
            );
            let span = second.path().span();
            return quote_spanned!(span=> #(#conditions)* ::core::compile_error! { #message });
        }
        quote!(#(#conditions)* #(#others)* #(#ours)* #rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{cases, has_ours};
    use quote::quote;

    fn written(function: proc_macro2::TokenStream) -> Vec<String> {
        cases(function).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_method_without_a_conditional_attribute_is_itself() {
        for function in [
            quote!(
                #[cached(key = "a")]
                async fn f();
            ),
            quote!(
                #[cfg_attr(unix, allow(unused))]
                #[must_use]
                fn f() {}
            ),
        ] {
            assert_eq!(written(function.clone()), [function.to_string()]);
        }
    }

    #[test]
    fn there_is_a_method_for_each_case() {
        let cases = written(quote! {
            #[cfg_attr(unix, must_use, cfg_attr(test, path::cached(key = "a")))] #[inline] fn f();
        });
        let [with, without] = &cases[..] else { panic!("{cases:#?}") };
        let cached = quote! {
            #[cfg(all(unix, test))] #[cfg_attr(unix, must_use)] #[inline] #[path::cached(key = "a")] fn f();
        };
        let other = quote! {
            #[cfg(not(all(unix, test)))] #[cfg_attr(unix, must_use)] #[inline] fn f();
        };
        assert_eq!((with, without), (&cached.to_string(), &other.to_string()));
    }

    #[test]
    fn a_build_with_two_of_one_kind_has_an_error_in_its_place() {
        let cases = written(quote! {
            #[cfg_attr(unix, cached(key = "a"))] #[cfg_attr(test, cached(key = "b"))] fn f();
        });
        let errors: Vec<_> = cases.iter().map(|case| case.contains("compile_error")).collect();
        assert_eq!(errors, [true, false, false, false]);
    }

    #[test]
    fn what_is_inside_of_a_condition_is_ours() {
        assert!(has_ours(&quote!(cfg_attr(unix, cfg_attr(test, invalidates(get(id)))))));
        assert!(!has_ours(&quote!(cfg_attr(unix, doc = "cached"))));
        assert!(!has_ours(&quote!(cached(key = "a"))));
    }
}
