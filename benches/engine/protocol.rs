//! The protocol between the processes: one command per line, and a line of JSON as the answer to
//! each.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use nix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::bare::Bare;
use super::ours::Ours;

/// Starts this program as a contender's process: `--peer NAME ROLE`.
pub(crate) const PEER: &str = "--peer";

/// The number of runs that are enqueued at once.
pub(crate) const RUNS_A_BATCH: usize = 1_000;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// Works until its input ends.
    Work,
    /// The same, but only with the runs that never end. Only for our engine.
    Hold,
    /// Enqueues on command.
    Produce,
}

impl Role {
    /// The tasks that a worker of ours runs.
    pub(crate) fn tasks(self) -> &'static str {
        match self {
            Self::Hold => "held",
            _ => "empty,one,hundred",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Work | Self::Hold => "work",
            Self::Produce => "produce",
        }
    }
}

/// The payload of a run.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// The time in nanoseconds on the machine's monotonic clock, if the run is a sample.
    pub(crate) sent_at: i64,
}

impl Payload {
    pub(crate) fn now() -> Self {
        Self { sent_at: now() }
    }

    /// The work of the empty task: it counts the run and, if it is a sample, records when it
    /// started.
    pub(crate) fn started(self) {
        STARTED.fetch_add(1, Ordering::Relaxed);
        if self.sent_at != 0 {
            let milliseconds = (now() - self.sent_at) as f64 / 1e6;
            LATENCIES.lock().expect("nobody panics").push(milliseconds);
        }
    }
}

static STARTED: AtomicUsize = AtomicUsize::new(0);
static LATENCIES: std::sync::Mutex<Vec<f64>> = std::sync::Mutex::new(Vec::new());

/// The same clock as `process.hrtime`.
fn now() -> i64 {
    let time = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("there is one");
    time.tv_sec() * 1_000_000_000 + time.tv_nsec()
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Answer {
    pub(crate) seconds: f64,
    pub(crate) milliseconds: Vec<f64>,
    /// The number of runs that a worker in Rust has started so far.
    pub(crate) started: usize,
}

/// A queue in Rust.
pub(crate) trait Queue: Sized {
    async fn produce(url: &str) -> Self;
    async fn enqueue(&self, payload: Payload);
    async fn enqueue_all(&self, payloads: Vec<Payload>);
    /// Works until `stop`.
    async fn work(url: &str, concurrency: usize, stop: impl Future<Output = ()> + Send + 'static);
}

/// The process itself: `NAME ROLE`.
pub(crate) fn serve(arguments: &[String]) {
    let [name, role] = arguments else {
        panic!("expected {PEER} NAME ROLE");
    };
    // As `#[tokio::main]` does it.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("tokio starts");
    runtime.block_on(async {
        match (name.as_str(), role.as_str()) {
            ("ours", "work") => work::<Ours>().await,
            ("ours", "produce") => produce::<Ours>().await,
            ("bare", "work") => work::<Bare>().await,
            ("bare", "produce") => produce::<Bare>().await,
            other => panic!("no peer or role called {other:?}"),
        }
    });
}

pub(crate) fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

fn tell(answer: &Answer) {
    println!("{}", serde_json::to_string(answer).expect("it is JSON"));
}

async fn work<Q: Queue>() {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        tell(&Answer::default());
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            assert_eq!(line.trim_end(), "latencies");
            let milliseconds = std::mem::take(&mut *LATENCIES.lock().expect("nobody panics"));
            tell(&Answer {
                milliseconds,
                started: STARTED.load(Ordering::Relaxed),
                ..Answer::default()
            });
        }
        drop(stop);
    });
    let concurrency = variable("CONCURRENCY").parse().expect("a number");
    Q::work(&variable("DATABASE_URL"), concurrency, async {
        let _ = stopped.await;
    })
    .await;
}

async fn produce<Q: Queue>() {
    let queue = Q::produce(&variable("DATABASE_URL")).await;
    tell(&Answer::default());
    // Blocking is fine: this process does nothing else while it waits for a line.
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let command = words.next().unwrap_or_default();
        let numbers: Vec<u64> = words.map(|word| word.parse().expect("a number")).collect();
        let start = Instant::now();
        match command {
            "singles" => {
                for _ in 0..numbers[0] {
                    queue.enqueue(Payload::default()).await;
                }
            }
            "batches" => {
                for _ in 0..numbers[0] as usize / RUNS_A_BATCH {
                    queue
                        .enqueue_all(vec![Payload::default(); RUNS_A_BATCH])
                        .await;
                }
            }
            "samples" => {
                for gap in numbers {
                    tokio::time::sleep(std::time::Duration::from_millis(gap)).await;
                    queue.enqueue(Payload::now()).await;
                }
            }
            other => panic!("no command called {other}"),
        }
        tell(&Answer {
            seconds: start.elapsed().as_secs_f64(),
            ..Answer::default()
        });
    }
}
