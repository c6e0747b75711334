//! [`Jobs`]: the jobs that this worker is executing.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use crate::lock::lock;

#[derive(Clone, Debug, Default)]
pub(super) struct Jobs(Arc<Mutex<HashSet<i64>>>);

impl Jobs {
    /// Registers a job as being executed until the guard is dropped.
    pub(super) fn execute(&self, job: i64) -> Executing<'_> {
        lock(&self.0).insert(job);
        Executing { jobs: self, job }
    }

    pub(super) fn contains(&self, job: i64) -> bool {
        lock(&self.0).contains(&job)
    }
}

/// A job that is being executed.
pub(super) struct Executing<'a> {
    jobs: &'a Jobs,
    job: i64,
}

impl Drop for Executing<'_> {
    fn drop(&mut self) {
        lock(&self.jobs.0).remove(&self.job);
    }
}
