//! All that a policy says about the arguments of its function.

use proc_macro2::TokenStream;

use super::item::Item;
use super::parameters::Parameters;
use super::side::Side;
use crate::model::{Subject, Written};
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::function::Function;
use crate::parse::skip::Skip;
use crate::parse::template::Template;

/// The arguments of a function, with the key and the skips that account for them.
pub(crate) struct Account<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) function: &'a Function,
    pub(crate) skip: &'a [Skip],
    /// The code in options, which may use arguments.
    pub(crate) code: &'a TokenStream,
    pub(crate) parameters: Parameters<'a>,
    /// `None` if the key is missing or could not be read.
    pub(crate) key: Option<&'a Template>,
    /// Arguments that a misspelt placeholder was meant to name: already reported.
    pub(crate) meant: &'a [String],
    pub(super) side: &'a Side,
}

impl Account<'_> {
    /// The placeholders and skips of the argument, or the parameter, of that name.
    pub(super) fn item(&self, name: String, subject: Subject) -> Item<'_> {
        let in_key = self.key.iter().flat_map(|key| key.placeholders());
        let in_key = in_key.filter(|placeholder| placeholder.is_of(&name)).collect();
        let skipped = self.skip.iter().filter(|skip| plain(&skip.root) == name).collect();
        Item {
            name,
            subject,
            wholes: Vec::new(),
            ty: None,
            mutable: false,
            condition: None,
            in_key,
            skipped,
        }
    }

    pub(super) fn is_written(&self, name: &str) -> bool {
        let written = self.side.written().and_then(Written::argument);
        written.and_then(Argument::name).is_some_and(|value| plain(value) == name)
    }
}
