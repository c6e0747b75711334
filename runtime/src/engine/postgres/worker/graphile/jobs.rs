//! [`Jobs`]: the jobs that this worker is executing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The jobs that this worker is executing.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs(Arc<Mutex<HashSet<i64>>>);

impl Jobs {
    /// Registers a job as being executed until the guard is dropped.
    pub(super) fn execute(&self, job: i64) -> Executing<'_> {
        self.lock().insert(job);
        Executing { jobs: self, job }
    }

    pub(super) fn contains(&self, job: i64) -> bool {
        self.lock().contains(&job)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that is being executed.
pub(super) struct Executing<'a> {
    jobs: &'a Jobs,
    job: i64,
}

impl Drop for Executing<'_> {
    fn drop(&mut self) {
        self.jobs.lock().remove(&self.job);
    }
}
