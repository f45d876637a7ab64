//! Values that are dropped elsewhere.
//!
//! A value's `Drop` is the user's code: it may take its time, and it may panic. A panic concerns nobody but the value: the
//! invalidation that ends it is to be completed, and the next one is to be dropped. The thread on which connections live
//! ends copies of values, and may not take its time either: what it removes is dropped by a thread that has nothing else to
//! do.

use std::cell::RefCell;
use std::sync::{OnceLock, mpsc};
use std::thread;

use crate::contained::contained;

type Discarded = Box<dyn Send>;

thread_local! {
    /// What was discarded on this thread, while somebody wants it to be dropped elsewhere.
    static COLLECTED: RefCell<Option<Vec<Discarded>>> = const { RefCell::new(None) };
}

/// Drops a value: here, or elsewhere if it is discarded inside of [`Elsewhere::drops`]. Does not panic if that does. Not to
/// be called with a lock held.
pub(crate) fn discard<T: Send + 'static>(value: T) {
    let mut value = Some(value);
    // Without a list, as on a thread that ends, the value is dropped here.
    let _ = COLLECTED.try_with(|collected| {
        if let Some(collected) = &mut *collected.borrow_mut() {
            collected.extend(value.take().map(|value| Box::new(value) as Discarded));
        }
    });
    drop_alone(value);
}

/// A thread that drops values, started with the first of them. It ends with this, after the last.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere(OnceLock<Option<mpsc::Sender<Discarded>>>);

impl Elsewhere {
    /// Does something, without waiting for the end of what it discards.
    pub(crate) fn drops<T>(&self, act: impl FnOnce() -> T) -> T {
        let before = COLLECTED.replace(Some(Vec::new()));
        // In its drop, because whatever else panics must not leave this thread a list that nobody empties.
        let _collecting = Collecting { elsewhere: self, before };
        act()
    }

    fn take(&self, value: Discarded) {
        match self.0.get_or_init(start) {
            Some(thread) => drop(thread.send(value)),
            None => drop_alone(value),
        }
    }
}

struct Collecting<'e> {
    elsewhere: &'e Elsewhere,
    before: Option<Vec<Discarded>>,
}

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        let collected = COLLECTED.replace(self.before.take());
        collected.into_iter().flatten().for_each(|value| self.elsewhere.take(value));
    }
}

fn start() -> Option<mpsc::Sender<Discarded>> {
    let (sender, discarded) = mpsc::channel();
    let started = thread::Builder::new()
        .name("cache-drop".to_owned())
        .spawn(move || discarded.into_iter().for_each(drop_alone));
    started.ok().map(|_| sender)
}

/// A panic concerns nobody but the value.
fn drop_alone<T>(value: T) {
    let _ = contained(|| drop(value));
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    /// Tells on which thread it is dropped, and may panic then.
    struct Told(Sender<Option<String>>, bool);

    impl Drop for Told {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().name().map(str::to_owned));
            if self.1 {
                // Without the message that a panic prints.
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        }
    }

    fn next(told: &Receiver<Option<String>>) -> String {
        told.recv_timeout(Duration::from_secs(20)).unwrap().unwrap()
    }

    fn here() -> String {
        thread::current().name().map(str::to_owned).unwrap()
    }

    #[test]
    fn a_value_is_dropped_where_it_is_discarded_unless_somebody_says_elsewhere() {
        let (sender, told) = channel();
        let here = here();
        let elsewhere = Elsewhere::default();
        discard(Told(sender.clone(), false));
        assert_eq!(next(&told), here);
        assert_eq!(elsewhere.drops(|| discard(Told(sender.clone(), false))), ());
        assert_eq!(next(&told), "cache-drop");
        discard(Told(sender, false));
        assert_eq!(next(&told), here);
    }

    #[test]
    fn a_value_that_panics_does_not_concern_whoever_discards_it() {
        let (sender, told) = channel();
        discard(Told(sender.clone(), true));
        discard(vec![Told(sender, true)]);
        assert_eq!([next(&told), next(&told)], [(); 2].map(|()| here()));
    }

    #[test]
    fn a_value_that_panics_keeps_none_from_being_dropped() {
        let (sender, told) = channel();
        let elsewhere = Elsewhere::default();
        elsewhere.drops(|| (0..3).for_each(|_| discard(Told(sender.clone(), true))));
        drop(elsewhere);
        assert_eq!([(); 3].map(|()| next(&told)), ["cache-drop"; 3]);
    }

    #[test]
    fn a_panic_leaves_no_list_behind() {
        let (sender, told) = channel();
        let elsewhere = Elsewhere::default();
        let panics = || {
            elsewhere.drops(|| {
                discard(Told(sender.clone(), false));
                std::panic::resume_unwind(Box::new("on purpose"));
            });
        };
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert_eq!(next(&told), "cache-drop");
        discard(Told(sender, false));
        assert_ne!(next(&told), "cache-drop");
    }
}
