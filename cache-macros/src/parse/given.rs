//! An option of an attribute, given or not.

use syn::Ident;

/// The value of an option, and whether the option is given at all: one that cannot be read is not missing.
#[derive(Clone)]
pub(crate) struct Given<T> {
    name: Option<Ident>,
    /// Whether a method has it from its block.
    inherited: bool,
    misread: bool,
    value: Option<T>,
}

impl<T> Given<T> {
    /// The value, if it is given and could be read.
    pub(crate) fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// The name where it is given.
    pub(crate) fn name(&self) -> Option<&Ident> {
        self.name.as_ref()
    }

    /// Whether the option is given, readable or not.
    pub(crate) fn is_given(&self) -> bool {
        self.name.is_some() || self.misread
    }

    /// Whether the option is given in a way that cannot be read, or its name is misspelt.
    pub(crate) fn is_misread(&self) -> bool {
        self.misread
    }

    /// Whether a method has the option from its block, and does not give it itself.
    pub(crate) fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Takes away a value that turned out to be wrong, which was reported.
    pub(crate) fn reject(&mut self) {
        self.value = None;
        self.misread = true;
    }

    /// Takes the value away.
    pub(crate) fn take(&mut self) -> Option<T> {
        self.value.take()
    }

    /// Puts another value in the place of the one that is given.
    pub(crate) fn replace(&mut self, value: T) {
        self.value = Some(value);
    }
}

impl<T: Clone> Given<T> {
    /// The option as a method has it from its block.
    pub(super) fn inherited(&self) -> Self {
        Self { inherited: true, ..self.clone() }
    }
}

impl<T> Given<Vec<T>> {
    /// The items of a list; none if it is not given.
    pub(crate) fn items(&self) -> &[T] {
        self.value.as_deref().unwrap_or_default()
    }

    /// The list itself, to be added to.
    pub(crate) fn items_mut(&mut self) -> &mut Vec<T> {
        self.value.get_or_insert_default()
    }
}

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self { name: None, inherited: false, misread: false, value: None }
    }
}

/// Keeps what was read: a value, or one more item of an option that may be given several times.
pub(super) trait Keep<T> {
    fn keep(&mut self, value: T);
}

impl<T> Keep<T> for Given<T> {
    fn keep(&mut self, value: T) {
        self.value = Some(value);
    }
}

impl<T> Keep<T> for Given<Vec<T>> {
    fn keep(&mut self, value: T) {
        self.items_mut().push(value);
    }
}

/// An option of whatever type, as far as the table knows it.
pub(super) trait Slot {
    fn is_given(&self) -> bool;
    fn is_inherited(&self) -> bool;
    fn is_misread(&self) -> bool;
    /// Notes where the option is given.
    fn named(&mut self, name: &Ident);
    /// Notes that the option is given, and cannot be read.
    fn misread(&mut self);
}

impl<T> Slot for Given<T> {
    fn is_given(&self) -> bool {
        self.is_given()
    }

    fn is_inherited(&self) -> bool {
        self.inherited
    }

    fn is_misread(&self) -> bool {
        self.misread
    }

    fn named(&mut self, name: &Ident) {
        self.name = Some(name.clone());
    }

    fn misread(&mut self) {
        self.misread = true;
    }
}
