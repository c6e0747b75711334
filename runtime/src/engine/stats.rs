//! [`QueueStats`]: how many runs are open.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// How many runs of a queue are open, in all, by task, and by the name of their queue. What
/// [`Queue::stats`](super::Queue::stats) gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStats {
    /// All open runs.
    pub total: RunCounts,
    /// The open runs of each task that has any, by its id.
    pub by_task: BTreeMap<String, RunCounts>,
    /// The open runs of each queue that has any, by its name. A task without a `queue` has one of its
    /// own, with its id as name.
    pub by_queue: BTreeMap<String, RunCounts>,
}

/// How many runs are open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunCounts {
    /// Those that wait although their time has come: for a worker, or for a place in their queue.
    pub queued: u64,
    /// Those of `queued` that wait for a worker alone.
    pub due: u64,
    /// Those whose time has not come.
    pub delayed: u64,
    /// Those with an attempt that goes on. An attempt that takes less than 50 ms need not be among them.
    pub executing: u64,
    /// Those whose attempt waits for a child.
    pub waiting: u64,
    /// Those of `queued` that wait for a place in their queue.
    pub parked: u64,
    /// When the oldest of `queued` was due.
    pub oldest_due: Option<DateTime<Utc>>,
}

impl RunCounts {
    pub(crate) fn add(&mut self, other: &Self) {
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
