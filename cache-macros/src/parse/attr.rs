//! The options of an attribute, read one after the other.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr};

use super::duration;
use super::option::{Place, Syntax, Twice};
use super::options::{Options, Row};
use super::table;
use super::value::{Reading, end, equals};
use crate::diag::{Errors, listed, nearest, with_help};

impl Options {
    /// Reads one option after the other: a bad one does not hide the next.
    pub(crate) fn parse(place: Place, attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for option in split(attribute, errors) {
            options.read(place, option, errors);
        }
        options
    }

    fn read(&mut self, place: Place, option: TokenStream, errors: &mut Errors) {
        let read = |input: ParseStream| {
            if !input.peek(Ident::peek_any) {
                return Err(self.without_name(place, input.parse()?));
            }
            let name = input.call(Ident::parse_any)?;
            match self.accepts(place, &name) {
                Ok(row) => self.value(row, &name, input, errors),
                Err(error) => {
                    input.parse::<TokenStream>()?;
                    Err(error)
                }
            }
        };
        if let Err(error) = read.parse2(option) {
            errors.push(error);
        }
    }

    /// Reads the value of an option up to its end; one that cannot be read is not missing.
    pub(super) fn value(
        &mut self,
        row: &'static Row,
        name: &Ident,
        input: ParseStream,
        errors: &mut Errors,
    ) -> syn::Result<()> {
        row.named(self, name);
        let mut reading = Reading { name, example: row.example, zero: row.zero, input, errors };
        let equals = match row.syntax {
            Syntax::Assigned => equals(&reading),
            Syntax::Listed | Syntax::Alone => Ok(()),
        };
        let value = equals.and_then(|()| row.read(self, &mut reading));
        let value = value.and_then(|()| end(name, input));
        if value.is_err() {
            row.misread(self);
            input.parse::<TokenStream>()?;
        }
        value
    }

    /// The error for a value without its name. Who writes one does not know the others either.
    fn without_name(&mut self, place: Place, option: TokenStream) -> syn::Error {
        let Ok(literal) = syn::parse2::<LitStr>(option.clone()) else {
            return syn::Error::new_spanned(option, not_an_option(place));
        };
        // either may be meant
        for option in ["key", "ttl"].into_iter().filter_map(table::find) {
            option.misread(self);
        }
        let name = match place {
            Place::Policies => "tags",
            _ if duration::is_duration(&literal) => "ttl",
            _ => "key",
        };
        let value = match name {
            "tags" => format!("[{}]", literal.token()),
            _ => literal.token().to_string(),
        };
        let message = with_help(
            "an option has a name in front of its value",
            &format!("write `{name} = {value}`"),
        );
        syn::Error::new(literal.span(), message)
    }

    /// The option of that name, if it is one of that macro and not given before.
    fn accepts(&mut self, place: Place, name: &Ident) -> syn::Result<&'static Row> {
        let written = name.to_string();
        let error = |message| Err(syn::Error::new(name.span(), message));
        match table::find(&written) {
            Some(row) if row.is_allowed(place) => {
                twice(row, place).filter(|_| row.is_named(self)).map_or(Ok(row), error)
            }
            Some(_) => error(elsewhere(place, &written)),
            None => {
                let meant = meant(place, &written);
                if let Some(row) = meant.and_then(table::find) {
                    row.misread(self);
                }
                error(unknown_option(place, &written, meant))
            }
        }
    }
}

/// The message about an option that is given twice; `None` if it may be.
pub(super) fn twice(row: &Row, place: Place) -> Option<String> {
    let help = match (row.twice, place) {
        (Twice::Each, _) => return None,
        (Twice::OneList, _) => "put both into one list",
        (Twice::Never, Place::Invalidates | Place::Invalidate | Place::Entry) => "leave one out",
        (Twice::Never, _) => "leave one of them out",
    };
    Some(with_help(&format!("`{}` is given twice", row.name), help))
}

fn not_an_option(place: Place) -> String {
    let example = match place {
        Place::Policies => "tags = [\"user\"]",
        _ => "key = \"user:<id>\"",
    };
    with_help("this is not an option", &format!("options are written `{example}`"))
}

/// The option that was most likely meant.
fn meant(place: Place, written: &str) -> Option<&'static str> {
    let meant = nearest(written, table::names(place));
    let is_allowed = |word: &&str| table::names(place).any(|name| name == *word);
    meant.or_else(|| other_word(written).filter(is_allowed))
}

fn unknown_option(place: Place, written: &str, meant: Option<&str>) -> String {
    let name = place.name();
    let help = match meant {
        Some(meant) => format!("write `{meant}`"),
        None => format!("the options are {}", listed(table::names(place))),
    };
    with_help(&format!("`{written}` is not an option of `{name}`"), &help)
}

/// The message about an option of one function where several share theirs.
fn elsewhere(place: Place, written: &str) -> String {
    let name = place.name();
    with_help(
        &format!("`{written}` is an option of `#[cached]`, not of `{name}`"),
        &format!("write it on the function; the options here are {}", listed(table::names(place))),
    )
}

/// The option that other libraries call so.
fn other_word(written: &str) -> Option<&'static str> {
    Some(match written {
        "time" | "expire" | "expires" | "expiry" | "expiration" | "max_age" | "lifetime" => "ttl",
        "cond" | "condition" | "unless" | "only_if" => "when",
        "result" | "option" | "cache_if" => "store_if",
        "ignore" | "exclude" | "without" => "skip",
        "tag" | "labels" => "tags",
        _ => return None,
    })
}

