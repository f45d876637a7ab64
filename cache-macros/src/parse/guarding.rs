//! How a function that writes guards what it writes: `guard`, `hold` and `only_ok`, as written.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Ident, LitStr};

use super::value::{Lifetime, duration, equals, text};
use crate::diag::with_help;

/// The options that say how entries are guarded.
#[derive(Default)]
pub(crate) struct Guarding {
    pub(crate) guard: Option<LitStr>,
    pub(crate) hold: Option<Lifetime>,
    pub(crate) only_ok: Option<Ident>,
}

/// Reports what follows an option that has no value.
fn alone(name: &Ident, input: ParseStream) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    let value: TokenStream = input.parse()?;
    let help = match value.to_string().as_str() {
        "= false" => "leave it out".to_owned(),
        _ => format!("write `{name}` alone"),
    };
    let message = with_help(&format!("`{name}` takes no value"), &help);
    Err(syn::Error::new_spanned(value, message))
}

impl Guarding {
    pub(crate) const OPTIONS: [&str; 3] = ["guard", "hold", "only_ok"];

    /// Reads the option up to its end, if it is one of these.
    pub(super) fn read(&mut self, name: &Ident, input: ParseStream) -> syn::Result<bool> {
        match name.to_string().as_str() {
            "only_ok" => {
                alone(name, input)?;
                self.only_ok = Some(name.clone());
            }
            "guard" => {
                equals(name, input)?;
                self.guard = Some(text(name, input)?);
            }
            "hold" => {
                equals(name, input)?;
                self.hold = Some(duration(name, input)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
