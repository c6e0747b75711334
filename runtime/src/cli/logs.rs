//! The log of a program that has not set up its own.

use std::io;

use tracing_subscriber::EnvFilter;

use super::variables::Variables;

/// The filter without `RUST_LOG`.
const DEFAULT: &str = "warn,supabase_task=info";

/// Logs to the standard error, filtered by `RUST_LOG`, unless the program logs already.
pub(super) fn install(variables: Variables<'_>) {
    let asked = variables("RUST_LOG").filter(|directives| !directives.trim().is_empty());
    let directives = asked.unwrap_or_else(|| DEFAULT.to_owned());
    let filter = EnvFilter::builder().parse_lossy(directives);
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false);
    // An error means that there is a log already, which is fine.
    let _ = log.try_init();
}
