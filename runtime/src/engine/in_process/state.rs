//! [`State`]: the runs of a queue, and how they change over time.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

use super::clock;
use super::entry::Entry;
use super::ready_queues::ReadyQueues;
use super::schedules::Schedules;
use super::workers::Workers;
use crate::engine::new_run::{Enqueued, NewRun};
use crate::engine::{QueueError, QueueStats, Run, RunCounts, RunFilter, RunStatus};
use crate::run::RunId;

/// How many finished runs are kept. Just as many children are kept of each run that has not ended.
const KEPT_RUNS: usize = 10_000;

/// The whole state of a queue. Its methods expect that [`advance`](Self::advance) was called with `now`.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) runs: BTreeMap<RunId, Entry>,
    pub(super) ready: ReadyQueues,
    pub(super) workers: Workers,
    pub(super) schedules: Schedules,
    /// The idempotency keys, by task and key.
    keys: HashMap<(String, String), KeyHolder>,
    /// When to look at which run.
    timers: BTreeSet<(DateTime<Utc>, RunId)>,
    /// The finished runs, in the order in which they finished.
    finished: VecDeque<RunId>,
}

#[derive(Debug)]
struct KeyHolder {
    run: RunId,
    until: DateTime<Utc>,
}

impl State {
    pub(super) fn enqueue(&mut self, runs: Vec<NewRun>, now: DateTime<Utc>) -> Vec<Enqueued> {
        let runs = runs.into_iter();
        runs.map(|run| self.enqueue_one(run, now)).collect()
    }

    fn enqueue_one(&mut self, new: NewRun, now: DateTime<Utc>) -> Enqueued {
        let (id, is_cached) = (new.id, false);
        let stored = Enqueued { id, is_cached };
        if self.runs.contains_key(&id) {
            return stored;
        }
        if let Some(idempotency) = &new.idempotency {
            let key = (new.task_id.clone(), idempotency.key.clone());
            if let Some(holder) = self.keys.get(&key)
                && holder.until > now
            {
                let (id, is_cached) = (holder.run, true);
                return Enqueued { id, is_cached };
            }
            let until = clock::after(now, idempotency.ttl);
            self.keys.insert(key, KeyHolder { run: id, until });
        }
        self.runs.insert(id, Entry::new(new, now));
        self.settle(id, now);
        stored
    }

    pub(super) fn find(&self, id: RunId) -> Option<Run> {
        self.runs.get(&id).map(|entry| entry.run.clone())
    }

    pub(super) fn list(&self, filter: &RunFilter) -> Vec<Run> {
        let limit = usize::try_from(filter.limit_or_default()).unwrap_or(usize::MAX);
        let runs = self.runs.values().rev().map(|entry| &entry.run);
        runs.filter(|run| filter.before.is_none_or(|before| run.id < before))
            .filter(|run| filter.task_id.as_ref().is_none_or(|id| run.task_id == *id))
            .filter(|run| filter.statuses.is_empty() || filter.statuses.contains(&run.status))
            .filter(|run| filter.tag.as_ref().is_none_or(|tag| run.tags.contains(tag)))
            .take(limit)
            .cloned()
            .collect()
    }

    pub(super) fn stats(&self) -> QueueStats {
        let mut stats = QueueStats::default();
        let is_open = |entry: &&Entry| !entry.run.status.is_final();
        for entry in self.runs.values().filter(is_open) {
            let (task_id, queue) = (entry.run.task_id.clone(), entry.run.queue.clone());
            stats.add(task_id, queue, &self.counts(entry));
        }
        stats
    }

    fn counts(&self, entry: &Entry) -> RunCounts {
        let mut counts = RunCounts::default();
        match entry.run.status {
            RunStatus::Delayed => counts.delayed = 1,
            RunStatus::Executing => counts.executing = 1,
            RunStatus::Waiting => counts.waiting = 1,
            // The run waits for its next attempt.
            _ if !entry.is_ready => counts.delayed = 1,
            _ => {
                counts.queued = 1;
                counts.oldest_due = Some(entry.run.run_at);
                match self.ready.has_room(&entry.queue_key) {
                    true => counts.due = 1,
                    false => counts.parked = 1,
                }
            }
        }
        counts
    }

    /// Returns a channel that receives the run once it has ended.
    pub(super) fn finished(&mut self, id: RunId) -> Result<oneshot::Receiver<Run>, QueueError> {
        Ok(self.entry(id)?.wait())
    }

    pub(super) fn cancel(&mut self, id: RunId, now: DateTime<Utc>) -> Result<Run, QueueError> {
        let entry = self.entry(id)?;
        if !entry.run.status.is_final() {
            if let Some(attempt) = &entry.attempt
                && let Some(stop) = &attempt.stop
            {
                stop.cancel();
            }
            self.finish(id, RunStatus::Canceled, now);
        }
        Ok(self.entry(id)?.run.clone())
    }

