//! A share of the ttl: `0.8`.

use syn::{Expr, ExprLit, Lit, LitFloat};

use super::value::{Reading, expression};
use crate::diag::with_help;

/// The share of a ttl.
#[derive(Clone)]
pub(crate) struct Share {
    pub(crate) thousandths: u16,
}

/// The smallest share: below it a value would be loaded all the time. In thousandths.
const LEAST: u16 = 50;

/// The largest share: above it a refresh would hardly end before the value does. In thousandths.
const MOST: u16 = 990;

/// Reads a share, which is a number between 0 and 1.
pub(super) fn read(option: &mut Reading<'_>) -> syn::Result<Share> {
    let value = expression(option)?;
    let name = option.name;
    let error =
        |what: &str, help: &str| Err(syn::Error::new_spanned(&value, with_help(what, help)));
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => match thousandths(number) {
            Some(thousandths) => Ok(Share { thousandths }),
            None => error(&out_of_range(name, number), &format!("write `{}`", option.example)),
        },
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
            let percent = number.base10_parse().ok().filter(|percent| (5..=99).contains(percent));
            let help = match percent {
                Some(percent) => format!("write `{name} = {}`", of_hundred(percent)),
                None => format!("write `{}`", option.example),
            };
            error(&out_of_range(name, number), &help)
        }
        Expr::Unary(number) => error(
            &out_of_range(name, &quote::quote!(#number)),
            &format!("write `{}`", option.example),
        ),
        _ => error(
            &format!("`{name}` takes a share of the ttl, a number between 0 and 1"),
            &format!("write `{}`", option.example),
        ),
    }
}

fn thousandths(number: &LitFloat) -> Option<u16> {
    let share: f64 = number.base10_parse().ok()?;
    let exact = share * 1000.0;
    (LEAST..=MOST).find(|thousandths| (f64::from(*thousandths) - exact).abs() <= 0.5)
}

fn of_hundred(percent: u8) -> String {
    format!("0.{percent:02}").trim_end_matches('0').to_owned()
}

fn out_of_range(name: &syn::Ident, number: &impl ToString) -> String {
    let written = number.to_string().replace(' ', "");
    format!("`{written}` is not between 0.05 and 0.99, and `{name}` is a share of the ttl")
}

#[cfg(test)]
mod tests {
    use super::{of_hundred, thousandths};

    #[test]
    fn shares_are_rounded_to_thousandths_and_bounded() {
        let read = |text: &str| thousandths(&syn::parse_str(text).expect("a float"));
        assert_eq!([read("0.8"), read("0.05"), read("0.99")], [Some(800), Some(50), Some(990)]);
        assert_eq!(
            [read("8e-1"), read("0.666_7"), read("0.8f32")],
            [Some(800), Some(667), Some(800)]
        );
        assert_eq!(
            [read("0.0"), read("1.0"), read("0.04"), read("0.995"), read("1e300")],
            [None; 5]
        );
    }

    #[test]
    fn a_percentage_leads_to_its_share() {
        assert_eq!([of_hundred(80), of_hundred(5), of_hundred(99)], ["0.8", "0.05", "0.99"]);
    }
}
