//! The generic parameters that a companion keeps of its function.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::format_ident;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Generics, Ident, Lifetime, Path, Type, TypeReference, WherePredicate};

/// The parameters that some types mention, with all that their bounds mention: any other could
/// not be inferred.
pub(super) struct Kept<'a> {
    pub(super) params: Vec<&'a GenericParam>,
    pub(super) predicates: Vec<&'a WherePredicate>,
}

impl<'a> Kept<'a> {
    pub(super) fn of<'t>(
        generics: &'a Generics,
        types: impl Iterator<Item = &'t Type>,
        constants: impl Iterator<Item = &'t Path>,
    ) -> Self {
        let mut kept = Names::default();
        types.for_each(|ty| kept.visit_type(ty));
        constants.for_each(|path| kept.visit_path(path));
        let clauses: Vec<Clause<'a>> = generics
            .where_clause
            .iter()
            .flat_map(|clause| &clause.predicates)
            .map(|predicate| Clause::new(generics, predicate))
            .collect();
        loop {
            let before = kept.clone();
            for param in generics.params.iter().filter(|param| before.have(param)) {
                kept.visit_generic_param(param);
            }
            for clause in clauses.iter().filter(|clause| clause.subject.are_in(&before)) {
                kept.0.extend(clause.all.0.iter().cloned());
            }
            if kept == before {
                break;
            }
        }
        Self {
            params: generics.params.iter().filter(|param| kept.have(param)).collect(),
            predicates: clauses
                .iter()
                .filter(|clause| clause.all.are_in(&kept))
                .map(|clause| clause.predicate)
                .collect(),
        }
    }

    /// Whether any of them is a type or a constant.
    pub(super) fn has_types(&self) -> bool {
        self.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
    }

    /// Whether `ty` mentions a type or const parameter.
    pub(super) fn mentions(generics: &Generics, ty: &Type) -> bool {
        let mut names = Names::default();
        names.visit_type(ty);
        let inferred = |param: &&GenericParam| !matches!(param, GenericParam::Lifetime(_));
        generics.params.iter().filter(inferred).any(|param| names.have(param))
    }
}

/// A predicate of a `where`, and the parameters in it.
struct Clause<'a> {
    predicate: &'a WherePredicate,
    /// In what it constrains.
    subject: Names,
    all: Names,
}

impl<'a> Clause<'a> {
    fn new(generics: &Generics, predicate: &'a WherePredicate) -> Self {
        let (mut subject, mut all) = (Names::default(), Names::default());
        all.visit_where_predicate(predicate);
        match predicate {
            WherePredicate::Type(predicate) => subject.visit_type(&predicate.bounded_ty),
            _ => subject = all.clone(),
        }
        let params = |names: Names| {
            let is_param =
                |name: &String| generics.params.iter().any(|param| name_of(param) == *name);
            Names(names.0.into_iter().filter(is_param).collect())
        };
        Self { predicate, subject: params(subject), all: params(all) }
    }
}

fn name_of(param: &GenericParam) -> String {
    match param {
        GenericParam::Type(param) => param.ident.to_string(),
        GenericParam::Const(param) => param.ident.to_string(),
        GenericParam::Lifetime(param) => param.lifetime.to_string(),
    }
}

/// The names in some types and bounds.
#[derive(Clone, Default, PartialEq)]
struct Names(BTreeSet<String>);

impl Names {
    fn have(&self, param: &GenericParam) -> bool {
        self.0.contains(&name_of(param))
    }

    /// Whether there are any, all of them in `others`.
    fn are_in(&self, others: &Self) -> bool {
        !self.0.is_empty() && self.0.is_subset(&others.0)
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.0.insert(ident.to_string());
    }

    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        self.0.insert(lifetime.to_string());
    }
}

/// Gives each elided lifetime of `ty` a name: `impl Trait<&str>` may not leave it out.
pub(super) fn name_lifetimes(ty: &Type, names: &mut Vec<Lifetime>) -> Type {
    struct Name<'a>(&'a mut Vec<Lifetime>);
    impl Name<'_> {
        fn next(&mut self) -> Lifetime {
            let ident = format_ident!("key{}", self.0.len(), span = Span::mixed_site());
            let lifetime = Lifetime { apostrophe: Span::mixed_site(), ident };
            self.0.push(lifetime.clone());
            lifetime
        }
    }
    impl VisitMut for Name<'_> {
        fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
            if reference.lifetime.is_none() {
                reference.lifetime = Some(self.next());
            }
            visit_mut::visit_type_reference_mut(self, reference);
        }

        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident == "_" {
                *lifetime = self.next();
            }
        }

        // the lifetimes of a function pointer are its own
        fn visit_type_fn_ptr_mut(&mut self, _: &mut syn::TypeFnPtr) {}
    }
    let mut ty = ty.clone();
    Name(names).visit_type_mut(&mut ty);
    ty
}
