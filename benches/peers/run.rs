//! One run of one peer: a process that reports what its tasks cost.

use std::process::Command;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::ways::{ByHand, Ours, Sdk, Todo, Way};
use super::{CONCURRENCY, Scenario, javascript, ways};

pub(crate) const RUN: &str = "--run";

/// The cost of a run. All figures but the memory are for the tasks alone.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) wall_seconds: f64,
    /// In user and kernel mode.
    pub(crate) processor_seconds: f64,
    /// The peak.
    pub(crate) peak_memory_bytes: u64,
}

/// Runs a peer in a process of its own.
pub(crate) fn in_a_process(way: usize, url: &str, scenario: Scenario) -> Figures {
    let mut command = match ways::NAMES[way] {
        ways::JAVASCRIPT => javascript::command(url, scenario),
        name => {
            let mut command = Command::new(std::env::current_exe().expect("a path"));
            command.args([RUN, name, url, scenario.name()]);
            command
        }
    };
    let output = command.output().expect("the peer starts");
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("a peer tells its figures")
}

/// The process itself: `NAME URL SCENARIO`.
pub(crate) fn run(arguments: &[String]) {
    let [way, url, scenario] = arguments else {
        panic!("expected {RUN} NAME URL SCENARIO");
    };
    let scenario = Scenario::ALL
        .into_iter()
        .find(|one| one.name() == scenario)
        .expect("a scenario");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    let figures = runtime.block_on(async {
        match way.as_str() {
            ways::OURS => measure(Ours::new(url), scenario).await,
            ways::BY_HAND => measure(ByHand::new(url), scenario).await,
            ways::SDK => measure(Sdk::new(url), scenario).await,
            other => panic!("no peer called {other}"),
        }
    });
    println!(
        "{}",
        serde_json::to_string(&figures).expect("figures are JSON")
    );
}

async fn measure(way: impl Way, scenario: Scenario) -> Figures {
    // Opens the connections.
    tasks(&way, CONCURRENCY * 4, scenario).await;
    let (start, processor) = (Instant::now(), processor_seconds());
    tasks(&way, scenario.tasks(), scenario).await;
    Figures {
        wall_seconds: start.elapsed().as_secs_f64(),
        processor_seconds: processor_seconds() - processor,
        peak_memory_bytes: peak_memory_bytes(),
    }
}

async fn tasks(way: &impl Way, tasks: usize, scenario: Scenario) {
    let mut workers = JoinSet::new();
    for _ in 0..CONCURRENCY {
        let way = way.clone();
        workers.spawn(async move {
            for _ in 0..tasks / CONCURRENCY {
                check(way.read(scenario.rows()).await, scenario);
            }
        });
    }
    workers.join_all().await;
}

fn check(rows: Vec<Todo>, scenario: Scenario) {
    assert_eq!(rows.len(), scenario.rows());
    assert!(rows.iter().all(|row| row.title == "water the plants"));
}

fn processor_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("it is told");
    (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6
}

fn peak_memory_bytes() -> u64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("it is told");
    // Linux reports kibibytes, macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    usage.max_rss().unsigned_abs() * unit
}
