//! The options of `#[cached(...)]` as written.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprClosure, Ident, LitInt, LitStr, Path};

use super::duration;
use super::group::Group;
use super::guarding::Guarding;
use super::reference::Reference;
use super::template::Template;
use super::value::{self, Lifetime, Skip, Ttl};
use crate::diag::{Errors, listed, nearest, with_help};

/// The options that are given.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) named: Vec<Ident>,
    /// Those that are misspelt, or whose value cannot be read: that was reported, and they are not
    /// missing.
    pub(crate) misread: Vec<String>,
    pub(crate) key: Option<Template>,
    pub(crate) ttl: Option<Ttl>,
    pub(crate) tags: Vec<Template>,
    pub(crate) skip: Vec<Skip>,
    pub(crate) none_ttl: Option<Lifetime>,
    pub(crate) when: Option<Expr>,
    pub(crate) store_if: Option<ExprClosure>,
    pub(crate) version: Option<LitInt>,
    pub(crate) tier: Option<LitStr>,
    pub(crate) local_ttl: Option<Lifetime>,
    pub(crate) codec: Option<LitStr>,
    pub(crate) compress: Option<LitStr>,
    pub(crate) cache: Option<Path>,
    pub(crate) strategy: Option<LitStr>,
    pub(crate) groups: Vec<Group>,
    pub(crate) value: Option<Ident>,
    pub(crate) writes: Option<Reference>,
    pub(crate) guarding: Guarding,
    pub(crate) companion: Option<Ident>,
    pub(crate) runtime: Option<Path>,
}

/// The options that are understood.
const OPTIONS: [&str; 22] = [
    "key",
    "ttl",
    "tags",
    "skip",
    "none_ttl",
    "when",
    "store_if",
    "version",
    "tier",
    "local_ttl",
    "codec",
    "compress",
    "cache",
    "strategy",
    "group",
    "value",
    "writes",
    "guard",
    "hold",
    "only_ok",
    "companion",
    "crate",
];

/// Options of the design that are not there yet.
const LATER: [&str; 6] = [
    "stale_while_revalidate",
    "patience",
    "stale_if_error",
    "refresh_ahead",
    "hard_timeout",
    "on_timeout",
];

/// A macro that takes options.
pub(crate) struct Place {
    /// How it is written.
    name: &'static str,
    options: &'static [&'static str],
}

/// `#[cached(...)]`
pub(crate) const CACHED: Place = Place { name: "#[cached]", options: &OPTIONS };

/// `#[cache_policy(...)]`
pub(crate) const CACHE_POLICY: Place = Place {
    name: "#[cache_policy]",
    options: &["key", "ttl", "tags", "skip", "local_ttl", "codec", "compress", "cache", "crate"],
};

/// `policies!{ ... }`
pub(crate) const POLICIES: Place = Place { name: "policies!", options: &["tags", "crate"] };

impl Options {
    /// Reads one option after the other: a bad one does not hide the next.
    pub(crate) fn parse(place: &Place, attribute: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        for option in split(attribute, errors) {
            options.read(place, option, errors);
        }
        options
    }

    /// Whether `name` is given, readable or not.
    pub(crate) fn gives(&self, name: &str) -> bool {
        self.option(name).is_some() || self.misreads(name)
    }

    /// Whether `name` is given in a way that cannot be read.
    pub(crate) fn misreads(&self, name: &str) -> bool {
        self.misread.iter().any(|misread| misread == name)
    }

    /// The name of an option where it is given.
    pub(crate) fn option(&self, name: &str) -> Option<&Ident> {
        self.named.iter().find(|given| *given == name)
    }

    fn read(&mut self, place: &Place, option: TokenStream, errors: &mut Errors) {
        let read = |input: ParseStream| {
            if !input.peek(Ident::peek_any) {
                return Err(self.without_name(place, input.parse()?));
            }
            let name = input.call(Ident::parse_any)?;
            if let Err(error) = self.accepts(place, &name) {
                input.parse::<TokenStream>()?;
                return Err(error);
            }
            self.named.push(name.clone());
            let value = self.value(&name, input, errors);
            if value.is_err() {
                self.misread.push(name.to_string());
                input.parse::<TokenStream>()?;
            }
            value
        };
        if let Err(error) = read.parse2(option) {
            errors.push(error);
        }
    }

