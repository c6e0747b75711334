//! The engine in this process: runs are kept in memory and lost when the process ends.
//!
//! Everything is in one [`State`] behind one lock, which is never held across an `.await` or while the
//! application's code runs. Nothing runs in the background: every access first processes the timers that
//! are due, and every waiter sleeps until the next timer.

mod attempts;
mod claim;
mod clock;
mod entry;
mod ready_queues;
mod schedules;
mod slots;
mod state;
#[cfg(test)]
mod tests;
mod worker;
mod workers;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::state::State;
use super::backend::{Backend, Working};
use super::new_run::{Enqueued, NewRun};
use super::worker::WorkPlan;
use super::{Ending, Queue, QueueError, QueueStats, Run, RunFilter};
use crate::lock::lock;
use crate::run::RunId;
use futures_util::future::BoxFuture;

impl Queue {
    /// Creates a queue in this process. Its runs are lost when the process ends.
    ///
    /// The last 10,000 finished runs are kept, with their idempotency keys; the children of a run are kept
    /// at least until it has ended. The queue uses Tokio's time: if a test pauses it, delays and retries
    /// take no time.
    pub fn in_process() -> Self {
        Self::of(Arc::new(InProcess::new()), "in process")
    }
}

/// The engine in this process.
pub(crate) struct InProcess {
    state: Mutex<State>,
    /// Wakes the workers when there may be something to do.
    changes: watch::Sender<()>,
}

impl InProcess {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changes: watch::Sender::new(()),
        }
    }

    /// Reads the state as of now.
    fn read<R>(&self, look: impl FnOnce(&mut State, DateTime<Utc>) -> R) -> R {
        // At worst, a panic leaves a run missing from the ready runs of its queue.
        let mut state = lock(&self.state);
        let now = clock::now();
        state.advance(now);
        look(&mut state, now)
    }

    /// Changes the state, and wakes the workers.
    fn change<R>(&self, change: impl FnOnce(&mut State, DateTime<Utc>) -> R) -> R {
        let changed = self.read(change);
        self.changes.send_replace(());
        changed
    }

    fn end(&self, run: RunId, ending: Ending) {
        self.change(|state, now| state.end(run, ending, now));
    }
}

impl Backend for InProcess {
    fn enqueue(&self, runs: Vec<NewRun>) -> BoxFuture<'_, Result<Vec<Enqueued>, QueueError>> {
        Box::pin(async { Ok(self.change(|state, now| state.enqueue(runs, now))) })
    }

    fn find(&self, id: RunId) -> BoxFuture<'_, Result<Option<Run>, QueueError>> {
        Box::pin(async move { Ok(self.read(|state, _| state.find(id))) })
    }

    fn list(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, QueueError>> {
        Box::pin(async move { Ok(self.read(|state, _| state.list(&filter))) })
    }

    fn stats(&self) -> BoxFuture<'_, Result<QueueStats, QueueError>> {
        Box::pin(async move { Ok(self.read(|state, _| state.stats())) })
    }

    fn finished(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move {
            let mut ended = self.read(|state, _| state.finished(id))?;
            loop {
                // Without a worker, nothing else notices that the run expires.
                let expiry = self.read(|state, _| state.expiry(id));
                tokio::select! {
                    biased;
                    run = &mut ended => return run.map_err(|_| QueueError::NoSuchRun(id)),
                    () = clock::sleep_until(expiry) => {}
                }
            }
        })
    }

    fn cancel(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move { self.change(|state, now| state.cancel(id, now)) })
    }

    fn reschedule(&self, id: RunId, at: DateTime<Utc>) -> BoxFuture<'_, Result<Run, QueueError>> {
        Box::pin(async move { self.change(|state, now| state.reschedule(id, at, now)) })
    }

    fn work(self: Arc<Self>, plan: WorkPlan, stop: CancellationToken) -> Working {
        Box::pin(async move {
            worker::work(self, plan, stop).await;
            Ok(())
        })
    }
}
