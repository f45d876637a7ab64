//! Caches in place of those in the slots, for one thread at a time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::slot::{CacheSlot, DEFAULT_SLOT};
use crate::background::{Surroundings, surround};
use crate::cache::{Cache, Config};
use crate::policy::Policy;

thread_local! {
    static CURRENT: RefCell<Option<Isolated>> = const { RefCell::new(None) };
    /// The policies that the future which is polled has asked for, while somebody wants to know.
    static ASKED: RefCell<Option<Vec<Policy>>> = const { RefCell::new(None) };
}

/// The policies that a future asks for, each once.
#[derive(Default)]
pub(crate) struct Asked(Vec<Policy>);

impl Asked {
    /// Notes what is asked for meanwhile.
    pub(crate) fn during<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let before = ASKED.replace(Some(std::mem::take(&mut self.0)));
        let noting = Noting { asked: self, before };
        let polled = poll();
        drop(noting);
        polled
    }

    pub(crate) fn policies(&self) -> &[Policy] {
        &self.0
    }
}

/// Puts back, also after a panic, what was noted before, with what has come.
struct Noting<'a> {
    asked: &'a mut Asked,
    before: Option<Vec<Policy>>,
}

impl Drop for Noting<'_> {
    fn drop(&mut self) {
        self.asked.0 = ASKED.replace(self.before.take()).unwrap_or_default();
        self.asked.0.iter().for_each(note);
    }
}

fn note(policy: &Policy) {
    // In vain on a thread that ends.
    let _ = ASKED.try_with(|asked| {
        if let Some(asked) = &mut *asked.borrow_mut()
            && !asked.iter().any(|other| (other.module, other.name) == (policy.module, policy.name))
        {
            asked.push(*policy);
        }
    });
}

/// One test's caches: one for each slot that it uses, all of the same kind.
#[derive(Clone)]
pub(crate) struct Isolated {
    config: Config,
    /// By the slot's address.
    caches: Arc<Mutex<HashMap<usize, Cache>>>,
}

impl Isolated {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, caches: Arc::default() }
    }

    /// Caches of which the one of functions that name no slot is there already.
    pub(crate) fn around(config: Config, cache: Cache) -> Self {
        let isolated = Self::new(config);
        let slot = std::ptr::from_ref(&DEFAULT_SLOT).addr();
        isolated.caches.lock().insert(slot, cache);
        isolated
    }

    /// The cache in place of the slot's, made when it is first asked for.
    pub(crate) fn cache(&self, slot: &'static CacheSlot) -> Cache {
        let mut caches = self.caches.lock();
        let cache = caches.entry(std::ptr::from_ref(slot).addr());
        cache.or_insert_with(|| Cache::with(self.config.clone())).clone()
    }

    /// The cache of functions that name no slot.
    pub(crate) fn default_cache(&self) -> Cache {
        self.cache(&DEFAULT_SLOT)
    }

    /// Puts these caches in place on this thread, until the guard is dropped.
    pub(crate) fn enter(&self) -> Entered {
        let mine = self.clone();
        let surroundings: Surroundings = Arc::new(move |poll| {
            let _entered = mine.enter();
            poll();
        });
        let around = surround(Some(surroundings));
        let mine = Some(self.clone());
        let before = CURRENT.try_with(|current| current.replace(mine)).unwrap_or_default();
        Entered { before, around }
    }
}

/// Puts back what was in place before.
#[must_use = "the caches are in place until this is dropped"]
pub(crate) struct Entered {
    before: Option<Isolated>,
    around: Option<Surroundings>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        let _mine = CURRENT.try_with(|current| current.replace(before));
        let _mine = surround(self.around.take());
    }
}

impl CacheSlot {
    /// The cache that the test on this thread has in place of the slot's; `None` if the slot's own is to be used.
    ///
    /// # Panics
    /// If there is neither: tests that share a cache by accident fail in ways that depend on their order.
    pub(crate) fn isolated(&'static self, policy: &Policy) -> Option<Cache> {
        note(policy);
        let isolated = current(self);
        let Policy { name, module, file, line, .. } = policy;
        assert!(
            isolated.is_some() || self.is_installed(),
            "`{module}::{name}` ({file}:{line}) was called outside of an isolated cache while the feature `testing` is on\n\
             help: start the test with `let cache = cache_runtime::testing::isolate();`\n\
             help: isolated is what runs on the test's own thread: what it spawns on others is run in `cache.scope(future)`\n\
             help: a program, or an example of one, installs a cache before the first call"
        );
        isolated
    }
}

fn current(slot: &'static CacheSlot) -> Option<Cache> {
    let isolated = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten();
    isolated.map(|isolated| isolated.cache(slot))
}
