//! Kills workers, restarts PostgreSQL and causes other faults while runs drain, then counts the outcomes.
//!
//! ```sh
//! cargo run --example chaos -- --runs 20000 --kills 50 --workers 4 --restarts 2 --faults 20
//! ```
//!
//! The program starts its own PostgreSQL in a temporary folder (`initdb` must be installed), or uses the
//! server at `--database-url`, which it does not restart. The workers are processes of this program. They
//! are killed with SIGKILL at random and started again. The server is restarted alternately in an orderly
//! manner and by a crash. With `--faults`, which requires the program's own server, sessions of the queue
//! are stopped for two seconds, rows are locked for two seconds, runs with a bad payload are triggered, and
//! PostgreSQL refuses the outcome of one run in a thousand. The program exits with code 1 if a promise of
//! the engine is broken.

mod faults;
mod options;
mod report;
mod server;
mod worker;
mod workers;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use supabase_task::engine::RunFilter;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use supabase_task::{Queue, RunStatus};

use options::Options;
use report::Report;
use server::Server;
use workers::Workers;

/// How long to wait without any progress before giving up.
const PATIENCE: Duration = Duration::from_secs(120);

fn main() -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    match std::env::var(worker::URL) {
        Ok(url) => {
            runtime.block_on(worker::work(&url))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(_) => runtime.block_on(chaos(Options::from_args()?)),
    }
}

async fn chaos(options: Options) -> anyhow::Result<ExitCode> {
    let mut server = match &options.database_url {
        Some(_) if options.restarts > 0 => {
            bail!("the server at `--database-url` is never restarted: add `--restarts 0`")
        }
        Some(_) if options.faults > 0 => {
            bail!("faults need this program's own server: add `--faults 0`")
        }
        Some(url) => Server::given(url),
        None => Server::start()?,
    };
    let queue = PostgresOptions::new(server.url())
        .takeover(worker::TAKEOVER)
        .connect()
        .await?;

    let started = Instant::now();
    let mut ids = Vec::with_capacity(options.runs);
    let mut numbers = 0..options.runs as u64;
    while ids.len() < options.runs {
        let batch = numbers.by_ref().take(10_000);
        let handles = worker::step::trigger_batch(&queue, batch).await?;
        ids.extend(handles.iter().map(|handle| handle.id()));
    }
    println!("{} runs stored in {:.1?}", ids.len(), started.elapsed());

    if options.faults > 0 {
        faults::refuse_outcomes(server.url()).await?;
    }
    let started = Instant::now();
    let mut workers = Workers::start(options.workers, server.url())?;
    let faults = faults::start(server.url(), options.faults);
    // Spread the events over the work, so that each of them meets some.
    let share = options.runs / (options.kills + options.restarts + 1);
    let mut restarts = 0;
    for event in 1..=options.kills + options.restarts {
        let due = event * share;
        while workers.ended() < due {
            if workers.silent_for() > PATIENCE {
                bail!("no progress after {} attempts", workers.ended());
            }
            workers.revive()?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if event * (options.restarts + 1) / (options.kills + options.restarts + 1) > restarts {
            restarts += 1;
            let is_crash = restarts % 2 == 0;
            let took = server.restart(is_crash)?;
            let how = if is_crash { "crashed" } else { "restarted" };
            println!("{:>8.1?}  PostgreSQL {how}, {took:.1?}", started.elapsed());
        } else {
            workers.kill_one()?;
        }
    }
    let faults = faults.await?;
    wait_for_all(&queue, &mut workers).await?;
    let took = started.elapsed();
    workers.stop()?;

    let report = Report::new(&queue, &ids, &workers, (restarts, faults), took).await?;
    println!("{report}");
    Ok(match report.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn wait_for_all(queue: &Queue, workers: &mut Workers) -> anyhow::Result<()> {
    let open = RunFilter::new()
        .status(RunStatus::Delayed)
        .status(RunStatus::Queued)
        .status(RunStatus::Executing)
        .status(RunStatus::Waiting)
        .limit(1);
    let mut since = Instant::now();
    let mut ended = workers.ended();
    while !queue
        .runs(open.clone())
        .await
        .context("looking for open runs")?
        .is_empty()
    {
        if workers.ended() != ended {
            (since, ended) = (Instant::now(), workers.ended());
        }
        if since.elapsed() > PATIENCE {
            // The report shows what is missing.
            break;
        }
        workers.revive()?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}
