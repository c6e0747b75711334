//! [`WorkerSettings`]: the settings of a worker.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug)]
pub(crate) struct WorkerSettings {
    pub(crate) concurrency: usize,
    pub(crate) queues: Option<Vec<String>>,
    pub(crate) tasks: Option<Vec<String>>,
    pub(crate) drain: Duration,
    pub(crate) grace: Duration,
    pub(crate) schedules: bool,
    pub(crate) skip_invalid_schedules: bool,
    /// Cancelled once the queue knows the worker's tasks.
    pub(crate) registered: CancellationToken,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: 10,
            queues: None,
            tasks: None,
            drain: Duration::from_secs(30),
            grace: Duration::from_secs(5),
            schedules: true,
            skip_invalid_schedules: false,
            registered: CancellationToken::new(),
        }
    }
}
