//! [`QueueStats`]: the numbers of open runs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// The open runs of a queue, counted in total, by task and by queue name. Returned by
/// [`Queue::stats`](super::Queue::stats).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStats {
    /// The counts of all open runs.
    pub total: RunCounts,
    /// The counts of each task with open runs, by task id.
    pub by_task: BTreeMap<String, RunCounts>,
    /// The counts of each queue with open runs, by queue name. A task without a `queue` has its own,
    /// named after the task's id.
    pub by_queue: BTreeMap<String, RunCounts>,
}

impl QueueStats {
    /// Adds the counts of a task's runs in a queue.
    pub(crate) fn add(&mut self, task_id: String, queue: String, counts: &RunCounts) {
        self.total.add(counts);
        self.by_task.entry(task_id).or_default().add(counts);
        self.by_queue.entry(queue).or_default().add(counts);
    }
}

/// The numbers of open runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunCounts {
    /// Runs that are due and wait for a worker or for a slot of their queue.
    pub queued: u64,
    /// The part of `queued` that waits only for a worker.
    pub due: u64,
    /// Runs that are not due yet.
    pub delayed: u64,
    /// Runs with an attempt in progress. Attempts shorter than 50 ms may be missing.
    pub executing: u64,
    /// Runs whose attempt waits for a child.
    pub waiting: u64,
    /// The part of `queued` that waits for a slot of its queue.
    pub parked: u64,
    /// When the oldest run in `queued` was due.
    pub oldest_due: Option<DateTime<Utc>>,
}

impl RunCounts {
    fn add(&mut self, other: &Self) {
        self.queued += other.queued;
        self.due += other.due;
        self.delayed += other.delayed;
        self.executing += other.executing;
        self.waiting += other.waiting;
        self.parked += other.parked;
        let oldest = [self.oldest_due, other.oldest_due].into_iter().flatten();
        self.oldest_due = oldest.min();
    }
}
