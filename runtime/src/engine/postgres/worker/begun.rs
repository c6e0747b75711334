//! [`Begun`]: the tickets that this worker has in hand.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use crate::task::RunId;

/// The tickets that were begun and whose outcome is not written down. Two of one run can be here: an
/// old one that is of no use any more, and the good one.
#[derive(Debug, Default)]
pub(super) struct Begun {
    tickets: Mutex<HashMap<(RunId, i32), Standing>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Begun,
    /// The run was cancelled before its attempt started.
    Canceled,
}

impl Begun {
    /// False if it is there already.
    pub(super) fn insert(&self, run: RunId, ticket: i32) -> bool {
        match self.lock().entry((run, ticket)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(Standing::Begun);
                true
            }
        }
    }

    /// Its outcome is written down, or it was never made.
    pub(super) fn remove(&self, run: RunId, ticket: i32) {
        self.lock().remove(&(run, ticket));
    }

    /// Remembers it for an attempt that is about to start.
    pub(super) fn cancel(&self, run: RunId) {
        for ((begun, _), standing) in self.lock().iter_mut() {
            if *begun == run {
                *standing = Standing::Canceled;
            }
        }
    }

    pub(super) fn is_canceled(&self, run: RunId, ticket: i32) -> bool {
        self.lock().get(&(run, ticket)) == Some(&Standing::Canceled)
    }

    pub(super) fn ids(&self) -> Vec<Uuid> {
        self.lock().keys().map(|(run, _)| *run.as_uuid()).collect()
    }

    pub(super) fn marks(&self) -> (Vec<Uuid>, Vec<i32>) {
        let tickets = self.lock();
        tickets
            .keys()
            .map(|(run, ticket)| (*run.as_uuid(), *ticket))
            .unzip()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(RunId, i32), Standing>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
