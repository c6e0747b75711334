//! [`Deliveries`]: tickets on their way through graphile_worker.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::fetch::BeginRow;
use super::plain::PlainRun;
use crate::task::RunId;

/// A ticket that this worker was given, with the place it has here.
#[derive(Debug)]
pub(super) struct Delivered {
    /// What graphile_worker knows it by.
    pub(super) job: i64,
    pub(super) run: RunId,
    pub(super) ticket: i32,
    /// To a worker before, that died.
    pub(super) was_handed_out: bool,
    pub(super) place: OwnedSemaphorePermit,
    pub(super) content: Content,
}

/// What a ticket is for.
#[derive(Debug)]
pub(super) enum Content {
    /// A run, as it was when the ticket was given out. The ticket itself is gone.
    Run(Box<BeginRow>),
    /// A run without a history, which is all in the ticket.
    Plain(PlainRun),
    /// Nothing: the run is gone, and so is the ticket.
    Gone,
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
    pub(super) fn add(&self, delivered: impl IntoIterator<Item = Delivered>) {
        let mut state = self.lock();
        for delivered in delivered {
            if !matches!(delivered.content, Content::Plain(_)) {
                state.removed.insert(delivered.job);
            }
            state.waiting.insert(delivered.job, delivered);
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
