//! Observers of a warm: the closures that are told of its progress and of its errors.

use super::report::Warmed;

/// What is called with the report after each id.
pub(super) type Progress<'a> = Box<dyn FnMut(&Warmed) + Send + 'a>;

/// What is called with each id whose call returned an error.
pub(super) struct OnError<'a, Id, Returned> {
    keep: fn(&Id) -> Id,
    tell: Box<dyn FnMut(Id, Returned) -> bool + Send + 'a>,
}

impl<Id, Returned> OnError<'_, Id, Returned> {
    /// The id once more, beside the one that is given to the call.
    pub(super) fn keep(&self, id: &Id) -> Id {
        (self.keep)(id)
    }

    /// Tells of an error, if that is what the call returned.
    pub(super) fn tell(&mut self, id: Id, returned: Returned) -> bool {
        (self.tell)(id, returned)
    }
}

impl<'a, Id: Clone, T, E> OnError<'a, Id, Result<T, E>> {
    pub(super) fn new(mut on_error: impl FnMut(Id, E) + Send + 'a) -> Self {
        let tell = move |id, returned: Result<T, E>| match returned {
            Ok(_) => false,
            Err(error) => {
                on_error(id, error);
                true
            }
        };
        Self { keep: Clone::clone, tell: Box::new(tell) }
    }
}
