//! Which load waits for which, so that no wait closes a circle.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::token::Token;

/// A wait would close a circle, in which nobody would ever go on.
#[derive(Debug)]
pub(crate) struct Circle;

/// For each load that waits: the loads it waits for. One table for the process, because a circle may lead through
/// several caches. Only loads that call cached functions enter it.
static WAITS: Mutex<Option<HashMap<Token, Vec<Token>>>> = Mutex::new(None);

/// One load's wait for another; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Wait {
    waiting: Token,
    on: Token,
}

impl Wait {
    /// Notes that the load `waiting` waits for the load `on`.
    pub(crate) fn begin(waiting: Token, on: Token) -> Result<Self, Circle> {
        let mut waits = WAITS.lock();
        let waits = waits.get_or_insert_default();
        if reaches(waits, on, waiting) {
            return Err(Circle);
        }
        waits.entry(waiting).or_default().push(on);
        Ok(Self { waiting, on })
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut waits = WAITS.lock();
        let waits = waits.get_or_insert_default();
        let Some(on) = waits.get_mut(&self.waiting) else { return };
        if let Some(at) = on.iter().position(|on| *on == self.on) {
            on.swap_remove(at);
        }
        if on.is_empty() {
            waits.remove(&self.waiting);
        }
    }
}

fn reaches(waits: &HashMap<Token, Vec<Token>>, from: Token, to: Token) -> bool {
    let mut next = vec![from];
    // Free of circles by construction, so this ends.
    while let Some(load) = next.pop() {
        if load == to {
            return true;
        }
        next.extend(waits.get(&load).into_iter().flatten());
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_would_close_a_circle_is_refused_and_possible_once_the_circle_is_open() {
        let [a, b, c] = [Token::new(), Token::new(), Token::new()];
        let ab = Wait::begin(a, b).unwrap();
        let _bc = Wait::begin(b, c).unwrap();
        assert!(Wait::begin(c, a).is_err());
        assert!(Wait::begin(a, a).is_err());
        drop(ab);
        assert!(Wait::begin(c, a).is_ok());
    }
}
