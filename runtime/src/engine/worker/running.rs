//! [`RunningWorker`]: a worker in the background.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::engine::WorkerError;

/// A worker that runs in the background, returned by [`Worker::start`](super::Worker::start).
///
/// Dropping it stops the worker without waiting: its attempts are drained as long as the runtime lives.
/// Use [`shutdown`](Self::shutdown) to wait for it.
#[derive(Debug)]
#[must_use = "the worker stops when this is dropped"]
pub struct RunningWorker {
    pub(super) stop: CancellationToken,
    pub(super) worker: Option<JoinHandle<Result<(), WorkerError>>>,
}

impl RunningWorker {
    /// Stops the worker and waits for it: it takes no new runs, drains, and hands back the remaining runs.
    ///
    /// # Errors
    ///
    /// The error that the worker ended with.
    pub async fn shutdown(mut self) -> Result<(), WorkerError> {
        self.stop.cancel();
        self.join().await
    }

    /// Waits until the worker ends by itself, which happens only after an error.
    ///
    /// # Errors
    ///
    /// The error that the worker ended with.
    pub async fn stopped(mut self) -> Result<(), WorkerError> {
        self.join().await
    }

    async fn join(&mut self) -> Result<(), WorkerError> {
        let Some(worker) = &mut self.worker else {
            return Ok(());
        };
        let ended = worker.await;
        self.worker = None;
        ended.unwrap_or_else(|error| Err(WorkerError::Broken(format!("its {error}"))))
    }
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