    /// A value without its name. Who writes one does not know the others either.
    fn without_name(&mut self, place: &Place, option: TokenStream) -> syn::Error {
        let Ok(literal) = syn::parse2::<LitStr>(option.clone()) else {
            return syn::Error::new_spanned(option, not_an_option(place));
        };
        self.misread.extend(["key", "ttl"].map(str::to_owned));
        let name = match place.options {
            ["tags", ..] => "tags",
            _ if duration::parse("ttl", &literal).is_ok() => "ttl",
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

    fn accepts(&mut self, place: &Place, name: &Ident) -> syn::Result<()> {
        let written = name.to_string();
        let here = place.options.contains(&written.as_str());
        if !here && OPTIONS.contains(&written.as_str()) {
            return Err(syn::Error::new(name.span(), elsewhere(place, &written)));
        }
        if LATER.contains(&written.as_str()) {
            let message =
                with_help(&format!("`{written}` is not supported yet"), "leave it out for now");
            return Err(syn::Error::new(name.span(), message));
        }
        if !here {
            let meant = meant(place, &written);
            self.misread.extend(meant.map(str::to_owned));
            return Err(syn::Error::new(name.span(), unknown_option(place, &written, meant)));
        }
        if self.option(&written).is_some() && written != "group" {
            let help = if written == "tags" || written == "skip" {
                "put both into one list"
            } else {
                "leave one of them out"
            };
            let message = with_help(&format!("`{written}` is given twice"), help);
            return Err(syn::Error::new(name.span(), message));
        }
        Ok(())
    }

    fn value(&mut self, name: &Ident, input: ParseStream, errors: &mut Errors) -> syn::Result<()> {
        let written = name.to_string();
        match written.as_str() {
            "skip" => {
                self.skip = value::skips(name, input)?;
                return value::end(name, input);
            }
            "group" => {
                self.groups.push(Group::parse(name, input)?);
                return value::end(name, input);
            }
            _ if self.guarding.read(name, input)? => return value::end(name, input),
            _ => value::equals(name, input)?,
        }
        match written.as_str() {
            "key" => {
                let literal = value::text(name, input)?;
                self.key = Some(Template::parse("key", &literal, errors));
            }
            "tags" => {
                for literal in value::texts(name, input)? {
                    self.tags.push(Template::parse("tag", &literal, errors));
                }
            }
            "ttl" => self.ttl = Some(value::ttl(name, input)?),
            "none_ttl" => self.none_ttl = Some(value::duration(name, input)?),
            "local_ttl" => self.local_ttl = Some(value::duration(name, input)?),
            "when" => self.when = Some(value::expression(name, input)?),
            "store_if" => self.store_if = Some(value::closure(name, input)?),
            "version" => self.version = Some(value::number(name, input)?),
            "tier" => self.tier = Some(value::text(name, input)?),
            "codec" => self.codec = Some(value::text(name, input)?),
            "compress" => self.compress = Some(value::text(name, input)?),
            "strategy" => self.strategy = Some(value::text(name, input)?),
            "cache" => self.cache = Some(value::path(name, "CATALOG", input)?),
            "value" => self.value = Some(value::stored(name, input)?),
            "writes" => {
                let target = value::expression(name, input)?;
                self.writes = Some(Reference::from_expression(target)?.one_entry("writes")?);
            }
            "companion" => self.companion = Some(value::name(name, input)?),
            "crate" => self.runtime = Some(value::path(name, "other_name", input)?),
            _ => {}
        }
        value::end(name, input)
    }
}

fn not_an_option(place: &Place) -> String {
    let example = match place.options {
        ["tags", ..] => "tags = [\"user\"]",
        _ => "key = \"user:<id>\"",
    };
    with_help("this is not an option", &format!("options are written `{example}`"))
}

/// The option that was most likely meant.
fn meant(place: &Place, written: &str) -> Option<&'static str> {
    let Place { name, options } = place;
    let later = LATER.iter().filter(|_| *name == CACHED.name);
    let meant = nearest(written, options.iter().chain(later).copied());
    meant.or_else(|| other_word(written).filter(|word| options.contains(word)))
}

fn unknown_option(place: &Place, written: &str, meant: Option<&str>) -> String {
    let Place { name, options } = place;
    let help = match meant {
        Some(meant) => format!("write `{meant}`"),
        None => format!("the options are {}", listed(*options)),
    };
    with_help(&format!("`{written}` is not an option of `{name}`"), &help)
}

/// For an option of one function where several share theirs.
fn elsewhere(place: &Place, written: &str) -> String {
    let Place { name, options } = place;
    with_help(
        &format!("`{written}` is an option of `#[cached]`, not of `{name}`"),
        &format!("write it on the function; the options here are {}", listed(*options)),
    )
}

/// What other libraries call an option of this one.
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
            after.spacing() == Spacing::Alone && OPTIONS.iter().any(|option| name == option)
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
    assigns && OPTIONS.iter().any(|option| name == option)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::{CACHED, Options};
    use crate::diag::Errors;
    use crate::parse::value::Ttl;

    fn parse(attribute: TokenStream) -> (Options, Vec<String>) {
        let mut errors = Errors::default();
        let options = Options::parse(&CACHED, attribute, &mut errors);
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
        assert_eq!(options.named.len(), 16);
        let skips: Vec<String> = options.skip.iter().map(super::Skip::path).collect();
        assert_eq!(skips, ["db", "self", "f.sort", "f.*", "p.0"]);
        assert!(options.when.is_some() && options.store_if.is_some() && options.runtime.is_some());
    }

    #[test]
    fn one_bad_option_does_not_hide_the_next() {
        let (options, errors) = parse(quote! { tll = "1h", ttl = "60", key = 5, version = "x" });
        assert_eq!(errors.len(), 4, "{errors:?}");
        assert!(options.gives("ttl") && options.ttl.is_none());
        assert!(options.gives("key") && options.key.is_none());
    }

    #[test]
    fn values_from_a_macro_arrive_in_groups() {
        let group = |tokens| proc_macro2::Group::new(proc_macro2::Delimiter::None, tokens);
        let (key, ttl) = (group(quote!("user:<id>")), group(quote!(|user| user.ttl)));
        let (options, errors) = parse(quote! { key = #key, ttl = #ttl });
        assert_eq!(errors, [""; 0]);
        assert!(options.key.is_some());
        assert!(matches!(options.ttl, Some(Ttl::Closure(_))));
    }

    #[test]
    fn options_of_later_versions_are_known() {
        let (_, errors) =
            parse(quote! { refresh_ahead = 0.8, patience = "1s", key = "a", ttl = "1s" });
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("`refresh_ahead` is not supported yet"));
    }

    #[test]
    fn a_missing_comma_is_the_only_mistake() {
        let (options, errors) = parse(quote! { key = "a" ttl = "1s" });
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with("a comma is missing before `ttl`"));
        assert!(options.ttl.is_some());
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
