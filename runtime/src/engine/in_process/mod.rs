//! The engine in this process: runs are in its memory, and gone with it.
//!
//! Everything is in one [`State`] behind one lock, which is never held over an `.await` nor over a
//! line of the application's. Nothing runs in the background: whoever looks at the state first lets
//! time do its work, and whoever waits sleeps until the next time there is some.

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

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::attempts::Ending;
use self::state::{Finished, State};
use super::backend::Backend;
use super::new_run::{Enqueued, NewRun};
use super::worker::WorkPlan;
use super::{Queue, QueueError, QueueStats, Run, RunFilter, WorkerError};
use crate::run::RunId;
use futures_util::future::BoxFuture;

impl Queue {
    /// A queue in this process, which is gone with it.
    ///
    /// Of finished runs the last 10,000 are kept, with their idempotency keys; a run's children are
    /// not forgotten before it is over. Time is Tokio's: where a test pauses it, delays and retries
    /// take no time.
    pub fn in_process() -> Self {
        Self::of(Arc::new(InProcess::new()), "in process")
    }
}

/// Runs in this process.
pub(crate) struct InProcess {
    state: Mutex<State>,
    /// Wakes the workers: there may be something to do.
    changes: watch::Sender<()>,
}

impl InProcess {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            changes: watch::Sender::new(()),
        }
    }

    /// Looks at the state as it is now.
    fn read<R>(&self, look: impl FnOnce(&mut State, DateTime<Utc>) -> R) -> R {
        // What a panic could leave behind is never more than a run that is missing among the ready runs of its queue.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
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
            let mut will_be = match self.read(|state, _| state.finished(id))? {
                Finished::Is(run) => return Ok(*run),
                Finished::WillBe(run) => run,
            };
            loop {
                // Where there is no worker, nobody else sees that the run expires.
                let expiry = self.read(|state, _| state.expiry(id));
                tokio::select! {
                    run = &mut will_be => return run.map_err(|_| QueueError::NoSuchRun(id)),
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

    fn work(
        self: Arc<Self>,
        plan: WorkPlan,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        Box::pin(async move {
            worker::work(self, plan, stop).await;
            Ok(())
        })
    }
}
