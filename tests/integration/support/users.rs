//! A table of users whose reads and writes a test can hold up, fail and count; with the functions that cache it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache_runtime::testing::Gate;
use cache_runtime::{Ambient, cached};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) name: String,
}

pub(crate) fn user(id: u64, name: &str) -> User {
    User { id, name: name.to_owned() }
}

/// What a write that is told to fail returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejected;

pub(crate) type Result<T> = std::result::Result<T, Rejected>;

#[derive(Clone, Debug, Default)]
pub(crate) struct Users(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    rows: Mutex<HashMap<u64, User>>,
    loads: AtomicUsize,
    slow_load: Mutex<Option<Gate>>,
}

impl Ambient for Users {}

impl Users {
    pub(crate) fn rows(&self) -> MutexGuard<'_, HashMap<u64, User>> {
        self.0.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, user: User) {
        self.rows().insert(user.id, user);
    }

    /// Makes the next load wait once it has read its row.
    pub(crate) fn slow_down_next_load(&self) -> Gate {
        let gate = Gate::new();
        *self.0.slow_load.lock().unwrap_or_else(PoisonError::into_inner) = Some(gate.clone());
        gate
    }

    pub(crate) async fn load(&self, id: u64) -> Result<User> {
        self.0.loads.fetch_add(1, Ordering::SeqCst);
        let row = self.rows().get(&id).cloned();
        let gate = self.0.slow_load.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(gate) = gate {
            gate.pass().await;
        }
        row.ok_or(Rejected)
    }

    /// The number of loads so far.
    pub(crate) fn loads(&self) -> usize {
        self.0.loads.load(Ordering::SeqCst)
    }
}

/// What happens in the source between the write of the row and the answer.
#[derive(Clone, Debug, Default)]
pub(crate) enum Then {
    #[default]
    Answer,
    Fail,
    Panic,
    Wait(Gate),
}

impl Ambient for Then {}

impl Then {
    pub(crate) async fn happens(self) -> Result<()> {
        match self {
            Self::Answer => Ok(()),
            Self::Fail => Err(Rejected),
            Self::Panic => panic!("the write panics, as the test asked it to"),
            Self::Wait(gate) => {
                gate.pass().await;
                Ok(())
            }
        }
    }
}

#[cached(ttl = "1h", key = "member:<id>", tags = ["user"], strategy = "write_through")]
pub(crate) async fn get_user(users: &Users, id: u64) -> Result<User> {
    users.load(id).await
}

#[cached(ttl = "1h", key = "member:<id>", tags = ["user"], strategy = "write_through")]
pub(crate) async fn save_user(users: &Users, id: u64, user: User, then: Then) -> Result<User> {
    debug_assert_eq!(user.id, id);
    users.set(user.clone());
    then.happens().await?;
    Ok(user)
}
