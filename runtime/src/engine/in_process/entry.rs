//! [`Entry`]: a run with the engine's own data about it.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, oneshot};
use tokio_util::sync::CancellationToken;

use super::clock;
use super::ready_queues::{QueueKey, Rank};
use super::workers::WorkerId;
use crate::engine::new_run::NewRun;
use crate::engine::{AttemptOutcome, Run, RunStatus};
use crate::run::{RunId, RunInfo};

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) run: Run,
    pub(super) queue_key: QueueKey,
    /// Whether it is among the ready runs of its queue.
    pub(super) is_ready: bool,
    /// The run's entry in the timers: when to look at it next.
    pub(super) timer: Option<DateTime<Utc>>,
    /// The attempt in progress. A cancelled run has one too, until the attempt has ended.
    pub(super) attempt: Option<RunningAttempt>,
    /// The children that have finished, while this run has not ended.
    pub(super) finished_children: VecDeque<RunId>,
    /// The callers that wait for the run to end.
    waiting: Vec<oneshot::Sender<Run>>,
}

/// An attempt in progress.
#[derive(Debug)]
pub(super) struct RunningAttempt {
    pub(super) number: u32,
    pub(super) worker: WorkerId,
    pub(super) started_at: DateTime<Utc>,
    /// Ends the attempt early. `None` until the attempt has begun.
    pub(super) stop: Option<CancellationToken>,
    /// Whether it has a slot of the worker and one of the queue. It has none while it waits for a child.
    pub(super) has_slot: bool,
    /// Notified when it has slots again.
    pub(super) reacquired: Arc<Notify>,
}

impl Entry {
    pub(super) fn new(new: NewRun, now: DateTime<Utc>) -> Self {
        let run_at = match (new.run_at, new.delay) {
            (Some(time), _) => time.max(now),
            (None, Some(delay)) => clock::after(now, delay),
            (None, None) => now,
        };
        let status = match run_at > now {
            true => RunStatus::Delayed,
            false => RunStatus::Queued,
        };
        Self {
            queue_key: QueueKey {
                queue: new.queue.clone(),
                concurrency_key: new.concurrency_key.clone(),
            },
            is_ready: false,
            timer: None,
            attempt: None,
            finished_children: VecDeque::new(),
            waiting: Vec::new(),
            run: Run {
                id: new.id,
                task_id: new.task_id,
                status,
                payload: new.payload,
                principal: Some(new.principal),
                queue: new.queue,
                concurrency_key: new.concurrency_key,
                priority: new.priority,
                max_attempts: new.max_attempts,
                attempts: Vec::new(),
                output: None,
                error: None,
                tags: new.tags,
                metadata: new.metadata,
                idempotency_key: new.idempotency.map(|idempotency| idempotency.key),
                trace_id: new.trace_id,
                parent: new.parent,
                created_at: now,
                run_at,
                expires_at: new.ttl.map(|ttl| clock::after(now, ttl)),
                started_at: None,
                finished_at: None,
            },
        }
    }

    /// Returns whether the run has its final status and no attempt in progress.
    pub(super) fn is_over(&self) -> bool {
        self.run.status.is_final() && self.attempt.is_none()
    }

    pub(super) fn rank(&self) -> Rank {
        Rank::new(self.run.run_at, self.run.priority, self.run.id)
    }

    /// Returns when the run expires, unless it has started.
    pub(super) fn expiry(&self) -> Option<DateTime<Utc>> {
        match self.run.started_at {
            None => self.run.expires_at,
            Some(_) => None,
        }
    }

    /// Returns the number of the next attempt. Interrupted attempts do not count.
    pub(super) fn next_attempt(&self) -> u32 {
        let attempts = self.run.attempts.iter();
        let counted = attempts.filter(|attempt| attempt.outcome != AttemptOutcome::Interrupted);
        u32::try_from(counted.count()).map_or(u32::MAX, |count| count.saturating_add(1))
    }

    /// Returns what the task may know about the run.
    pub(super) fn info(&self) -> RunInfo {
        RunInfo {
            id: self.run.id,
            max_attempts: self.run.max_attempts,
            tags: self.run.tags.clone(),
            metadata: self.run.metadata.clone(),
            idempotency_key: self.run.idempotency_key.clone(),
            parent: self.run.parent,
            trace_id: self.run.trace_id.clone(),
            created_at: self.run.created_at,
        }
    }

    /// Returns a channel that receives the run once it has ended.
    pub(super) fn wait(&mut self) -> oneshot::Receiver<Run> {
        let (sender, receiver) = oneshot::channel();
        self.waiting.retain(|waiting| !waiting.is_closed());
        self.waiting.push(sender);
        if self.run.status.is_final() {
            self.tell();
        }
        receiver
    }

    /// Sends the run to the callers that wait for its end.
    pub(super) fn tell(&mut self) {
        for waiting in self.waiting.drain(..) {
            // An error means that the caller no longer waits.
            let _ = waiting.send(self.run.clone());
        }
    }
}
