//! supabase-js, on Node.js.

use std::path::PathBuf;
use std::process::Command;

use super::{CONCURRENCY, JWT_SECRET, PUBLISHABLE_KEY, Scenario, USER};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// # Panics
///
/// If Node.js or the packages are missing. The message says how to get them.
pub(crate) fn assert_installed() {
    let node = Command::new("node").arg("--version").output();
    assert!(
        node.is_ok_and(|output| output.status.success()),
        "`node` does not start: install Node.js 20 or later"
    );
    assert!(
        folder().join("node_modules/@supabase/supabase-js").is_dir(),
        "supabase-js is not installed: run `npm ci --prefix benches/peers`"
    );
}

/// The peer as a process that prints its figures.
pub(crate) fn command(url: &str, scenario: Scenario) -> Command {
    let mut node = Command::new("node");
    node.arg(folder().join("client.mjs"))
        .env("SUPABASE_URL", url)
        .env("PUBLISHABLE_KEY", PUBLISHABLE_KEY)
        .env("JWT_SECRET", JWT_SECRET)
        .env("USER_ID", USER)
        .env("ROWS", scenario.rows().to_string())
        .env("TASKS", scenario.tasks().to_string())
        .env("CONCURRENCY", CONCURRENCY.to_string());
    node
}
