//! The command line as a process: what it prints where, and what it exits with.
//!
//! The program is `tests/cli/program`. Its environment is what a test gives it and nothing else.

mod check;
#[cfg(feature = "external")]
mod database;
mod process;
#[cfg(feature = "external")]
mod queue;
mod run;
mod secrets;
mod tasks;
mod usage;
