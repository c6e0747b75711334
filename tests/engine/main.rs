//! The contract of the engines: one suite, run on both of them.
//!
//! The in-process engine is always tested; the one on Postgres needs the feature `external`.

mod batches;
mod cancellation;
mod children;
mod delays;
mod drained;
mod draining;
mod hooks;
mod idempotency;
mod limits;
mod listing;
mod order;
mod outputs;
mod retries;
mod roles;
mod spans;
mod support;
mod tasks;
mod what_tasks_see;
mod workers;
