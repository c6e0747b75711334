//! The engine on Postgres next to bare `graphile_worker`, npm `graphile-worker` and `pg-boss`: all
//! on the same server in one run, each with its own database.
//!
//! The server is either started by this benchmark, with default settings (including fsync), or the
//! one at `DATABASE_URL`. Every worker and every producer is a process of its own, so that
//! processor time and memory are that process's alone. The contenders take turns. Needs `npm ci
//! --prefix benches/peers`.

mod bare;
mod contender;
mod history;
mod limits;
mod measure;
mod ours;
mod process;
mod protocol;
mod report;
mod scale;
mod server;

use measure::{Bench, Drain};
use report::Report;

/// The number of runs to drain, or to enqueue in batches.
const RUNS: usize = 20_000;

/// The number of runs to enqueue one after the other.
const SINGLES: usize = 500;

/// The number of runs before a contender is measured.
const WARM_UP: usize = 2_000;

/// The number of runs for the time from trigger to start.
const SAMPLES: usize = 200;

/// The drains, and the rounds of each.
const DRAINS: [Drain; 4] = [
    Drain {
        workers: 1,
        concurrency: 50,
        rounds: 5,
    },
    Drain {
        workers: 2,
        concurrency: 50,
        rounds: 3,
    },
    Drain {
        workers: 1,
        concurrency: 10,
        rounds: 3,
    },
    Drain {
        workers: 1,
        concurrency: 500,
        rounds: 5,
    },
];

/// The concurrency of the idle workers.
const CONCURRENCY: usize = 50;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(position) = arguments.iter().position(|one| one == protocol::PEER) {
        return protocol::serve(&arguments[position + 1..]);
    }
    // `cargo test --benches` must not take minutes.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    contender::assert_installed();
    // All parts, or the ones named after `--`.
    let parts = ["enqueue", "drain", "idle", "limits", "scale"];
    let named = |part: &str| arguments.iter().any(|one| one == part);
    let wants = |part: &str| named(part) || !parts.iter().any(|one| named(one));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    runtime.block_on(async {
        let bench = Bench::start().await;
        println!("{}", bench.describe().await);
        if wants("enqueue") {
            let mut report = Report::default();
            bench.enqueue(&mut report).await;
            print!("{report}");
        }
        for drain in DRAINS.into_iter().filter(|_| wants("drain")) {
            let mut report = Report::default();
            bench.drain(drain, &mut report).await;
            print!("{report}");
        }
        if wants("idle") {
            let mut report = Report::default();
            bench.idle(&mut report).await;
            print!("{report}");
        }
        if wants("limits") {
            print!("{}", limits::measure(&bench).await);
        }
        drop(bench);
        if wants("scale") {
            print!("{}", scale::measure().await);
        }
    });
}
