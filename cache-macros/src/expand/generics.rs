//! The generic parameters that a companion keeps of its function.

use proc_macro2::Span;
use quote::format_ident;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{GenericParam, Generics, Lifetime, Path, Type, TypeReference, WherePredicate};

use crate::parse::mentioned::{self, Mentioned};

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
        let mut kept = Mentioned::default();
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
            for param in generics.params.iter().filter(|param| before.has(param)) {
                kept.visit_generic_param(param);
            }
            for clause in clauses.iter().filter(|clause| clause.subject.is_within(&before)) {
                kept.0.extend(clause.all.0.iter().cloned());
            }
            if kept == before {
                break;
            }
        }
        Self {
            params: generics.params.iter().filter(|param| kept.has(param)).collect(),
            predicates: clauses
                .iter()
                .filter(|clause| clause.all.is_within(&kept))
                .map(|clause| clause.predicate)
                .collect(),
        }
    }

    /// Whether any kept parameter is a type or a constant.
    pub(super) fn has_types(&self) -> bool {
        self.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
    }

    /// Whether `ty` mentions a type or const parameter.
    pub(super) fn mentions(generics: &Generics, ty: &Type) -> bool {
        let mut names = Mentioned::default();
        names.visit_type(ty);
        let inferred = |param: &&GenericParam| !matches!(param, GenericParam::Lifetime(_));
        generics.params.iter().filter(inferred).any(|param| names.has(param))
    }
}

/// A predicate of a `where`, and the parameters in it.
struct Clause<'a> {
    predicate: &'a WherePredicate,
    /// The parameters in the type that is constrained.
    subject: Mentioned,
    all: Mentioned,
}

impl<'a> Clause<'a> {
    fn new(generics: &Generics, predicate: &'a WherePredicate) -> Self {
        let (mut subject, mut all) = (Mentioned::default(), Mentioned::default());
        all.visit_where_predicate(predicate);
        match predicate {
            WherePredicate::Type(predicate) => subject.visit_type(&predicate.bounded_ty),
            _ => subject = all.clone(),
        }
        let params = |names: Mentioned| {
            let is_param =
                |name: &String| generics.params.iter().any(|param| mentioned::name(param) == *name);
            Mentioned(names.0.into_iter().filter(is_param).collect())
        };
        Self { predicate, subject: params(subject), all: params(all) }
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