    pub(super) fn reschedule(
        &mut self,
        id: RunId,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Run, QueueError> {
        let entry = self.entry(id)?;
        if entry.run.status != RunStatus::Delayed {
            return Err(QueueError::not_delayed(id, entry.run.status));
        }
        entry.run.run_at = at.max(now);
        self.settle(id, now);
        Ok(self.entry(id)?.run.clone())
    }

    pub(super) fn entry(&mut self, id: RunId) -> Result<&mut Entry, QueueError> {
        self.runs.get_mut(&id).ok_or(QueueError::NoSuchRun(id))
    }

    /// Returns when a run expires, if it can.
    pub(super) fn expiry(&self, id: RunId) -> Option<DateTime<Utc>> {
        self.runs.get(&id)?.expiry()
    }

    /// Returns when the next timer of a run is due.
    pub(super) fn next_timer(&self) -> Option<DateTime<Utc>> {
        self.timers.first().map(|(time, _)| *time)
    }

    /// Processes all timers up to `now`.
    pub(super) fn advance(&mut self, now: DateTime<Utc>) {
        while let Some((time, id)) = self.timers.first().copied()
            && time <= now
        {
            self.timers.remove(&(time, id));
            if let Some(entry) = self.runs.get_mut(&id) {
                entry.timer = None;
            }
            self.settle(id, now);
        }
    }

    /// Moves a run to where it belongs at `now`: to the expired runs, the ready runs, or the timers.
    pub(super) fn settle(&mut self, id: RunId, now: DateTime<Utc>) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        if entry.run.status.is_final() || entry.attempt.is_some() {
            return;
        }
        let expiry = entry.expiry();
        if expiry.is_some_and(|expiry| expiry <= now) {
            return self.finish(id, RunStatus::Expired, now);
        }
        let due = (entry.run.run_at > now).then_some(entry.run.run_at);
        if due.is_none() && !entry.is_ready {
            entry.is_ready = true;
            entry.run.status = RunStatus::Queued;
            let rank = entry.rank();
            self.ready.push(&entry.queue_key, &entry.run.task_id, rank);
        }
        let next = [expiry, due].into_iter().flatten().min();
        self.set_timer(id, next);
    }

    pub(super) fn set_timer(&mut self, id: RunId, next: Option<DateTime<Utc>>) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        if let Some(before) = std::mem::replace(&mut entry.timer, next) {
            self.timers.remove(&(before, id));
        }
        if let Some(next) = next {
            self.timers.insert((next, id));
        }
    }

    /// Removes a run from the ready runs of its queue.
    pub(super) fn unready(&mut self, id: RunId) {
        if let Some(entry) = self.runs.get_mut(&id)
            && std::mem::take(&mut entry.is_ready)
        {
            let rank = entry.rank();
            self.ready
                .remove(&entry.queue_key, &entry.run.task_id, rank);
        }
    }

    /// Gives a run its final status.
    pub(super) fn finish(&mut self, id: RunId, status: RunStatus, now: DateTime<Utc>) {
        self.unready(id);
        self.set_timer(id, None);
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        entry.run.status = status;
        entry.run.finished_at = Some(now);
        entry.tell();
        let is_over = entry.is_over();
        if !matches!(status, RunStatus::Completed | RunStatus::Canceled) {
            self.give_key_back(id);
        }
        if is_over {
            self.retire(id);
        }
    }

    /// Adds a run to the finished runs, and removes the oldest of them. A child is kept until its parent
    /// has ended, because the parent may not have read its output yet.
    pub(super) fn retire(&mut self, id: RunId) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        let children = std::mem::take(&mut entry.finished_children);
        let parent = entry.run.parent;
        self.finished.extend(children);
        let parent = parent.and_then(|parent| self.runs.get_mut(&parent));
        match parent {
            Some(parent) if !parent.is_over() => {
                parent.finished_children.push_back(id);
                if parent.finished_children.len() > KEPT_RUNS {
                    self.finished.extend(parent.finished_children.pop_front());
                }
            }
            _ => self.finished.push_back(id),
        }
        while self.finished.len() > KEPT_RUNS
            && let Some(oldest) = self.finished.pop_front()
        {
            self.give_key_back(oldest);
            self.runs.remove(&oldest);
        }
    }

    fn give_key_back(&mut self, id: RunId) {
        let Some(run) = self.runs.get(&id).map(|entry| &entry.run) else {
            return;
        };
        if let Some(key) = &run.idempotency_key {
            let key = (run.task_id.clone(), key.clone());
            if self.keys.get(&key).is_some_and(|holder| holder.run == id) {
                self.keys.remove(&key);
            }
        }
    }
}
