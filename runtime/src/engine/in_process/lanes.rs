//! [`Lanes`]: the runs that are due, in their order, and how many of each queue run at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::run::RunId;

/// A queue, or what of it has one concurrency key: what a limit is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LaneKey {
    pub(super) queue: String,
    pub(super) concurrency_key: Option<String>,
}

/// The order in which runs are started: by the time they were due, less their priority in seconds,
/// then by their ids.
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

/// The runs that are due, and the places of each queue.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    limits: HashMap<String, u32>,
    lanes: HashMap<LaneKey, Lane>,
    /// The first run of each task in each lane that has room: what can be started now.
    open: BTreeMap<Rank, Arc<str>>,
}

#[derive(Debug, Default)]
struct Lane {
    running: u32,
    /// By task, because a worker need not have every task of a queue.
    waiting: HashMap<Arc<str>, BTreeSet<Rank>>,
    /// What of it is in `open`.
    heads: Vec<Rank>,
}

impl Lanes {
    /// The limit of each queue that has one.
    pub(super) fn set_limits(&mut self, limits: &BTreeMap<&'static str, u32>) {
        for (queue, limit) in limits {
            self.limits.insert((*queue).to_owned(), *limit);
        }
        let keys: Vec<_> = self.lanes.keys().cloned().collect();
        for key in keys {
            self.refresh(&key);
        }
    }

    /// A run is due.
    pub(super) fn push(&mut self, key: &LaneKey, task_id: &str, rank: Rank) {
        let lane = self.lanes.entry(key.clone()).or_default();
        match lane.waiting.get_mut(task_id) {
            Some(waiting) => _ = waiting.insert(rank),
            None => _ = lane.waiting.insert(task_id.into(), BTreeSet::from([rank])),
        }
        self.refresh(key);
    }

    /// A run is no longer waiting.
    pub(super) fn remove(&mut self, key: &LaneKey, task_id: &str, rank: Rank) {
        let Some(lane) = self.lanes.get_mut(key) else {
            return;
        };
        if let Some(waiting) = lane.waiting.get_mut(task_id) {
            waiting.remove(&rank);
            if waiting.is_empty() {
                lane.waiting.remove(task_id);
            }
        }
        self.refresh(key);
    }

    /// The run that is next for a worker that has these tasks.
    pub(super) fn first(&self, has_task: impl Fn(&str) -> bool) -> Option<RunId> {
        let mut open = self.open.iter();
        open.find(|(_, task)| has_task(task))
            .map(|(rank, _)| rank.run)
    }

    /// Whether another run of the lane may run.
    pub(super) fn has_room(&self, key: &LaneKey) -> bool {
        let running = self.lanes.get(key).map_or(0, |lane| lane.running);
        self.limits
            .get(&key.queue)
            .is_none_or(|limit| running < *limit)
    }

    /// A run takes a place.
    pub(super) fn hold(&mut self, key: &LaneKey) {
        self.lanes.entry(key.clone()).or_default().running += 1;
        self.refresh(key);
    }

    /// A run gives its place back.
    pub(super) fn release(&mut self, key: &LaneKey) {
        if let Some(lane) = self.lanes.get_mut(key) {
            lane.running = lane.running.saturating_sub(1);
        }
        self.refresh(key);
    }

    /// Puts into `open` what of a lane can be started now.
    fn refresh(&mut self, key: &LaneKey) {
        let has_room = self.has_room(key);
        let Some(lane) = self.lanes.get_mut(key) else {
            return;
        };
        for head in lane.heads.drain(..) {
            self.open.remove(&head);
        }
        if has_room {
            for (task, waiting) in &lane.waiting {
                if let Some(head) = waiting.first() {
                    self.open.insert(*head, Arc::clone(task));
                    lane.heads.push(*head);
                }
            }
        }
        if lane.running == 0 && lane.waiting.is_empty() {
            self.lanes.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(queue: &str, key: Option<&str>) -> LaneKey {
        LaneKey {
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
        let mut lanes = Lanes::default();
        let key = lane("mail", None);
        let (late, late_run) = rank(110, 0);
        let (early, early_run) = rank(100, 0);
        let (urgent, urgent_run) = rank(110, 11);
        for rank in [late, early, urgent] {
            lanes.push(&key, "send", rank);
        }
        assert_eq!(lanes.first(|_| true), Some(urgent_run));
        lanes.remove(&key, "send", urgent);
        assert_eq!(lanes.first(|_| true), Some(early_run));
        lanes.remove(&key, "send", early);
        assert_eq!(lanes.first(|_| true), Some(late_run));
        lanes.remove(&key, "send", late);
        assert_eq!(lanes.first(|_| true), None);
        assert!(lanes.lanes.is_empty() && lanes.open.is_empty());
    }

    #[test]
    fn of_one_time_the_first_id_is_first() {
        let mut lanes = Lanes::default();
        let key = lane("mail", None);
        let ranks: Vec<_> = (0..5).map(|_| rank(100, 0)).collect();
        for (rank, _) in ranks.iter().rev() {
            lanes.push(&key, "send", *rank);
        }
        for (rank, run) in ranks {
            assert_eq!(lanes.first(|_| true), Some(run));
            lanes.remove(&key, "send", rank);
        }
    }

    #[test]
    fn a_full_lane_lets_the_others_go_first_until_a_place_is_free() {
        let mut lanes = Lanes::default();
        lanes.set_limits(&BTreeMap::from([("mail", 1)]));
        let (ann, bob) = (lane("mail", Some("ann")), lane("mail", Some("bob")));
        let (first, first_run) = rank(100, 0);
        let (second, second_run) = rank(101, 0);
        lanes.push(&ann, "send", first);
        lanes.push(&bob, "send", second);
        lanes.hold(&ann);
        assert!(!lanes.has_room(&ann) && lanes.has_room(&bob));
        assert_eq!(lanes.first(|_| true), Some(second_run));
        lanes.release(&ann);
        assert_eq!(lanes.first(|_| true), Some(first_run));
    }

    #[test]
    fn a_limit_that_comes_later_holds_for_what_waits() {
        let mut lanes = Lanes::default();
        let key = lane("mail", None);
        lanes.hold(&key);
        lanes.push(&key, "send", rank(100, 0).0);
        assert!(lanes.first(|_| true).is_some());
        lanes.set_limits(&BTreeMap::from([("mail", 1)]));
        assert_eq!(lanes.first(|_| true), None);
    }

    #[test]
    fn a_task_that_a_worker_does_not_have_hides_no_other_of_its_queue() {
        let mut lanes = Lanes::default();
        let key = lane("mail", None);
        lanes.push(&key, "other", rank(100, 0).0);
        let (mine, mine_run) = rank(101, 0);
        lanes.push(&key, "send", mine);
        assert_eq!(lanes.first(|task| task == "send"), Some(mine_run));
        assert_eq!(lanes.first(|task| task == "third"), None);
    }
}
