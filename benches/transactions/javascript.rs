//! The peers in JavaScript, on the Node.js that is installed with them.

use std::path::PathBuf;
use std::process::Command;

use super::ways;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// `@supabase/server` requires version 22.
fn node() -> PathBuf {
    folder().join("node_modules/.bin/node")
}

/// # Panics
///
/// If the packages are missing. The message says how to get them.
pub(crate) fn assert_installed() {
    let packages = ["postgres", "@supabase/server"];
    let there = packages.map(|name| folder().join("node_modules").join(name).is_dir());
    assert!(
        there == [true; 2] && node().exists(),
        "the peers in JavaScript are not installed: run `npm ci --prefix benches/peers`"
    );
}

/// The peer as a process that prints its figures, if it is one of these.
pub(crate) fn command(name: &str) -> Option<Command> {
    let peer = match name {
        ways::POSTGRES_JS => "postgres",
        ways::SERVER_JS => "@supabase/server",
        _ => return None,
    };
    let mut node = Command::new(node());
    node.arg(folder().join("transactions.mjs")).arg(peer);
    Some(node)
}
