//! One run of one peer: a process that reports what its transactions cost.

use std::env;
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::stack::Stack;
use super::support::{Cost, Whose, measure};
use super::ways::{ByHand, Ours, Requests, Way};
use super::{TRANSACTIONS, USER, javascript, ways};

const RUN: &str = "--run-a-peer";

/// The number of transactions of each worker before the measurement: they open the connections.
const WARM_UP: usize = 20;

/// What a peer tells of the cost of its run.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Figures {
    wall_seconds: f64,
    /// In user and kernel mode.
    processor_seconds: f64,
}

/// The number of transactions of a run, with those before the measurement.
pub(crate) fn visits(concurrency: usize) -> usize {
    TRANSACTIONS + WARM_UP * concurrency
}

/// Runs a peer in a process of its own.
pub(crate) fn in_a_process(way: usize, stack: &Stack, concurrency: usize) -> Cost {
    let name = ways::NAMES[way];
    let mut command = match javascript::command(name) {
        Some(node) => node,
        None => {
            let mut command = Command::new(env::current_exe().expect("a path"));
            command.args([RUN, name]);
            command
        }
    };
    command
        .env("DATABASE_URL", stack.database_url().as_str())
        .env("SUPABASE_URL", stack.local.url())
        .env("PUBLISHABLE_KEY", stack.local.publishable_key())
        .env("JWT_SECRET", stack.local.jwt_secret())
        .env("USER_ID", USER)
        .env("TRANSACTIONS", TRANSACTIONS.to_string())
        .env("WARM_UP", WARM_UP.to_string())
        .env("CONCURRENCY", concurrency.to_string());
    let output = command.output().expect("the peer starts");
    assert!(
        output.status.success(),
        "{name} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let figures: Figures =
        serde_json::from_slice(&output.stdout).expect("a peer tells its figures");
    Cost {
        wall: Duration::from_secs_f64(figures.wall_seconds),
        processor: Some(Duration::from_secs_f64(figures.processor_seconds)),
    }
}

pub(crate) fn is_asked_to_run() -> bool {
    env::args().any(|argument| argument == RUN)
}

/// The process itself.
pub(crate) fn run() {
    let name = env::args().skip_while(|argument| argument != RUN).nth(1);
    let concurrency = variable("CONCURRENCY").parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    let figures = match name.as_deref() {
        Some(ways::OURS) => figures(&runtime, concurrency, Ours::new),
        Some(ways::BY_HAND) => figures(&runtime, concurrency, ByHand::new),
        Some(ways::REQUESTS) => figures(&runtime, concurrency, Requests::new),
        other => panic!("no peer called {other:?}"),
    };
    let figures = serde_json::to_string(&figures);
    println!("{}", figures.expect("figures are JSON"));
}

pub(crate) fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn figures<W: Way>(
    runtime: &tokio::runtime::Runtime,
    concurrency: usize,
    new: impl FnOnce(usize) -> W,
) -> Figures {
    let _guard = runtime.enter();
    let way = new(concurrency);
    runtime.block_on(transactions(&way, concurrency, WARM_UP));
    let each = TRANSACTIONS / concurrency;
    let cost = measure(Whose::ThisProcess, || {
        runtime.block_on(transactions(&way, concurrency, each));
    });
    Figures {
        wall_seconds: cost.wall.as_secs_f64(),
        processor_seconds: cost.processor.map_or(f64::NAN, |time| time.as_secs_f64()),
    }
}

/// Each worker has a row of its own, so that none waits for another's.
async fn transactions(way: &impl Way, concurrency: usize, each: usize) {
    let mut workers = JoinSet::new();
    for worker in 0..concurrency {
        let way = way.clone();
        workers.spawn(async move {
            for _ in 0..each {
                way.visit(worker as i64).await;
            }
        });
    }
    workers.join_all().await;
}
