//! [`ReadyQueues`]: the due runs in order, and how many runs of each queue are running.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::run::RunId;

/// The unit that a limit applies to: a queue, or its runs with one concurrency key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct QueueKey {
    pub(super) queue: String,
    pub(super) concurrency_key: Option<String>,
}

/// The order in which runs start: by the time they were due, minus their priority in seconds, then by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    due: DateTime<Utc>,
    run: RunId,
}

impl Rank {
    pub(super) fn new(run_at: DateTime<Utc>, priority: u32, run: RunId) -> Self {
        let ahead = TimeDelta::seconds(i64::from(priority));
        let due = run_at.checked_sub_signed(ahead).unwrap_or(run_at);
        Self { due, run }
    }
}

/// The due runs, and the slots of each queue.
#[derive(Debug, Default)]
pub(super) struct ReadyQueues {
    limits: HashMap<String, u32>,
    ready: HashMap<QueueKey, ReadyQueue>,
    /// The first run of each task in each queue with a free slot: the runs that can start now.
    open: BTreeMap<Rank, Arc<str>>,
}

#[derive(Debug, Default)]
struct ReadyQueue {
    running: u32,
    /// By task, because a worker may not have every task of a queue.
    waiting: HashMap<Arc<str>, BTreeSet<Rank>>,
    /// The ranks of this queue that are in `open`.
    heads: Vec<Rank>,
}

impl ReadyQueues {
    /// Sets the limits of the queues that have one.
    pub(super) fn set_limits(&mut self, limits: &BTreeMap<&'static str, u32>) {
        for (queue, limit) in limits {
            self.limits.insert((*queue).to_owned(), *limit);
        }
        let keys: Vec<_> = self.ready.keys().cloned().collect();
        for key in keys {
            self.refresh(&key);
        }
    }

    /// Adds a run that is due.
    pub(super) fn push(&mut self, key: &QueueKey, task_id: &str, rank: Rank) {
        let queue = self.ready.entry(key.clone()).or_default();
        match queue.waiting.get_mut(task_id) {
            Some(waiting) => _ = waiting.insert(rank),
            None => _ = queue.waiting.insert(task_id.into(), BTreeSet::from([rank])),
        }
        self.refresh(key);
    }

    /// Removes a run that no longer waits.
    pub(super) fn remove(&mut self, key: &QueueKey, task_id: &str, rank: Rank) {
        let Some(queue) = self.ready.get_mut(key) else {
            return;
        };
        if let Some(waiting) = queue.waiting.get_mut(task_id) {
            waiting.remove(&rank);
            if waiting.is_empty() {
                queue.waiting.remove(task_id);
            }
        }
        self.refresh(key);
    }

    /// Returns the next run for a worker with these tasks.
    pub(super) fn first(&self, has_task: impl Fn(&str) -> bool) -> Option<RunId> {
        let first = self.open.iter().find(|(_, task)| has_task(task));
        first.map(|(rank, _)| rank.run)
    }

    /// Returns whether the queue has a free slot.
    pub(super) fn has_room(&self, key: &QueueKey) -> bool {
        let running = self.ready.get(key).map_or(0, |queue| queue.running);
        let limit = self.limits.get(&key.queue);
        limit.is_none_or(|limit| running < *limit)
    }

    /// Takes a slot of the queue.
    pub(super) fn hold(&mut self, key: &QueueKey) {
        self.ready.entry(key.clone()).or_default().running += 1;
        self.refresh(key);
    }

    /// Frees a slot of the queue.
    pub(super) fn release(&mut self, key: &QueueKey) {
        if let Some(queue) = self.ready.get_mut(key) {
            queue.running = queue.running.saturating_sub(1);
        }
        self.refresh(key);
    }

