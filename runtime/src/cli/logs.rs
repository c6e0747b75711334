//! The log of a program that has set up none of its own.

use std::io;

use tracing_subscriber::EnvFilter;

use super::Variables;

/// What is logged without `RUST_LOG`.
const DEFAULT: &str = "warn,supabase_task=info";

/// graphile_worker logs the payloads of runs, which are users' data, at `info`.
const WITHOUT_PAYLOADS: &str = "graphile_worker=warn";

/// Logs to the standard error what `RUST_LOG` says, unless the program logs already.
pub(super) fn install(variables: Variables<'_>) {
    let filter = EnvFilter::builder().parse_lossy(directives(variables("RUST_LOG")));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false);
    // An error says that there is another one, which is as well.
    let _ = log.try_init();
}

fn directives(variable: Option<String>) -> String {
    match variable.filter(|directives| !directives.trim().is_empty()) {
        None => DEFAULT.to_owned(),
        Some(directives) if directives.contains("graphile_worker") => directives,
        Some(directives) => format!("{directives},{WITHOUT_PAYLOADS}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_logged_only_if_that_is_asked_for() {
        let directives = |variable: &str| directives(Some(variable.to_owned()));
        assert_eq!(directives(" "), DEFAULT);
        assert_eq!(directives("info"), "info,graphile_worker=warn");
        assert_eq!(directives("graphile_worker=info"), "graphile_worker=info");
    }
}
