//! In which builds an argument exists: what its `#[cfg(...)]` say.

use std::fmt::{self, Display, Formatter};

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use super::reference::written;

/// The predicate of a `#[cfg(...)]`.
#[derive(Clone, Debug)]
pub(crate) struct Condition(TokenStream);

impl Condition {
    /// The condition that attributes demand together; `None` if that is nothing.
    pub(crate) fn of(attributes: &[Attribute]) -> Option<Self> {
        all(attributes.iter().filter_map(|attribute| demanded(&attribute.meta)).collect())
    }

    /// The condition that is the predicate of a `cfg_attr`.
    pub(super) fn of_predicate(predicate: TokenStream) -> Self {
        Self(predicate)
    }

    /// The condition that both hold.
    pub(super) fn and(&self, other: &Self) -> Self {
        let (Self(condition), Self(other)) = (self, other);
        Self(quote!(all(#condition, #other)))
    }

    /// The condition that one of several holds.
    pub(crate) fn any(of: &[Self]) -> Self {
        match of {
            [one] => one.clone(),
            several => {
                let several = several.iter().map(|Self(condition)| condition);
                Self(quote!(any(#(#several),*)))
            }
        }
    }

    pub(crate) fn negated(&self) -> Self {
        let Self(condition) = self;
        Self(quote!(not(#condition)))
    }

    /// The `#[cfg(...)]` of the condition, for generated code.
    pub(crate) fn attribute(&self) -> TokenStream {
        let (Self(condition), at) = (self, Span::mixed_site());
        quote_spanned!(at=> #[cfg(#condition)])
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&written(&self.0).replace('=', " = "))
    }
}

/// The attribute in front of what is generated for an argument; nothing without a condition.
pub(crate) fn attribute(condition: Option<&Condition>) -> Option<TokenStream> {
    condition.map(Condition::attribute)
}

fn all(mut conditions: Vec<Condition>) -> Option<Condition> {
    if conditions.len() < 2 {
        return conditions.pop();
    }
    let conditions = conditions.iter().map(|Condition(condition)| condition);
    Some(Condition(quote!(all(#(#conditions),*))))
}

fn demanded(attribute: &Meta) -> Option<Condition> {
    let Meta::List(list) = attribute else { return None };
    if list.path.is_ident("cfg") {
        return Some(Condition(list.tokens.clone()));
    }
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    // `cfg_attr(predicate, cfg(..), allow(..))`
    let list = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut list = list.into_iter();
    let predicate = list.next()?;
    let Condition(demanded) = all(list.filter_map(|meta| demanded(&meta)).collect())?;
    Some(Condition(quote!(any(not(#predicate), #demanded))))
}

#[cfg(test)]
mod tests {
    use super::Condition;
    use syn::FnArg;

    fn condition(argument: FnArg) -> String {
        let FnArg::Typed(argument) = argument else { panic!("no argument") };
        Condition::of(&argument.attrs).map(|Condition(of)| of.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_says_nothing_of_builds_is_no_condition() {
        assert_eq!(condition(syn::parse_quote!(#[allow(unused)] a: u8)), "");
        assert_eq!(condition(syn::parse_quote!(#[cfg_attr(unix, allow(unused))] a: u8)), "");
    }

    #[test]
    fn conditions_are_demanded_together() {
        assert_eq!(condition(syn::parse_quote!(#[cfg(unix)] #[allow(unused)] a: u8)), "unix");
        assert_eq!(
            condition(syn::parse_quote!(#[cfg(unix)] #[cfg(test)] a: u8)),
            "all (unix , test)"
        );
        assert_eq!(
            condition(syn::parse_quote!(#[cfg_attr(unix, allow(unused), cfg(test))] a: u8)),
            "any (not (unix) , test)"
        );
    }
}
