//! The command line as a process: its output and its exit codes.
//!
//! The program is `tests/cli/program`, or `tests/cli/database_program` with a task that takes a database. Its environment contains only what a test sets.

mod check;
#[cfg(feature = "external")]
mod database;
#[cfg(feature = "external")]
mod login;
mod process;
#[cfg(feature = "external")]
mod queue;
mod roles;
mod run;
mod secrets;
mod tasks;
mod usage;
