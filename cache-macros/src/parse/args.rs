//! The arguments of a function, as a key sees them.

use syn::ext::IdentExt;
use syn::visit::Visit;
use syn::{FnArg, Ident, Pat, PatIdent, PatType, Receiver, Signature, Type};

use super::condition::Condition;

/// The arguments of a function.
pub(crate) struct Arguments {
    pub(crate) receiver: Option<Receiver>,
    pub(crate) typed: Vec<Argument>,
}

/// One argument of a function: `id: i64`, or `Path(id): Path<u64>`.
#[derive(Clone)]
pub(crate) struct Argument {
    pub(crate) pattern: Pat,
    pub(crate) ty: Type,
    /// The names that the pattern binds: one, save for a pattern that takes a value apart.
    pub(crate) names: Vec<Ident>,
    /// The builds in which it exists, if not all.
    pub(crate) condition: Option<Condition>,
    /// In `all @ (a, b)` the parts `a` and `b`, each with `all`.
    parts: Vec<(Ident, Ident)>,
}

impl Arguments {
    pub(crate) fn of(signature: &Signature) -> Self {
        let typed = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(Argument::new(typed)),
            FnArg::Receiver(_) => None,
        });
        Self { receiver: signature.receiver().cloned(), typed: typed.collect() }
    }

    /// The argument that binds `name`, written without `r#`.
    pub(crate) fn find(&self, name: &str) -> Option<(&Argument, &Ident)> {
        self.bindings().find(|(_, bound)| plain(bound) == name)
    }

    /// All arguments that bind `name`: several, if each exists in other builds.
    pub(crate) fn binding<'a>(&'a self, name: &'a Ident) -> impl Iterator<Item = &'a Argument> {
        self.typed.iter().filter(move |argument| argument.names.contains(name))
    }

    /// The builds in which an argument binds `name`; `None` if it is all, or none.
    pub(crate) fn condition(&self, name: &Ident) -> Option<Condition> {
        let conditions = self.binding(name).map(|argument| argument.condition.clone());
        let conditions = conditions.collect::<Option<Vec<Condition>>>()?;
        (!conditions.is_empty()).then(|| Condition::any(&conditions))
    }

    pub(crate) fn bindings(&self) -> impl Iterator<Item = (&Argument, &Ident)> {
        self.typed
            .iter()
            .flat_map(|argument| argument.names.iter().map(move |name| (argument, name)))
    }

    /// The names, as a key writes them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.bindings().map(|(_, name)| plain(name)).collect()
    }
}

impl Argument {
    fn new(typed: &PatType) -> Self {
        let mut bound = Bound::default();
        bound.visit_pat(&typed.pat);
        let Bound { names, parts, .. } = bound;
        Self {
            pattern: (*typed.pat).clone(),
            ty: (*typed.ty).clone(),
            names,
            condition: Condition::of(&typed.attrs),
            parts,
        }
    }

    /// The name, if the whole argument has one.
    pub(crate) fn name(&self) -> Option<&Ident> {
        match &self.pattern {
            Pat::Ident(PatIdent { ident, subpat: None, .. }) => Some(ident),
            _ => None,
        }
    }

    /// The names of the patterns in which `part` stands, such as `all` for `a` in `all @ (a, b)`.
    pub(crate) fn wholes<'a>(&'a self, part: &'a Ident) -> impl Iterator<Item = &'a Ident> {
        self.parts.iter().filter(move |(name, _)| name == part).map(|(_, whole)| whole)
    }

    /// The type without references.
    pub(crate) fn bare(&self) -> &Type {
        self.unwrapped().0
    }

    /// The type without references, and the number of references in front of it.
    pub(crate) fn unwrapped(&self) -> (&Type, usize) {
        let (mut ty, mut references) = (&self.ty, 0);
        while let Type::Reference(reference) = ty {
            (ty, references) = (&reference.elem, references + 1);
        }
        (ty, references)
    }

    /// Whether `name` is this argument, and a reference.
    pub(crate) fn borrows(&self, name: &Ident) -> bool {
        self.name() == Some(name) && matches!(self.ty, Type::Reference(_))
    }
}

/// A name without `r#`: keys write `<type>` for `r#type`.
pub(crate) fn plain(name: &Ident) -> String {
    name.unraw().to_string()
}

#[derive(Default)]
struct Bound {
    names: Vec<Ident>,
    parts: Vec<(Ident, Ident)>,
    /// The names in whose patterns the next one stands.
    around: Vec<Ident>,
}

impl<'ast> Visit<'ast> for Bound {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        // an upper-case name in a pattern is a constant or a unit struct
        if pattern.subpat.is_some() || !pattern.ident.to_string().starts_with(char::is_uppercase) {
            let name = &pattern.ident;
            self.parts.extend(self.around.iter().map(|whole| (name.clone(), whole.clone())));
            self.names.push(name.clone());
        }
        self.around.push(pattern.ident.clone());
        syn::visit::visit_pat_ident(self, pattern);
        self.around.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    #[test]
    fn patterns_and_raw_names_are_arguments() {
        let signature: syn::Signature = syn::parse_quote! {
            fn f(&self, mut a: u8, Path(b): Path<u64>, r#type: &str, (c, _): (u8, u8))
        };
        let arguments = Arguments::of(&signature);
        assert_eq!(arguments.names(), ["a", "b", "type", "c"]);
        assert!(arguments.receiver.is_some());
        assert!(arguments.find("type").is_some());
        assert!(arguments.typed[0].name().is_some());
        assert!(arguments.typed[1].name().is_none());
    }

    #[test]
    fn a_part_knows_the_names_of_its_wholes() {
        let signature: syn::Signature = syn::parse_quote! {
            fn f(all @ (a, rest @ [b, ..]): (u8, [u8; 3]))
        };
        let [argument] = &Arguments::of(&signature).typed[..] else { panic!("one argument") };
        let wholes = |at: usize| -> Vec<String> {
            argument.wholes(&argument.names[at]).map(ToString::to_string).collect()
        };
        assert_eq!(argument.names.len(), 4);
        assert_eq!((wholes(0), wholes(1)), (vec![], vec!["all".to_owned()]));
        assert_eq!(wholes(3), ["all", "rest"]);
    }
}
