//! [`Contender`]: the systems that are measured.

use std::path::PathBuf;
use std::process::Command;

use super::protocol::{self, Role};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Ours,
    Bare,
    Graphile,
    PgBoss,
}

impl Contender {
    pub(crate) const ALL: [Self; 4] = [Self::Ours, Self::Bare, Self::Graphile, Self::PgBoss];

    /// All contenders, or those whose databases are named after `--`.
    pub(crate) fn named() -> Vec<Self> {
        let is_named = |one: &Self| std::env::args().any(|argument| argument == one.database());
        match Self::ALL.into_iter().filter(is_named).collect::<Vec<_>>() {
            none if none.is_empty() => Self::ALL.into(),
            named => named,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "supabase-task",
            Self::Bare => "bare graphile_worker 0.14.1",
            Self::Graphile => "npm graphile-worker 0.18.0",
            Self::PgBoss => "npm pg-boss 12.38.0",
        }
    }

    pub(crate) fn database(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Bare => "bare",
            Self::Graphile => "graphile",
            Self::PgBoss => "pgboss",
        }
    }

    /// A query for whether any run is not completed and recorded.
    pub(crate) fn pending(self) -> &'static str {
        match self {
            // Tickets are removed after their runs are recorded, so the second part is evaluated
            // only at the end.
            Self::Ours => {
                "select exists (select from supabase_task_jobs.jobs)
                   or exists (select from supabase_task.runs where status <> 'COMPLETED')"
            }
            Self::Bare | Self::Graphile => "select exists (select from graphile_worker.jobs)",
            Self::PgBoss => {
                "select exists (select from pgboss.job where name = 'empty' and state < 'completed')"
            }
        }
    }

    /// The command for a process of this contender, without its pipes.
    pub(crate) fn command(self, role: Role, url: &str, concurrency: usize) -> Command {
        let mut command = match self {
            Self::Ours | Self::Bare => {
                let this_program = std::env::current_exe().expect("a path");
                let mut command = Command::new(this_program);
                command.args([protocol::PEER, self.database()]);
                command
            }
            Self::Graphile | Self::PgBoss => {
                let mut command = Command::new(node());
                command.arg(folder().join("queue.mjs")).arg(match self {
                    Self::PgBoss => "pg-boss",
                    _ => "graphile-worker",
                });
                command
            }
        };
        command
            .arg(role.name())
            .env("DATABASE_URL", url)
            .env("TASKS", role.tasks())
            .env("CONCURRENCY", concurrency.to_string())
            .env("NODE_ENV", "production");
        command
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// The Node.js that is installed with the packages: both require version 22.
fn node() -> PathBuf {
    folder().join("node_modules/.bin/node")
}

/// # Panics
///
/// If the packages are missing. The message says how to get them.
pub(crate) fn assert_installed() {
    let packages = ["graphile-worker", "pg-boss"];
    let there = packages.map(|name| folder().join("node_modules").join(name).is_dir());
    assert!(
        there == [true; 2] && node().exists(),
        "the peers in JavaScript are not installed: run `npm ci --prefix benches/peers`"
    );
}
