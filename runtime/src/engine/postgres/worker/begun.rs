//! [`Begun`]: the tickets that this worker has in hand.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::deliveries::Delivered;
use super::fetch::Content;
use crate::task::RunId;

/// The tickets that were begun and whose outcome is not written down. Two of one run can be here: an
/// old one that is of no use any more, and the good one.
#[derive(Debug, Default)]
pub(super) struct Begun {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tickets: HashMap<(RunId, i32), Standing>,
    /// Runs that were cancelled since tickets were asked for: one of them may be among those that come.
    canceled: Option<HashSet<RunId>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Begun,
    /// The run was cancelled before its attempt started.
    Canceled,
}

impl Begun {
    /// Tickets are asked for.
    pub(super) fn asked(&self) {
        self.lock().canceled = Some(HashSet::new());
    }

    /// Those that were asked for have come, or will not.
    pub(super) fn answered(&self) {
        self.lock().canceled = None;
    }

    /// False if it is there already.
    pub(super) fn insert(&self, run: RunId, ticket: i32) -> bool {
        let mut state = self.lock();
        let canceled = state.canceled.as_ref();
        let standing = match canceled.is_some_and(|canceled| canceled.contains(&run)) {
            true => Standing::Canceled,
            false => Standing::Begun,
        };
        match state.tickets.entry((run, ticket)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(standing);
                true
            }
        }
    }

    /// Its outcome is written down, or it was never made.
    pub(super) fn remove(&self, run: RunId, ticket: i32) {
        self.lock().tickets.remove(&(run, ticket));
    }

    /// The outcomes of these are written down.
    pub(super) fn remove_all(&self, tickets: impl Iterator<Item = (RunId, i32)>) {
        let mut state = self.lock();
        for ticket in tickets {
            state.tickets.remove(&ticket);
        }
    }

    /// It was not begun after all.
    pub(super) fn forget(&self, delivered: &Delivered) {
        if let Content::Run { run, ticket, .. } = delivered.content {
            self.remove(run, ticket);
        }
    }

    /// Remembers it for an attempt that is about to start.
    pub(super) fn cancel(&self, run: RunId) {
        let mut state = self.lock();
        if let Some(canceled) = &mut state.canceled {
            canceled.insert(run);
        }
        for ((begun, _), standing) in state.tickets.iter_mut() {
            if *begun == run {
                *standing = Standing::Canceled;
            }
        }
    }

    pub(super) fn is_canceled(&self, run: RunId, ticket: i32) -> bool {
        self.lock().tickets.get(&(run, ticket)) == Some(&Standing::Canceled)
    }

    pub(super) fn marks(&self) -> (Vec<Uuid>, Vec<i32>) {
        let state = self.lock();
        let tickets = state.tickets.keys();
        tickets
            .map(|(run, ticket)| (*run.as_uuid(), *ticket))
            .unzip()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The database tells of a cancellation in one connection, and gives the ticket in another.
    #[test]
    fn a_run_that_is_cancelled_while_its_ticket_is_on_its_way_is_cancelled() {
        let (run, other) = (RunId::new(), RunId::new());
        let begun = Begun::default();
        begun.cancel(other);
        begun.asked();
        begun.cancel(run);
        assert!(begun.insert(run, 1) && begun.insert(other, 1));
        begun.answered();
        assert!(begun.is_canceled(run, 1));
        assert!(!begun.is_canceled(other, 1));
        assert!(!begun.insert(run, 1));

        begun.cancel(other);
        assert!(begun.is_canceled(other, 1));
        begun.remove(run, 1);
        assert!(begun.insert(run, 1));
        assert!(!begun.is_canceled(run, 1));
    }
}
