//! Engines: what makes a task durable, retried, limited and scheduled.
//!
//! A [`Queue`] is where runs are triggered and kept; a [`Worker`] runs them. There are two engines
//! behind them, with the same promises while the process lives: in this process, and (feature
//! `postgres`) on the project's own Postgres, where runs outlive it and any number of workers share
//! them. What is promised, and how it is tested, is in `docs/engine.md` of the repository.

pub(crate) mod backend;
mod error;
#[cfg(test)]
mod error_log;
mod handle;
mod in_process;
pub(crate) mod limits;
mod link;
#[cfg(feature = "postgres")]
pub mod postgres;
mod queue;
mod run;
mod schedule;
mod stats;
mod status;
mod trigger;
mod trigger_options;
mod worker;

pub use self::error::{DatabaseFailure, QueueError, WaitError, WorkerError};
pub use self::handle::RunHandle;
pub use self::link::TriggerAndWait;
pub(crate) use self::link::{EngineLink, children};
pub use self::queue::Queue;
pub(crate) use self::queue::{queue_of_tasks, task};
pub use self::run::{AttemptOutcome, Run, RunAttempt, RunFailure, RunFilter};
pub use self::stats::{QueueStats, RunCounts};
pub use self::status::{RunStatus, UnknownRunStatus};
pub(crate) use self::trigger::children_of;
pub use self::trigger::{Trigger, TriggerBatch};
pub use self::trigger_options::TriggerOptions;
#[cfg(feature = "cli")]
pub(crate) use self::worker::told_to_stop;
pub use self::worker::{RunningWorker, Worker};
