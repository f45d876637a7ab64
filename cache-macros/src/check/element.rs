//! The rule for which name in the `writes` of a batch stands for one of its ids.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprPath, Ident};

use crate::diag::{Errors, with_help};
use crate::parse::args::{Argument, Arguments, plain};
use crate::parse::function::Function;
use crate::parse::options::Options;

/// The name in `writes` that is nothing in the function: it stands for one of the ids.
pub(super) fn element(
    options: &Options,
    function: &Function,
    arguments: &Arguments,
    list: &Argument,
    errors: &mut Errors,
) -> Option<Ident> {
    let target = options.writes.value()?;
    let list = list.name()?;
    let mut free = Free { known: arguments.names(), found: Vec::new(), list: None, is_list: list };
    for argument in target.arguments() {
        free.visit_expr(argument);
    }
    let (list, reader) = (plain(list), target.name().map_or_else(String::new, plain));
    if let Some(at) = free.list {
        let message = with_help(
            &format!("`{list}` is the list, and `{reader}` takes one of its ids"),
            &format!(
                "write `writes = {reader}(id)`: a name that is no argument stands for one of them"
            ),
        );
        errors.at(at, message);
        return None;
    }
    match free.found.as_slice() {
        [element] => Some(element.clone()),
        [] => {
            let message = with_help(
                &format!("`{}` does not say where the ids of `{list}` go", target.text()),
                &format!("write `{reader}(id)`: a name that is no argument stands for one of them"),
            );
            errors.at(target.name().map_or_else(Span::call_site, Ident::span), message);
            None
        }
        [first, second, ..] => {
            let function = &function.signature.ident;
            let message = with_help(
                &format!(
                    "`{first}` and `{second}` are no arguments of `{function}`, and one of them stands for an id of `{list}`"
                ),
                "take the other one as an argument; of an id that is a tuple name the fields, as in `get_user(id.0, id.1)`",
            );
            errors.at(second.span(), message);
            None
        }
    }
}

/// The names of variables in an expression that are no arguments.
struct Free<'a> {
    known: Vec<String>,
    found: Vec<Ident>,
    /// Where the list itself is passed.
    list: Option<Span>,
    is_list: &'a Ident,
}

impl<'ast> Visit<'ast> for Free<'_> {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        // the name of a function is no variable
        if !matches!(&*call.func, Expr::Path(_)) {
            self.visit_expr(&call.func);
        }
        call.args.iter().for_each(|argument| self.visit_expr(argument));
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = path.path.get_ident() {
            let plain = plain(name);
            if name == self.is_list {
                self.list.get_or_insert(name.span());
            } else if name != "self"
                && !plain.starts_with(char::is_uppercase)
                && !self.known.contains(&plain)
                && !self.found.contains(name)
            {
                self.found.push(name.clone());
            }
        }
        visit::visit_expr_path(self, path);
    }
}