    /// Updates `open` with the runs of a queue that can start now.
    fn refresh(&mut self, key: &QueueKey) {
        let has_room = self.has_room(key);
        let Some(queue) = self.ready.get_mut(key) else {
            return;
        };
        for head in queue.heads.drain(..) {
            self.open.remove(&head);
        }
        if has_room {
            for (task, waiting) in &queue.waiting {
                if let Some(head) = waiting.first() {
                    self.open.insert(*head, Arc::clone(task));
                    queue.heads.push(*head);
                }
            }
        }
        if queue.running == 0 && queue.waiting.is_empty() {
            self.ready.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue_key(queue: &str, key: Option<&str>) -> QueueKey {
        QueueKey {
            queue: queue.to_owned(),
            concurrency_key: key.map(str::to_owned),
        }
    }

    fn rank(second: i64, priority: u32) -> (Rank, RunId) {
        let run = RunId::new();
        let due = DateTime::from_timestamp(second, 0).unwrap();
        (Rank::new(due, priority, run), run)
    }

    #[test]
    fn the_first_due_is_first_and_priority_is_seconds_ahead() {
        let mut ready = ReadyQueues::default();
        let key = queue_key("mail", None);
        let (late, late_run) = rank(110, 0);
        let (early, early_run) = rank(100, 0);
        let (urgent, urgent_run) = rank(110, 11);
        for rank in [late, early, urgent] {
            ready.push(&key, "send", rank);
        }
        assert_eq!(ready.first(|_| true), Some(urgent_run));
        ready.remove(&key, "send", urgent);
        assert_eq!(ready.first(|_| true), Some(early_run));
        ready.remove(&key, "send", early);
        assert_eq!(ready.first(|_| true), Some(late_run));
        ready.remove(&key, "send", late);
        assert_eq!(ready.first(|_| true), None);
        assert!(ready.ready.is_empty() && ready.open.is_empty());
    }

    #[test]
    fn of_one_time_the_first_id_is_first() {
        let mut ready = ReadyQueues::default();
        let key = queue_key("mail", None);
        let ranks: Vec<_> = (0..5).map(|_| rank(100, 0)).collect();
        for (rank, _) in ranks.iter().rev() {
            ready.push(&key, "send", *rank);
        }
        for (rank, run) in ranks {
            assert_eq!(ready.first(|_| true), Some(run));
            ready.remove(&key, "send", rank);
        }
    }

    #[test]
    fn a_full_lane_lets_the_others_go_first_until_a_place_is_free() {
        let mut ready = ReadyQueues::default();
        ready.set_limits(&BTreeMap::from([("mail", 1)]));
        let (ann, bob) = (
            queue_key("mail", Some("ann")),
            queue_key("mail", Some("bob")),
        );
        let (first, first_run) = rank(100, 0);
        let (second, second_run) = rank(101, 0);
        ready.push(&ann, "send", first);
        ready.push(&bob, "send", second);
        ready.hold(&ann);
        assert!(!ready.has_room(&ann) && ready.has_room(&bob));
        assert_eq!(ready.first(|_| true), Some(second_run));
        ready.release(&ann);
        assert_eq!(ready.first(|_| true), Some(first_run));
    }

    #[test]
    fn a_limit_that_comes_later_holds_for_what_waits() {
        let mut ready = ReadyQueues::default();
        let key = queue_key("mail", None);
        ready.hold(&key);
        ready.push(&key, "send", rank(100, 0).0);
        assert!(ready.first(|_| true).is_some());
        ready.set_limits(&BTreeMap::from([("mail", 1)]));
        assert_eq!(ready.first(|_| true), None);
    }

    #[test]
    fn a_task_that_a_worker_does_not_have_hides_no_other_of_its_queue() {
        let mut ready = ReadyQueues::default();
        let key = queue_key("mail", None);
        ready.push(&key, "other", rank(100, 0).0);
        let (mine, mine_run) = rank(101, 0);
        ready.push(&key, "send", mine);
        assert_eq!(ready.first(|task| task == "send"), Some(mine_run));
        assert_eq!(ready.first(|task| task == "third"), None);
    }
}