/// Splits at the commas between options, and where one is missing.
fn split(attribute: TokenStream, errors: &mut Errors) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    let mut options: Vec<Vec<TokenTree>> = vec![Vec::new()];
    let mut after_comma = true;
    for (at, token) in tokens.iter().enumerate() {
        let comma = matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        if comma && begins_option(&tokens[at + 1..]) {
            options.push(Vec::new());
            after_comma = true;
            continue;
        }
        if !after_comma && is_known_option(&tokens[at..]) {
            let what = format!("a comma is missing before `{token}`");
            errors.at(token.span(), with_help(&what, &format!("write `, {token} = ...`")));
            options.push(Vec::new());
        }
        after_comma = false;
        if let Some(option) = options.last_mut() {
            option.push(token.clone());
        }
    }
    let written = options.into_iter().filter(|option| !option.is_empty());
    written.map(|option| option.into_iter().collect()).collect()
}

/// Whether an option begins behind a comma. A comma inside a closure's bars, or in `f::<A, B>()`,
/// is followed by something else.
fn begins_option(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Ident(name), TokenTree::Punct(after), ..] if after.as_char() == ':' => {
            after.spacing() == Spacing::Alone && is_option(name)
        }
        [TokenTree::Ident(_), TokenTree::Punct(after), ..] => {
            after.as_char() == '=' || after.as_char() == ','
        }
        [TokenTree::Ident(_), TokenTree::Ident(_), ..] => false,
        [] | [TokenTree::Ident(_) | TokenTree::Literal(_), ..] => true,
        _ => false,
    }
}

/// Whether these tokens begin with `ttl =`, which no value contains.
fn is_known_option(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Ident(name), TokenTree::Punct(equals), ..] = tokens else { return false };
    let assigns = equals.as_char() == '=' && equals.spacing() == Spacing::Alone;
    assigns && is_option(name)
}

fn is_option(name: &Ident) -> bool {
    table::find(&name.to_string()).is_some()
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::{Options, Place};
    use crate::diag::Errors;
    use crate::parse::skip::Skip;
    use crate::parse::value::Ttl;

    fn parse(attribute: TokenStream) -> (Options, Vec<String>) {
        let mut errors = Errors::default();
        let options = Options::parse(Place::Cached, attribute, &mut errors);
        (options, errors.messages())
    }

    #[test]
    fn every_option_is_read() {
        let (options, errors) = parse(quote! {
            key = "user:<id>", ttl = "1h", tags = ["a", "b"], skip(db, self, f.sort, f.*, p.0),
            none_ttl = "5s", when = id > 0 && f::<A, B>(id), store_if = |v: &(A, B)| v.0 > 1,
            version = 2, tier = "remote", local_ttl = "5s", codec = "json", compress = "lz4", cache = some::CATALOG, strategy = "cache_aside",
            companion = other, crate = crate::facade,
        });
        assert_eq!(errors, [""; 0]);
        assert_eq!(options.given.len(), 16);
        let skips: Vec<String> = options.skip.items().iter().map(Skip::path).collect();
        assert_eq!(skips, ["db", "self", "f.sort", "f.*", "p.0"]);
        let settings = &options.settings;
        assert!(settings.when.value().is_some() && settings.store_if.value().is_some());
        assert!(options.runtime.value().is_some());
    }

    #[test]
    fn one_bad_option_does_not_hide_the_next() {
        let (options, errors) = parse(quote! { tll = "1h", ttl = "60", key = 5, version = "x" });
        assert_eq!(errors.len(), 4, "{errors:?}");
        assert!(options.ttl.is_given() && options.ttl.value().is_none());
        assert!(options.key.is_given() && options.key.value().is_none());
    }

    #[test]
    fn values_from_a_macro_arrive_in_groups() {
        let group = |tokens| proc_macro2::Group::new(proc_macro2::Delimiter::None, tokens);
        let (key, ttl) = (group(quote!("user:<id>")), group(quote!(|user| user.ttl)));
        let (options, errors) = parse(quote! { key = #key, ttl = #ttl });
        assert_eq!(errors, [""; 0]);
        assert!(options.key.value().is_some());
        assert!(matches!(options.ttl.value(), Some(Ttl::Closure(_))));
    }

    #[test]
    fn freshness_is_read() {
        let (options, errors) = parse(quote! {
            refresh_ahead = 0.8, stale_while_revalidate = "5m", patience = "100ms", stale_if_error = "1h",
            hard_timeout = "2s", on_timeout = |error| Err(error.into()), sliding = "12h",
        });
        assert_eq!(errors, [""; 0]);
        let settings = &options.settings;
        assert_eq!(settings.refresh_ahead.value().map(|share| share.thousandths), Some(800));
        assert_eq!(settings.patience.value().map(|time| time.milliseconds), Some(100));
        assert!(settings.on_timeout.value().is_some() && settings.owns_loads());
    }

    #[test]
    fn a_missing_comma_is_the_only_mistake() {
        let (options, errors) = parse(quote! { key = "a" ttl = "1s" });
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("a comma is missing before `ttl`"));
        assert!(options.ttl.value().is_some());
    }

    #[test]
    fn unfinished_attributes_are_read_without_a_panic() {
        for attribute in [
            quote!(key),
            quote!(key =),
            quote!(= "a"),
            quote!(skip(),),
            quote!(skip(a.)),
            quote!(ttl = |v|),
            quote!(,,),
            quote!(tags = ["a" "b"]),
        ]
        .into_iter()
        .chain("key = \"a\", |, ttl".parse())
        {
            let _ = parse(attribute);
        }
    }
}
