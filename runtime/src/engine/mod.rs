//! Engines, which make tasks durable, retry them, limit their concurrency and run them on schedules.
//!
//! A [`Queue`] stores triggered runs; a [`Worker`] executes them. There are two engines behind them:
//! one in this process, and (feature `postgres`) one on the project's own Postgres, where runs outlive
//! the process and any number of workers share them. Both keep the same promises while the process
//! lives. `docs/engine.md` in the repository lists the promises and the tests that check them.

mod attempt;
pub(crate) mod backend;
pub(crate) mod check;
mod error;
#[cfg(test)]
mod error_log;
#[cfg(not(feature = "postgres"))]
mod feature;
mod in_process;
pub(crate) mod new_run;
#[cfg(feature = "postgres")]
pub mod postgres;
mod queue;
mod registry;
mod run;
mod schedule;
mod spans;
mod stats;
mod status;
mod trigger_options;
mod worker;

pub(crate) use self::attempt::{AttemptRequest, Ending, EngineLink, Next, Verdict, panicked};
pub use self::error::{DatabaseFailure, QueueError, WaitError, WorkerError};
#[cfg(not(feature = "postgres"))]
#[doc(hidden)]
pub use self::feature::FeaturePostgres;
pub use self::queue::Queue;
pub(crate) use self::queue::{queue_of_tasks, task};
pub(crate) use self::registry::{Prepared, duplicate_ids};
pub use self::registry::{TaskEntry, linked_tasks};
pub use self::run::{AttemptOutcome, Run, RunAttempt, RunFailure, RunFilter};
pub use self::stats::{QueueStats, RunCounts};
pub use self::status::{RunStatus, UnknownRunStatus};
pub use self::trigger_options::TriggerOptions;
pub(crate) use self::trigger_options::{object, trigger_options};
#[cfg(feature = "cli")]
pub(crate) use self::worker::shutdown_signal;
pub use self::worker::{RunningWorker, Worker};

// The typed side of an engine belongs to `task`. These are its public paths.
pub use crate::task::{RunHandle, Trigger, TriggerAndWait, TriggerBatch};
