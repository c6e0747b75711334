//! [`Deliveries`]: tickets on their way through graphile_worker.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::fetch::Content;

/// A ticket that this worker was given, with the place it has here.
#[derive(Debug)]
pub(super) struct Delivered {
    /// To a worker before, that died.
    pub(super) was_handed_out: bool,
    pub(super) place: OwnedSemaphorePermit,
    pub(super) content: Content,
}

/// The tickets between the statement that fetched them and their handlers. graphile_worker carries
/// nothing but their numbers.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<i64, Delivered>,
    /// Those whose jobs were removed when they were fetched, and which graphile_worker has not asked
    /// to remove yet.
    removed: HashSet<i64>,
}

impl Deliveries {
    pub(super) fn add(&self, delivered: impl IntoIterator<Item = (i64, Delivered)>) {
        let mut state = self.lock();
        for (job, delivered) in delivered {
            if matches!(delivered.content, Content::Run { .. }) {
                state.removed.insert(job);
            }
            state.waiting.insert(job, delivered);
        }
    }

    /// For its handler.
    pub(super) fn take(&self, job: i64) -> Option<Delivered> {
        self.lock().waiting.remove(&job)
    }

    /// Whether the job was removed when it was fetched.
    pub(super) fn is_removed(&self, job: i64) -> bool {
        self.lock().removed.contains(&job)
    }

    /// Leaves the jobs that are still there.
    pub(super) fn without_removed(&self, jobs: &mut Vec<i64>) {
        let mut state = self.lock();
        jobs.retain(|job| !state.removed.remove(job));
    }

    /// Those that no handler has taken: graphile_worker has ended, and will not bring them.
    pub(super) fn clear(&self) -> Vec<Delivered> {
        let State { waiting, .. } = std::mem::take(&mut *self.lock());
        waiting.into_values().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
