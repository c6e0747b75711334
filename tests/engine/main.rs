//! What engines promise, on both of them: one suite, two constructors.
//!
//! The engine in this process is always there; the one on Postgres needs the feature `external`.

mod batches;
mod cancellation;
mod children;
mod delays;
mod draining;
mod hooks;
mod idempotency;
mod limits;
mod listing;
mod order;
mod outputs;
mod retries;
mod support;
mod tasks;
mod what_tasks_see;
mod workers;
