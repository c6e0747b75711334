//! [`Workers`]: the workers of a queue, and the slots of each.

use std::collections::{BTreeMap, VecDeque};

use crate::run::RunId;

/// One of the workers of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WorkerId(u64);

impl WorkerId {
    /// The worker's name, as recorded in its attempts.
    pub(super) fn name(self) -> String {
        format!("in-process-{}", self.0)
    }
}

/// The workers of a queue.
#[derive(Debug, Default)]
pub(super) struct Workers {
    workers: BTreeMap<WorkerId, Worker>,
    last: u64,
}

#[derive(Debug)]
struct Worker {
    concurrency: usize,
    busy: usize,
    /// The runs that waited for a child and want to continue, in order.
    returning: VecDeque<RunId>,
}

impl Workers {
    pub(super) fn join(&mut self, concurrency: usize) -> WorkerId {
        self.last += 1;
        let id = WorkerId(self.last);
        let worker = Worker {
            concurrency,
            busy: 0,
            returning: VecDeque::new(),
        };
        self.workers.insert(id, worker);
        id
    }

    pub(super) fn leave(&mut self, id: WorkerId) {
        self.workers.remove(&id);
    }

    pub(super) fn ids(&self) -> Vec<WorkerId> {
        self.workers.keys().copied().collect()
    }

    pub(super) fn has_room(&self, id: WorkerId) -> bool {
        let worker = self.workers.get(&id);
        worker.is_some_and(|worker| worker.busy < worker.concurrency)
    }

    pub(super) fn hold(&mut self, id: WorkerId) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.busy += 1;
        }
    }

    pub(super) fn release(&mut self, id: WorkerId) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.busy = worker.busy.saturating_sub(1);
        }
    }

    /// Queues a run that wants to continue. Has no effect the second time.
    pub(super) fn ask(&mut self, id: WorkerId, run: RunId) {
        if let Some(worker) = self.workers.get_mut(&id)
            && !worker.returning.contains(&run)
        {
            worker.returning.push_back(run);
        }
    }

    /// Removes a run that no longer wants to continue.
    pub(super) fn forget(&mut self, id: WorkerId, run: RunId) {
        if let Some(worker) = self.workers.get_mut(&id) {
            worker.returning.retain(|returning| *returning != run);
        }
    }

    /// Returns the first run that wants to continue and can.
    pub(super) fn next_waiting(
        &self,
        id: WorkerId,
        can_run: impl Fn(&RunId) -> bool,
    ) -> Option<RunId> {
        let mut returning = self.workers.get(&id)?.returning.iter();
        returning.find(|run| can_run(run)).copied()
    }
}
